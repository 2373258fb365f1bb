"""A path of the node, mounted into a pod, is a way to the node's files, and often to all of it."""

from podsec_compile.dsl import Rule, cis, pod, pss

RULE = Rule(
    title="No path of the node is mounted",
    level="baseline",
    severity="high",
    sources=[pss("hostPathVolumes"), cis("5.2.12")],
    forbid=pod.spec.volumes.each.hostPath.is_set(),
    remedy="use a PersistentVolumeClaim, an emptyDir or a projected volume in place of the hostPath",
    good={
        "unset": "",
        "null": "spec: {volumes: [{name: scratch, hostPath: null, emptyDir: {}}]}",
        "empty list": "spec: {volumes: []}",
    },
    bad={
        "path": "spec: {volumes: [{name: logs, hostPath: {path: /var/log}}]}",
        "second volume": "spec: {volumes: [{name: scratch, emptyDir: {}}, {name: root, hostPath: {path: /}}]}",
    },
)
