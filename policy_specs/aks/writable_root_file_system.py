"""Whoever breaks into a container with a writable root file system leaves tools there and changes its programs."""

from podsec_compile.dsl import Rule, aks, each_container, nsa, pod, since

RULE = Rule(
    title="The root file system is read-only",
    level="aks",
    sources=[
        aks("Secure container access to resources", "cluster security"),
        nsa("Immutable container file systems"),
    ],
    require=each_container.securityContext.readOnlyRootFilesystem.is_true(),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the program writes",
    good={
        "read-only": "securityContext: {readOnlyRootFilesystem: true}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {readOnlyRootFilesystem: null}",
        "writable": "securityContext: {readOnlyRootFilesystem: false}",
        "Linux": "spec: {os: {name: linux}}",
    },
)
