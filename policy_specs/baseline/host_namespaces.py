"""A pod in a namespace of the node sees the node's processes, memory or network, and can act on them."""

from podsec_compile.dsl import Rule, cis, pod, pss

RULE = Rule(
    title="No namespace of the node is shared",
    level="baseline",
    severity="high",
    sources=[pss("hostNamespaces"), cis("5.2.3"), cis("5.2.4"), cis("5.2.5")],
    forbid=pod.spec.hostNetwork.is_true() | pod.spec.hostPID.is_true() | pod.spec.hostIPC.is_true(),
    remedy="remove hostNetwork, hostPID and hostIPC from the pod",
    good={
        "unset": "",
        "all switched off": "spec: {hostNetwork: false, hostPID: false, hostIPC: false}",
        "null": "spec: {hostNetwork: null}",
    },
    bad={
        "network": "spec: {hostNetwork: true}",
        "processes": "spec: {hostPID: true}",
        "IPC": "spec: {hostIPC: true}",
        "all three": "spec: {hostNetwork: true, hostPID: true, hostIPC: true}",
    },
)
