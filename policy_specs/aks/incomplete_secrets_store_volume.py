"""The Secrets Store driver mounts only read-only volumes that name a class; with any other the pod does not start."""

from podsec_compile.dsl import Rule, aks, pod

csi = pod.spec.volumes.each.csi

RULE = Rule(
    title="A Secrets Store volume is read-only and names its class",
    level="aks",
    severity="low",
    sources=[aks("Limit credential exposure")],
    require=(csi.driver != "secrets-store.csi.k8s.io")
    | (csi.readOnly.is_true() & csi.volumeAttributes["secretProviderClass"].matches(r"\S")),
    remedy="set csi.readOnly to true, and csi.volumeAttributes.secretProviderClass to the name of a class",
    good={
        "unset": "",
        "both": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, readOnly: true, "
        "volumeAttributes: {secretProviderClass: shop}}}]}",
        "another driver": "spec: {volumes: [{name: disk, csi: {driver: disk.csi.azure.com}}]}",
    },
    bad={
        "null": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, readOnly: null, "
        "volumeAttributes: {secretProviderClass: shop}}}]}",
        "writable": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, readOnly: false, "
        "volumeAttributes: {secretProviderClass: shop}}}]}",
        "no class": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, readOnly: true}}]}",
        "empty class": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, readOnly: true, "
        'volumeAttributes: {secretProviderClass: ""}}}]}',
    },
)
