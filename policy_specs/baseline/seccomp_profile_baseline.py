"""Unconfined by seccomp, a container may make every system call, though it needs a few of them."""

from podsec_compile.dsl import Rule, before, each_container, pod, pss, since

PROFILES = ("RuntimeDefault", "Localhost")
pod_wide = pod.spec.securityContext.seccompProfile
own = each_container.securityContext.seccompProfile
annotation = pod.metadata.annotations.each
of_seccomp = (annotation.key == "seccomp.security.alpha.kubernetes.io/pod") | annotation.key.starts_with(
    "container.seccomp.security.alpha.kubernetes.io/"
)
harmless = annotation.value.one_of("runtime/default", "docker/default") | annotation.value.starts_with("localhost/")

RULE = Rule(
    title="No seccomp profile is weakened",
    level="baseline",
    sources=[pss("seccompProfile_baseline")],
    require=(since("1.19", pod_wide.is_absent() | pod_wide.type.one_of(PROFILES))
             & since("1.19", own.is_absent() | own.type.one_of(PROFILES)))
    | before("1.19", ~of_seccomp | harmless),
    remedy="set seccompProfile.type to RuntimeDefault or Localhost, or remove it",
    good={
        "unset": "",
        "null": "securityContext: {seccompProfile: null}",
        "runtime's default": "securityContext: {seccompProfile: {type: RuntimeDefault}}",
    },
    bad={
        "unconfined": "securityContext: {seccompProfile: {type: Unconfined}}",
        "unconfined pod": "spec: {securityContext: {seccompProfile: {type: Unconfined}}}",
    },
)  # fmt: skip
