"""In the node's user namespace, the default, root of a container is root of the node; in its own it is nobody there."""

from podsec_compile.dsl import Rule, Source, aks, each_container, pod, some

RULE = Rule(
    title="The pod has a user namespace of its own",
    level="aks",
    introduced="1.33",
    sources=[
        aks("Secure container access to resources", "cluster security"),
        Source(
            "Kubernetes, Pods",
            "User Namespaces",
            url="https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/",
        ),
    ],
    require=pod.spec.hostUsers.is_false(),
    exempt=(pod.spec.os.name == "windows")
    | pod.spec.hostNetwork.is_true()
    | pod.spec.hostPID.is_true()
    | pod.spec.hostIPC.is_true()
    | some(~each_container.volumeDevices.is_empty()),
    remedy="set hostUsers of the pod to false",
    good={
        "switched off": "spec: {hostUsers: false}",
        "Windows": "spec: {os: {name: windows}}",
        "network of the node, with which Kubernetes refuses it": "spec: {hostNetwork: true}",
        "processes of the node, likewise": "spec: {hostPID: true}",
        "IPC of the node, likewise": "spec: {hostIPC: true}",
        "raw block device, likewise": "spec: {containers: [{volumeDevices: [{name: disk, devicePath: /dev/xvda}]}]}",
    },
    bad={
        "unset": "",
        "null": "spec: {hostUsers: null}",
        "switched on": "spec: {hostUsers: true}",
        "no device": "spec: {containers: [{volumeDevices: []}]}",
    },
)
