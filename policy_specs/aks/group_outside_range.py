"""Without runAsGroup a user that the image does not know gets group 0, which owns what root has left to its group."""

from podsec_compile.dsl import Rule, aks, each_container, param, pod, since

minimum = param.number("minimum", default=1, help="The lowest group ID that a container may run as.")
maximum = param.number("maximum", default=65535, help="The highest group ID that a container may run as.")
pod_wide = pod.spec.securityContext.runAsGroup
own = each_container.securityContext.runAsGroup

RULE = Rule(
    title="Every container runs as a stated group of the range",
    level="aks",
    sources=[aks("Secure pod access to resources")],
    require=((own >= minimum) & (own <= maximum)) | (own.is_absent() & (pod_wide >= minimum) & (pod_wide <= maximum)),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="set securityContext.runAsGroup of the pod to a group of the range, such as 3000, and nowhere to another",
    good={
        "pod": "spec: {securityContext: {runAsGroup: 3000}}",
        "container": "securityContext: {runAsGroup: 3000}",
        "container overrides a pod of root": "spec: {securityContext: {runAsGroup: 0}, "
        "containers: [{securityContext: {runAsGroup: 65535}}]}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {runAsGroup: null}",
        "root's group": "securityContext: {runAsGroup: 0}",
        "too high": "securityContext: {runAsGroup: 65536}",
        "only a user": "spec: {securityContext: {runAsUser: 1000}}",
        "container overrides pod": "spec: {securityContext: {runAsGroup: 3000}, "
        "containers: [{securityContext: {runAsGroup: 0}}]}",
    },
)
