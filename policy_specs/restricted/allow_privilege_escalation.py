"""A process must not gain more privileges than its parent, as set-user-ID binaries allow."""

from podsec_compile.dsl import Rule, aks, cis, each_container, pod, pss, since

RULE = Rule(
    title="Privilege escalation is switched off",
    level="restricted",
    introduced="1.8",
    sources=[pss("allowPrivilegeEscalation"), aks("Secure pod access to resources"), cis("5.2.6")],
    require=each_container.securityContext.allowPrivilegeEscalation.is_false(),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="set securityContext.allowPrivilegeEscalation to false",
    good={
        "switched off": "securityContext: {allowPrivilegeEscalation: false}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {allowPrivilegeEscalation: null}",
        "switched on": "securityContext: {allowPrivilegeEscalation: true}",
        "Linux": "spec: {os: {name: linux}}",
    },
)
