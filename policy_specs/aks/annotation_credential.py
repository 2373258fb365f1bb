"""Annotations are copied into caches, dashboards and logs, and nobody guards them: they are no place for a secret."""

from podsec_compile.dsl import Rule, aks, param, patterns, pod

annotation = pod.metadata.annotations.each
names = param.strings("names", default=(), help="More keys of annotations that hold a credential.")
harmless = param.strings("harmlessNames", default=(), help="Keys of annotations that hold none, as it may look.")

RULE = Rule(
    title="No credential is written into an annotation",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=~annotation.key.one_of(harmless)
    & (annotation.value.matches(*patterns.TOKEN, *patterns.SETTING)
       | (annotation.key.one_of(names)
          | (annotation.key.matches(patterns.CREDENTIAL_NAME) & ~annotation.key.matches(patterns.HARMLESS_NAME)))
       & annotation.value.is_set() & ~annotation.value.matches(*patterns.HARMLESS)),
    remedy="remove the annotation, replace the credential, and give the new one by a Secret or from Key Vault",
    good={
        "unset": "",
        "null": "metadata: {annotations: null}",
        "digest of a secret": "metadata: {annotations: {checksum/secret: 5feceb66ffc86f38d952786c6d696c79c2dbc239}}",
    },
    bad={
        "by name": "metadata: {annotations: {example.org/api-key: hunter2}}",
        "by form": "metadata: {annotations: {example.org/upstream: 'https://app:hunter2@example.org'}}",
    },
)  # fmt: skip
