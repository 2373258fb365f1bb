"""A pod that states its AppArmor profile does not start on a node without AppArmor; any other starts unconfined.

Before 1.30 an annotation names the container: a pod with one that is right is admitted, whichever container it names.
"""

from podsec_compile.dsl import Rule, aks, before, each_container, pod, since, some

PROFILES = ("RuntimeDefault", "Localhost")
pod_wide = pod.spec.securityContext.appArmorProfile
own = each_container.securityContext.appArmorProfile
annotation = pod.metadata.annotations.each

RULE = Rule(
    title="An AppArmor profile is stated for every container",
    level="aks",
    sources=[aks("Secure pod access to resources")],
    require=since("1.30", own.type.one_of(PROFILES) | (own.is_absent() & pod_wide.type.one_of(PROFILES)))
    | before("1.30", some(annotation.key.starts_with("container.apparmor.security.beta.kubernetes.io/")
                          & annotation.value.matches("^(runtime/default$|localhost/.)"))),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="set securityContext.appArmorProfile.type of the pod to RuntimeDefault, and nowhere to Unconfined",
    good={
        "pod": "spec: {securityContext: {appArmorProfile: {type: RuntimeDefault}}}",
        "container": "securityContext: {appArmorProfile: {type: Localhost, localhostProfile: app}}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {appArmorProfile: null}",
        "unconfined": "securityContext: {appArmorProfile: {type: Unconfined}}",
        "container overrides pod": "spec: {securityContext: {appArmorProfile: {type: RuntimeDefault}}, "
        "containers: [{securityContext: {appArmorProfile: {type: Unconfined}}}]}",
        "annotation": "metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/app: runtime/default}}",
    },
)  # fmt: skip
