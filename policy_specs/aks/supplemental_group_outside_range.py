"""Each supplemental group is one more set of files that a container may use; none is least, root's is too much."""

from podsec_compile.dsl import Rule, aks, param, pod

minimum = param.number("minimum", default=1, help="The lowest group ID that containers may join.")
maximum = param.number("maximum", default=65535, help="The highest group ID that containers may join.")
group = pod.spec.securityContext.supplementalGroups.each

RULE = Rule(
    title="No container joins a group outside of the range",
    level="aks",
    sources=[aks("Secure pod access to resources")],
    require=(group >= minimum) & (group <= maximum),
    remedy="remove from securityContext.supplementalGroups of the pod what is outside of the range",
    good={
        "unset": "",
        "empty list": "spec: {securityContext: {supplementalGroups: []}}",
        "null": "spec: {securityContext: {supplementalGroups: null}}",
        "of the range": "spec: {securityContext: {supplementalGroups: [1, 65535]}}",
    },
    bad={
        "root's group": "spec: {securityContext: {supplementalGroups: [0]}}",
        "second of two": "spec: {securityContext: {supplementalGroups: [4000, 65536]}}",
    },
)
