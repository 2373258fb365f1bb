"""Field tables of custom resources, which Kubernetes' own OpenAPI documents do not have; make_schema.py adds them.

Written by hand from the Go types of the projects that define the kinds:

- SecretProviderClass: kubernetes-sigs/secrets-store-csi-driver, apis/v1/secretproviderclass_types.go. Its parameters
  are strings there; here they are `any`, so that a rule can tell the unquoted `true` of a manifest from "true".
- AzureIdentity and AzureIdentityBinding: Azure/aad-pod-identity (archived), pkg/apis/aadpodidentity/v1/types.go. A
  rule judges both alike, so the table AzurePodIdentity has the fields of both.
"""

TYPES: dict[str, dict[str, str]] = {
    "SecretProviderClass": {
        "apiVersion": "string",
        "kind": "string",
        "metadata": "ObjectMeta",
        "spec": "SecretProviderClassSpec",
        "status": "SecretProviderClassStatus",
    },
    "SecretProviderClassSpec": {
        "parameters": "{any}",
        "provider": "string",
        "secretObjects": "[SecretObject]",
    },
    "SecretObject": {
        "annotations": "{string}",
        "data": "[SecretObjectData]",
        "labels": "{string}",
        "secretName": "string",
        "type": "string",
    },
    "SecretObjectData": {"key": "string", "objectName": "string", "plainValue": "string"},
    "SecretProviderClassStatus": {"byPod": "[ByPodStatus]"},
    "ByPodStatus": {"id": "string", "namespace": "string"},
    "AzurePodIdentity": {
        "apiVersion": "string",
        "kind": "string",
        "metadata": "ObjectMeta",
        "spec": "AzurePodIdentitySpec",
        "status": "AzurePodIdentityStatus",
    },
    "AzurePodIdentitySpec": {
        "adendpoint": "string",
        "adresourceid": "string",
        "azureidentity": "string",
        "clientid": "string",
        "clientpassword": "SecretReference",
        "metadata": "ObjectMeta",
        "replicas": "number",
        "resourceid": "string",
        "selector": "string",
        "tenantid": "string",
        "type": "number",
        "weight": "number",
    },
    "SecretReference": {"name": "string", "namespace": "string"},
    "AzurePodIdentityStatus": {"availableReplicas": "number", "metadata": "ObjectMeta"},
}
KEYS = {"SecretObject": "secretName", "SecretObjectData": "objectName", "ByPodStatus": "id"}
