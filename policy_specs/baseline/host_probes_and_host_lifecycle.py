"""A probe or hook with a host of its own makes the node send requests wherever the pod's author likes."""

from podsec_compile.dsl import Rule, each_container, pss

liveness = each_container.livenessProbe
readiness = each_container.readinessProbe
startup = each_container.startupProbe
hooks = each_container.lifecycle

RULE = Rule(
    title="No probe or lifecycle hook names a host",
    level="baseline",
    introduced="1.34",
    sources=[pss("hostProbesAndHostLifecycle")],
    require=liveness.httpGet.host.absent_or("")
    & liveness.tcpSocket.host.absent_or("")
    & readiness.httpGet.host.absent_or("")
    & readiness.tcpSocket.host.absent_or("")
    & startup.httpGet.host.absent_or("")
    & startup.tcpSocket.host.absent_or("")
    & hooks.postStart.httpGet.host.absent_or("")
    & hooks.postStart.tcpSocket.host.absent_or("")
    & hooks.preStop.httpGet.host.absent_or("")
    & hooks.preStop.tcpSocket.host.absent_or(""),
    remedy="remove host from the probe or hook: it then goes to the pod itself",
    good={
        "unset": "",
        "null": "livenessProbe: {httpGet: null}",
        "empty": 'livenessProbe: {httpGet: {port: 80, host: ""}}',
    },
    bad={
        "liveness": "livenessProbe: {httpGet: {port: 80, host: 169.254.169.254}}",
        "startup by TCP": "startupProbe: {tcpSocket: {port: 80, host: localhost}}",
        "hook": "lifecycle: {preStop: {httpGet: {port: 80, host: example.org}}}",
    },
)
