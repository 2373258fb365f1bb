"""The archived aad-pod-identity hands the identity of this label to any pod that bears it, over the node's network."""

from podsec_compile.dsl import Rule, aks, pod

RULE = Rule(
    title="No pod asks for an identity of the archived aad-pod-identity",
    level="aks",
    sources=[aks("Limit credential exposure")],
    forbid=pod.metadata.labels["aadpodidbinding"].is_set(),
    remedy='replace the label aadpodidbinding by azure.workload.identity/use: "true" and a service account of its own',
    good={
        "unset": "",
        "null": "metadata: {labels: {aadpodidbinding: null}}",
        "its successor": 'metadata: {labels: {azure.workload.identity/use: "true"}}',
    },
    bad={
        "label": "metadata: {labels: {aadpodidbinding: web}}",
        "empty": 'metadata: {labels: {aadpodidbinding: ""}}',
    },
)
