"""Root in a container is root on the node wherever a flaw or a mount lets it out."""

from podsec_compile.dsl import Rule, aks, cis, each_container, pod, pss, since

pod_wide = pod.spec.securityContext.runAsNonRoot
own = each_container.securityContext.runAsNonRoot

RULE = Rule(
    title="Every container runs as another user than root",
    level="restricted",
    severity="high",
    sources=[pss("runAsNonRoot"), aks("Secure pod access to resources"), cis("5.2.7")],
    require=~pod_wide.is_false() & ~own.is_false() & (own.is_set() | pod_wide.is_true()),
    exempt=since("1.35", pod.spec.hostUsers.is_false()),
    remedy="set securityContext.runAsNonRoot to true for the pod, and nowhere to false",
    good={
        "pod": "spec: {securityContext: {runAsNonRoot: true}}",
        "container": "securityContext: {runAsNonRoot: true}",
        "user namespace": "spec: {hostUsers: false}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {runAsNonRoot: null}",
        "container overrides pod": "spec: {securityContext: {runAsNonRoot: true}, "
        "containers: [{securityContext: {runAsNonRoot: false}}]}",
        "pod, though containers comply": "spec: {securityContext: {runAsNonRoot: false}, "
        "containers: [{securityContext: {runAsNonRoot: true}}]}",
    },
)
