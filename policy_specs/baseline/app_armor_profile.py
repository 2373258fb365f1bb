"""AppArmor confines a container by default; a profile of one's own choice, or none, may take that away."""

from podsec_compile.dsl import Rule, aks, each_container, pod, pss

PROFILES = ("RuntimeDefault", "Localhost")
pod_wide = pod.spec.securityContext.appArmorProfile
own = each_container.securityContext.appArmorProfile
annotation = pod.metadata.annotations.each

RULE = Rule(
    title="The AppArmor profile is not weakened",
    level="baseline",
    sources=[pss("appArmorProfile"), aks("Secure pod access to resources")],
    require=(pod_wide.is_absent() | pod_wide.type.one_of(PROFILES))
    & (own.is_absent() | own.type.one_of(PROFILES))
    & (~annotation.key.starts_with("container.apparmor.security.beta.kubernetes.io/")
       | annotation.value.one_of("", "runtime/default")
       | annotation.value.starts_with("localhost/")),
    remedy="set appArmorProfile.type, or the annotation, to the runtime's default or a profile of the node",
    good={
        "unset": "",
        "null": "securityContext: {appArmorProfile: null}",
        "localhost": "securityContext: {appArmorProfile: {type: Localhost, localhostProfile: app}}",
        "annotation": "metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/app: localhost/app}}",
    },
    bad={
        "unconfined": "securityContext: {appArmorProfile: {type: Unconfined}}",
        "unconfined pod": "spec: {securityContext: {appArmorProfile: {type: Unconfined}}}",
        "unconfined annotation": "metadata: {annotations: "
        "{container.apparmor.security.beta.kubernetes.io/app: unconfined}}",
    },
)  # fmt: skip
