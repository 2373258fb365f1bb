"""User 0 is root, in the container and, wherever it gets out, on the node."""

from podsec_compile.dsl import Rule, aks, each_container, pod, pss, since

RULE = Rule(
    title="No container runs as user 0",
    level="restricted",
    introduced="1.23",
    severity="high",
    sources=[pss("runAsUser"), aks("Secure pod access to resources")],
    forbid=(pod.spec.securityContext.runAsUser == 0) | (each_container.securityContext.runAsUser == 0),
    exempt=since("1.35", pod.spec.hostUsers.is_false()),
    remedy="set securityContext.runAsUser to another user than 0, or remove it",
    good={
        "unset": "",
        "null": "securityContext: {runAsUser: null}",
        "1000": "securityContext: {runAsUser: 1000}",
        "user namespace": "spec: {hostUsers: false, securityContext: {runAsUser: 0}}",
    },
    bad={"container": "securityContext: {runAsUser: 0}", "pod": "spec: {securityContext: {runAsUser: 0}}"},
)
