"""Root without capabilities is close to an ordinary user, so drop them all and add back one at most."""

from podsec_compile.dsl import Rule, aks, cis, each_container, pod, pss, since

capabilities = each_container.securityContext.capabilities

RULE = Rule(
    title="All capabilities are dropped",
    level="restricted",
    introduced="1.22",
    sources=[pss("capabilities_restricted"), aks("Secure pod access to resources"), cis("5.2.10")],
    require=capabilities.drop.contains("ALL") & capabilities.add.subset_of("NET_BIND_SERVICE"),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    replaces="capabilities-baseline",
    remedy='set securityContext.capabilities.drop to ["ALL"], and add nothing but NET_BIND_SERVICE',
    good={
        "dropped": "securityContext: {capabilities: {drop: [ALL]}}",
        "dropped among others": "securityContext: {capabilities: {drop: [CHOWN, ALL], add: []}}",
        "adds NET_BIND_SERVICE": "securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}",
        "Windows": "spec: {os: {name: windows}}",
    },
    bad={
        "unset": "",
        "null": "securityContext: {capabilities: null}",
        "drops one": "securityContext: {capabilities: {drop: [NET_RAW]}}",
        "lower case": "securityContext: {capabilities: {drop: [all]}}",
        "adds SYS_TIME": "securityContext: {capabilities: {drop: [ALL], add: [SYS_TIME]}}",
        "adds wildcard": 'securityContext: {capabilities: {drop: [ALL], add: ["*"]}}',
    },
)
