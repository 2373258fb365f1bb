"""A Service can map its port 80 to 8080 of the pods: a target below 1024 asks them to run as root or with more."""

from podsec_compile.dsl import Rule, aks, service, some

port = service.spec.ports.each

RULE = Rule(
    title="No Service leads to a port that only root could bind",
    level="aks",
    severity="low",
    sources=[aks("Secure pod access to resources")],
    forbid=((port.targetPort > 0) & (port.targetPort < 1024))
    | (port.targetPort.absent_or(0, "") & (port.port > 0) & (port.port < 1024)),
    exempt=(service.spec.type == "ExternalName") | ~some(service.spec.selector.each.key.is_set()),
    remedy="let the pods listen on a port from 1024 on, and name it by targetPort",
    good={
        "unset": "",
        "null": "spec: {selector: {app: web}, ports: null}",
        "mapped": "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}",
        "named port of the pod": "spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}",
        "1024": "spec: {selector: {app: web}, ports: [{port: 1024}]}",
        "endpoints written by hand": "spec: {ports: [{port: 443}]}",
        "name of another host": "spec: {type: ExternalName, selector: {app: web}, ports: [{port: 443}]}",
    },
    bad={
        "target": "spec: {selector: {app: web}, ports: [{port: 8080, targetPort: 80}]}",
        "target unset": "spec: {selector: {app: web}, ports: [{port: 1023}]}",
        "target zero, which is unset": "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 0}]}",
        "target empty, which is unset": 'spec: {selector: {app: web}, ports: [{port: 80, targetPort: ""}]}',
        "headless": "spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}",
    },
)
