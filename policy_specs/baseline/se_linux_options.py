"""SELinux keeps containers apart by type; another type, user or role may take that away."""

from podsec_compile.dsl import Rule, aks, each_container, pod, pss, since

TYPES = ("", "container_t", "container_init_t", "container_kvm_t")
pod_wide = pod.spec.securityContext.seLinuxOptions
own = each_container.securityContext.seLinuxOptions

RULE = Rule(
    title="SELinux options are those of a container",
    level="baseline",
    sources=[pss("seLinuxOptions"), aks("Secure pod access to resources")],
    require=(pod_wide.type.absent_or(TYPES) | since("1.31", pod_wide.type == "container_engine_t"))
    & pod_wide.user.absent_or("")
    & pod_wide.role.absent_or("")
    & (own.type.absent_or(TYPES) | since("1.31", own.type == "container_engine_t"))
    & own.user.absent_or("")
    & own.role.absent_or(""),
    remedy="remove user and role from seLinuxOptions, and give type a value that begins with container_",
    good={
        "unset": "",
        "null": "securityContext: {seLinuxOptions: null}",
        "level only": 'securityContext: {seLinuxOptions: {level: "s0:c1,c2"}}',
        "type": "securityContext: {seLinuxOptions: {type: container_kvm_t}}",
    },
    bad={
        "type": "securityContext: {seLinuxOptions: {type: spc_t}}",
        "user": "securityContext: {seLinuxOptions: {user: system_u}}",
        "role of the pod": "spec: {securityContext: {seLinuxOptions: {role: system_r}}}",
    },
)
