"""An unmasked /proc shows a container what the runtime hides from it, and lets it change kernel settings."""

from podsec_compile.dsl import Rule, each_container, pod, pss, since

RULE = Rule(
    title="/proc is masked",
    level="baseline",
    sources=[pss("procMount")],
    require=each_container.securityContext.procMount.absent_or("Default"),
    exempt=since("1.35", pod.spec.hostUsers.is_false()),
    remedy="remove securityContext.procMount",
    good={
        "unset": "",
        "null": "securityContext: {procMount: null}",
        "default": "securityContext: {procMount: Default}",
        "user namespace": "spec: {hostUsers: false, containers: [{securityContext: {procMount: Unmasked}}]}",
    },
    bad={"unmasked": "securityContext: {procMount: Unmasked}"},
)
