"""Every container joins fsGroup, and volumes are handed to it: unset grants least, so only a stated one is judged."""

from podsec_compile.dsl import Rule, aks, param, pod

minimum = param.number("minimum", default=1, help="The lowest group ID that volumes may be handed to.")
maximum = param.number("maximum", default=65535, help="The highest group ID that volumes may be handed to.")
group = pod.spec.securityContext.fsGroup

RULE = Rule(
    title="Volumes are handed to no group outside of the range",
    level="aks",
    sources=[aks("Secure pod access to resources")],
    require=group.is_absent() | ((group >= minimum) & (group <= maximum)),
    remedy="set securityContext.fsGroup of the pod to a group of the range, such as 2000, or remove it",
    good={
        "unset": "",
        "null": "spec: {securityContext: {fsGroup: null}}",
        "lowest": "spec: {securityContext: {fsGroup: 1}}",
        "highest": "spec: {securityContext: {fsGroup: 65535}}",
    },
    bad={
        "root's group": "spec: {securityContext: {fsGroup: 0}}",
        "too high": "spec: {securityContext: {fsGroup: 65536}}",
    },
)
