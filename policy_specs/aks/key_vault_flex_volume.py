"""The FlexVolume driver for Key Vault is given up; it was opened by a service principal or the node's own identity."""

from podsec_compile.dsl import Rule, aks, pod

RULE = Rule(
    title="No key vault is mounted by FlexVolume",
    level="aks",
    sources=[aks("Limit credential exposure")],
    forbid=pod.spec.volumes.each.flexVolume.driver == "azure/kv",
    remedy="use a CSI volume of the driver secrets-store.csi.k8s.io in place of the flexVolume",
    good={
        "unset": "",
        "null": "spec: {volumes: [{name: kv, flexVolume: null, emptyDir: {}}]}",
        "its successor": "spec: {volumes: [{name: kv, csi: {driver: secrets-store.csi.k8s.io}}]}",
    },
    bad={"FlexVolume": "spec: {volumes: [{name: kv, flexVolume: {driver: azure/kv}}]}"},
)
