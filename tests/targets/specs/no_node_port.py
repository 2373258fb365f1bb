"""A node port opens the service on every node."""

from podsec_compile.dsl import Rule, service

RULE = Rule(
    title="No Service takes a port of the nodes",
    level="own",
    forbid=service.spec.type == "NodePort",
    remedy="use an Ingress",
    good={"cluster": "spec: {type: ClusterIP}"},
    bad={"node": "spec: {type: NodePort}"},
)
