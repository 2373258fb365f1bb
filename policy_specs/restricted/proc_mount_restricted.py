"""An unmasked /proc is more than a restricted pod may have, even in a user namespace of its own."""

from podsec_compile.dsl import Rule, each_container, pss

RULE = Rule(
    title="/proc is masked, in a user namespace too",
    level="restricted",
    introduced="1.35",
    sources=[pss("procMount_restricted")],
    require=each_container.securityContext.procMount.absent_or("Default"),
    replaces="proc-mount",
    remedy="remove securityContext.procMount",
    good={
        "unset": "",
        "null": "securityContext: {procMount: null}",
        "default": "securityContext: {procMount: Default}",
    },
    bad={
        "unmasked": "securityContext: {procMount: Unmasked}",
        "unmasked in a user namespace": "spec: {hostUsers: false, "
        "containers: [{securityContext: {procMount: Unmasked}}]}",
    },
)
