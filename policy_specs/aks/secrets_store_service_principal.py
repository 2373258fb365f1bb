"""With nodePublishSecretRef the way to Key Vault is a service principal's password in a Secret: one that never ends."""

from podsec_compile.dsl import Rule, aks, pod

csi = pod.spec.volumes.each.csi

RULE = Rule(
    title="No Secrets Store volume is opened with a stored password",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=(csi.driver == "secrets-store.csi.k8s.io") & csi.nodePublishSecretRef.is_set(),
    remedy="remove nodePublishSecretRef, and set clientID of the SecretProviderClass to a workload identity",
    good={
        "unset": "",
        "null": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, nodePublishSecretRef: null}}]}",
        "another driver": "spec: {volumes: [{name: share, csi: {driver: file.csi.azure.com, "
        "nodePublishSecretRef: {name: share}}}]}",
    },
    bad={
        "service principal": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, "
        "nodePublishSecretRef: {name: kv-creds}}}]}",
        "nameless": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io, nodePublishSecretRef: {}}}]}",
    },
)
