"""A user other than root cannot bind a port below net.ipv4.ip_unprivileged_port_start, which is 1024 if not set."""

from podsec_compile.dsl import Rule, aks, each_container, param, pod, since, some

enough = param.strings("capabilities", default=["NET_BIND_SERVICE"], help="Added capabilities that spare a container.")
port = each_container.ports.each.containerPort
own, pod_wide, start = each_container.securityContext, pod.spec.securityContext, pod.spec.securityContext.sysctls.each
named = start.name == "net.ipv4.ip_unprivileged_port_start"
up_to_1 = some(named & start.value.matches("^[01]$"))
up_to_80 = some(named & start.value.matches("^([0-9]|[1-7][0-9]|80)$"))
raised = some(named & ~start.value.matches("^(0|[1-9][0-9]{0,2}|10[01][0-9]|102[0-4])$"))
SYSCTL = "spec: {securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "

RULE = Rule(
    title="No port is declared that only root could bind",
    level="aks",
    severity="low",
    sources=[aks("Secure pod access to resources")],
    forbid=(port > 0)
    & (((port < 1024) & ~up_to_1 & ~((port >= 80) & up_to_80)) | raised)
    & ~((own.runAsUser == 0) | (own.runAsUser.is_absent() & (pod_wide.runAsUser == 0)))
    & ~some(own.capabilities.add.each.one_of(enough)),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="listen on a port from 1024 on, such as 8080, and let a Service map port 80 to it with targetPort",
    good={
        "unset": "",
        "null": "ports: null",
        "pod of root": "spec: {securityContext: {runAsUser: 0}, containers: [{ports: [{containerPort: 80}]}]}",
        "capability": "{securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}, ports: [{containerPort: 80}]}",
        "every port opened": SYSCTL + '"0"}]}, containers: [{ports: [{containerPort: 22}]}]}',
        "opened from 80 on": SYSCTL + '"80"}]}, containers: [{ports: [{containerPort: 80}]}]}',
    },
    bad={
        "second port": "ports: [{containerPort: 8080}, {containerPort: 1023}]",
        "opened from 443 on": SYSCTL + '"443"}]}, containers: [{ports: [{containerPort: 80}]}]}',
        "closed up to 2000": SYSCTL + '"2000"}]}, containers: [{ports: [{containerPort: 1500}]}]}',
        "container overrides a pod of root": "spec: {securityContext: {runAsUser: 0}, "
        "containers: [{securityContext: {runAsUser: 1000}, ports: [{containerPort: 80}]}]}",
    },
)
