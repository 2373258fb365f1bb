"""A host port binds the node's own address and passes by Services and most network policies."""

from podsec_compile.dsl import Rule, cis, each_container, param, pss

host_port = each_container.ports.each.hostPort
allowed = param.numbers("allowedPorts", default=(), help="Host ports that may be used.")

RULE = Rule(
    title="No port of the node is taken",
    level="baseline",
    severity="high",
    sources=[pss("hostPorts"), cis("5.2.13")],
    require=host_port.absent_or(0) | host_port.one_of(allowed),
    remedy="remove hostPort and expose the container through a Service",
    good={
        "unset": "ports: [{containerPort: 8080}]",
        "zero": "ports: [{containerPort: 8080, hostPort: 0}]",
        "null": "ports: [{containerPort: 8080, hostPort: null}]",
        "empty list": "ports: []",
    },
    bad={
        "only port": "ports: [{containerPort: 80, hostPort: 80}]",
        "second port": "ports: [{containerPort: 80}, {containerPort: 81, hostPort: 81}]",
    },
)
