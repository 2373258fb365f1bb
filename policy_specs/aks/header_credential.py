"""A credential in a header of a probe or hook is shown to whoever may read the pod, and sent every few seconds."""

from podsec_compile.dsl import Rule, aks, each_header, param, patterns

value = each_header.value
harmless = param.strings("harmlessNames", default=(), help="Names of headers that hold no credential, as it may look.")

RULE = Rule(
    title="No probe or lifecycle hook sends a credential",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=~each_header.name.one_of(harmless)
    & (value.matches(*patterns.TOKEN)
       | each_header.name.matches(*patterns.HEADER_NAMES) & value.is_set() & ~value.matches(*patterns.HARMLESS)),
    remedy="let the path that is probed need no credential, or probe with exec and a file that is mounted",
    good={
        "unset": "",
        "null": "livenessProbe: {httpGet: {port: 80, httpHeaders: null}}",
        "empty list": "readinessProbe: {httpGet: {port: 80, httpHeaders: []}}",
        "ordinary": "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Host, value: shop.example.org}]}}",
    },
    bad={
        "by name": "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: Authorization, value: Basic YTpiYw==}]}}",
        "by form": "livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: A, value: 'https://a:hunter2@example.org'}]}}",
        "hook": "lifecycle: {preStop: {httpGet: {port: 80, httpHeaders: [{name: X-Api-Key, value: hunter2}]}}}",
    },
)  # fmt: skip
