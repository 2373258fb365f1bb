"""A token that nobody needs can be stolen."""

from podsec_compile.dsl import Rule, service_account

RULE = Rule(
    title="No ServiceAccount mounts its token everywhere",
    level="own",
    require=service_account.automountServiceAccountToken.is_false(),
    remedy="set automountServiceAccountToken to false",
    good={"off": "automountServiceAccountToken: false"},
    bad={"unset": "", "on": "automountServiceAccountToken: true"},
)
