"""A token for Entra that a pod mounts by hand passes by the service account's annotations and the webhook's care.

The webhook's own volume, and the variable that leads to it, stand in the pods that it was asked to change.
"""

from podsec_compile.dsl import Rule, aks, each_container, pod

asked = pod.metadata.labels["azure.workload.identity/use"] == "true"
volume = pod.spec.volumes.each
audience = volume.projected.sources.each.serviceAccountToken.audience
env = each_container.env.each

RULE = Rule(
    title="Only the workload identity webhook mounts tokens for Azure",
    level="aks",
    sources=[aks("Limit credential exposure")],
    forbid=(audience.starts_with("api://AzureADTokenExchange")
            & ~(asked & volume.name.matches("^azure-(identity-token$|workload-identity-reserved-)")))
    | ((env.name == "AZURE_FEDERATED_TOKEN_FILE") & ~(asked & env.value.starts_with("/var/run/secrets/azure/"))),
    remedy='remove the volume or variable, and label the pod azure.workload.identity/use: "true"',
    good={
        "unset": "",
        "empty list": "env: []",
        "token for another": "spec: {volumes: [{name: vault, projected: {sources: "
        "[{serviceAccountToken: {audience: vault, path: token}}]}}]}",
        "as the webhook makes it": 'metadata: {labels: {azure.workload.identity/use: "true"}}\n'
        "spec: {volumes: [{name: azure-identity-token, projected: {sources: [{serviceAccountToken: "
        "{audience: api://AzureADTokenExchange, path: azure-identity-token}}]}}], containers: [{env: [{"
        "name: AZURE_FEDERATED_TOKEN_FILE, value: /var/run/secrets/azure/tokens/azure-identity-token}]}]}",
    },
    bad={
        "volume": "spec: {volumes: [{name: azure-identity-token, projected: {sources: "
        "[{serviceAccountToken: {audience: api://AzureADTokenExchange, path: token}}]}}]}",
        "variable": "env: [{name: AZURE_FEDERATED_TOKEN_FILE, value: /var/run/secrets/azure/tokens/token}]",
    },
)  # fmt: skip
