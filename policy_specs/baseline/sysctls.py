"""Kernel parameters that are not kept apart by namespace reach every pod of the node, or switch off a defence."""

from podsec_compile.dsl import Rule, pod, pss, since

name = pod.spec.securityContext.sysctls.each.name

RULE = Rule(
    title="Only safe kernel parameters are set",
    level="baseline",
    severity="high",
    sources=[pss("sysctls")],
    require=name.one_of(
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
    )
    | since("1.27", name.one_of("net.ipv4.ip_local_reserved_ports"))
    | since("1.29", name.one_of(
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
    ))
    | since("1.32", name.one_of("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"))
    | since("1.37", name.one_of("net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat")),
    remedy="remove the entry from securityContext.sysctls of the pod",
    good={
        "unset": "",
        "null": "spec: {securityContext: {sysctls: null}}",
        "safe": 'spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}]}}',
    },
    bad={
        "unsafe": 'spec: {securityContext: {sysctls: [{name: kernel.msgmax, value: "65536"}]}}',
        "near miss": 'spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies2, value: "1"}]}}',
    },
)  # fmt: skip
