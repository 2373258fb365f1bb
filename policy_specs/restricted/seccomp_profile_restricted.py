"""Without a seccomp profile a container may make every system call, though it needs a few of them."""

from podsec_compile.dsl import Rule, aks, cis, each_container, pod, pss, since

pod_wide = pod.spec.securityContext.seccompProfile
own = each_container.securityContext.seccompProfile
PROFILES = ("RuntimeDefault", "Localhost")

RULE = Rule(
    title="A seccomp profile confines every container",
    level="restricted",
    introduced="1.19",
    sources=[pss("seccompProfile_restricted"), aks("Secure pod access to resources"), cis("5.7.2")],
    require=(pod_wide.is_absent() | pod_wide.type.one_of(PROFILES))
    & (own.type.one_of(PROFILES) | (own.is_absent() & pod_wide.type.one_of(PROFILES))),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    replaces="seccomp-profile-baseline",
    remedy="set securityContext.seccompProfile.type to RuntimeDefault for the pod, and nowhere to Unconfined",
    good={
        "pod": "spec: {securityContext: {seccompProfile: {type: RuntimeDefault}}}",
        "container": "securityContext: {seccompProfile: {type: Localhost, localhostProfile: profiles/app.json}}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {seccompProfile: null}",
        "unconfined": "securityContext: {seccompProfile: {type: Unconfined}}",
        "container overrides pod": "spec: {securityContext: {seccompProfile: {type: RuntimeDefault}}, "
        "containers: [{securityContext: {seccompProfile: {type: Unconfined}}}]}",
        "pod, though containers comply": "spec: {securityContext: {seccompProfile: {type: Unconfined}}, "
        "containers: [{securityContext: {seccompProfile: {type: RuntimeDefault}}}]}",
    },
)
