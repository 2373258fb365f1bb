"""What is copied into a Secret lies in etcd and is read with `get secrets`: Key Vault no longer decides who sees it."""

from podsec_compile.dsl import Rule, aks, param, secret_provider_class

allowed = param.strings("allowedSecrets", default=(), help="Secrets that may be made, as an Ingress needs for TLS.")

RULE = Rule(
    title="Nothing from a key vault is copied into a Secret",
    level="aks",
    severity="low",
    sources=[aks("Limit credential exposure")],
    require=secret_provider_class.spec.secretObjects.each.secretName.one_of(allowed),
    remedy="remove secretObjects, and read the files of the mounted volume",
    good={
        "unset": "",
        "null": "spec: {provider: azure, secretObjects: null}",
        "empty list": "spec: {provider: azure, secretObjects: []}",
    },
    bad={"copy": "spec: {provider: azure, secretObjects: [{secretName: db, type: Opaque, data: [{objectName: db}]}]}"},
)
