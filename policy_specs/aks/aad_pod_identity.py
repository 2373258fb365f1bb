"""Since 2023 nobody mends aad-pod-identity; its objects bind identities, and may hold a service principal's secret."""

from podsec_compile.dsl import Rule, aks, azure_pod_identity

RULE = Rule(
    title="No identity is bound by the archived aad-pod-identity",
    level="aks",
    sources=[aks("Limit credential exposure")],
    forbid=azure_pod_identity.spec.is_set(),
    remedy="delete the object, and give the pods a service account with azure.workload.identity/client-id",
    good={"unset": ""},
    bad={
        "identity": "spec: {type: 0, resourceid: /subscriptions/x, clientid: 0a1b2c3d-1111-2222-3333-0123456789ab}",
        "binding": "spec: {azureidentity: web, selector: web}",
        "null": "spec: {selector: null}",
        "empty": "spec: {}",
    },
)
