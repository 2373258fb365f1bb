"""Most capabilities that a container runtime does not grant by itself are a way to the node."""

from podsec_compile.dsl import Rule, cis, each_container, pss

RUNTIME_DEFAULTS = (
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
)  # fmt: skip

RULE = Rule(
    title="No capability beyond the runtime's defaults is added",
    level="baseline",
    severity="high",
    sources=[pss("capabilities_baseline"), cis("5.2.9")],
    require=each_container.securityContext.capabilities.add.subset_of(RUNTIME_DEFAULTS),
    remedy="remove from securityContext.capabilities.add what the container runtime does not grant by default",
    good={
        "unset": "",
        "null": "securityContext: {capabilities: {add: null}}",
        "empty list": "securityContext: {capabilities: {add: []}}",
        "default": "securityContext: {capabilities: {add: [CHOWN, NET_BIND_SERVICE]}}",
    },
    bad={
        "NET_ADMIN": "securityContext: {capabilities: {add: [NET_ADMIN]}}",
        "one of two": "securityContext: {capabilities: {add: [CHOWN, SYS_TIME]}}",
        "ALL": "securityContext: {capabilities: {add: [ALL]}}",
        "wildcard": 'securityContext: {capabilities: {add: ["*"]}}',
        "lower case": "securityContext: {capabilities: {add: [chown]}}",
    },
)
