"""Entra knows applications by GUID: another text finds no identity, and may be a name, a secret, or left unfilled."""

from podsec_compile.dsl import Rule, aks, service_account

GUID = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
client = service_account.metadata.annotations["azure.workload.identity/client-id"]
tenant = service_account.metadata.annotations["azure.workload.identity/tenant-id"]

RULE = Rule(
    title="A service account names its Azure identity and tenant by GUID",
    level="aks",
    severity="low",
    sources=[aks("Limit credential exposure")],
    require=(client.is_absent() | client.matches(GUID)) & (tenant.is_absent() | tenant.matches(GUID)),
    remedy="give the annotations azure.workload.identity/client-id and tenant-id the GUID that Azure shows, or none",
    good={
        "unset": "",
        "null": "metadata: {annotations: {azure.workload.identity/client-id: null}}",
        "client": "metadata: {annotations: {azure.workload.identity/client-id: 0a1b2c3d-1111-2222-3333-0123456789ab}}",
        "upper case": "metadata: {annotations: "
        "{azure.workload.identity/tenant-id: 0A1B2C3D-1111-2222-3333-0123456789AB}}",
    },
    bad={
        "unfilled": 'metadata: {annotations: {azure.workload.identity/client-id: "${CLIENT_ID}"}}',
        "empty": 'metadata: {annotations: {azure.workload.identity/client-id: ""}}',
        "path of the identity": "metadata: {annotations: "
        "{azure.workload.identity/client-id: /subscriptions/x/resourceGroups/y/userAssignedIdentities/z}}",
        "name of the tenant": "metadata: {annotations: {azure.workload.identity/tenant-id: example.org}}",
    },
)
