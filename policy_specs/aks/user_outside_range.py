"""Without runAsUser the image chooses the user, root if it says nothing; past 65535 no user namespace maps one."""

from podsec_compile.dsl import Rule, aks, each_container, param, pod, since

minimum = param.number("minimum", default=1, help="The lowest user ID that a container may run as.")
maximum = param.number("maximum", default=65535, help="The highest user ID that a container may run as.")
pod_wide = pod.spec.securityContext.runAsUser
own = each_container.securityContext.runAsUser

RULE = Rule(
    title="Every container runs as a stated user of the range",
    level="aks",
    sources=[aks("Secure pod access to resources")],
    require=((own >= minimum) & (own <= maximum)) | (own.is_absent() & (pod_wide >= minimum) & (pod_wide <= maximum)),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="set securityContext.runAsUser of the pod to a user of the range, such as 1000, and nowhere to another",
    good={
        "pod": "spec: {securityContext: {runAsUser: 1000}}",
        "container": "securityContext: {runAsUser: 1000}",
        "container overrides a pod of root": "spec: {securityContext: {runAsUser: 0}, "
        "containers: [{securityContext: {runAsUser: 65535}}]}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {runAsUser: null}",
        "root": "securityContext: {runAsUser: 0}",
        "too high": "securityContext: {runAsUser: 65536}",
        "only said not to be root": "spec: {securityContext: {runAsNonRoot: true}}",
        "container overrides pod": "spec: {securityContext: {runAsUser: 1000}, "
        "containers: [{securityContext: {runAsUser: 0}}]}",
    },
)
