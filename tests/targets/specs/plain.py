"""A plain rule, as most are."""

from podsec_compile.dsl import Rule, each_container, param, pod, pss, since

allowed = param.numbers("allowedPorts", default=(8080,), help="Host ports that may be used.")

RULE = Rule(
    title="No port of the node is taken",
    level="restricted",
    severity="high",
    sources=[pss("hostPorts")],
    require=each_container.ports.each.hostPort.absent_or(0) | each_container.ports.each.hostPort.one_of(allowed),
    exempt=since("1.25", pod.spec.os.name == "windows"),
    remedy="remove hostPort",
    good={"unset": "ports: [{containerPort: 80}]"},
    bad={"set": "ports: [{containerPort: 80, hostPort: 80}]"},
)
