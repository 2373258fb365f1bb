"""A privileged container switches off most of what separates it from the node: whoever is in it owns the node."""

from podsec_compile.dsl import Rule, cis, each_container, pss

RULE = Rule(
    title="No container is privileged",
    level="baseline",
    severity="critical",
    sources=[pss("privileged"), cis("5.2.2")],
    forbid=each_container.securityContext.privileged.is_true(),
    remedy="remove securityContext.privileged, and add the one capability that is needed",
    good={
        "unset": "",
        "switched off": "securityContext: {privileged: false}",
        "null": "securityContext: {privileged: null}",
    },
    bad={"switched on": "securityContext: {privileged: true}"},
)
