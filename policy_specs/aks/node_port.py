"""A node port opens the same port of every node, past the load balancer, its firewall and most network policies.

Those that Kubernetes itself gives to a Service of type LoadBalancer look like stated ones, and are left alone.
"""

from podsec_compile.dsl import Rule, aks, service

RULE = Rule(
    title="No Service takes ports of the nodes",
    level="aks",
    severity="low",
    sources=[aks("Secure pod access to resources")],
    forbid=service.spec.type == "NodePort",
    remedy="set spec.type to ClusterIP, behind an Ingress or a Gateway, or to LoadBalancer",
    good={
        "unset": "",
        "null": "spec: {type: null}",
        "inside": "spec: {type: ClusterIP}",
        "load balancer": "spec: {type: LoadBalancer, ports: [{port: 443, nodePort: 30443}]}",
    },
    bad={"node port": "spec: {type: NodePort, ports: [{port: 80, nodePort: 30080}]}"},
)
