"""Where no identity is stated, Key Vault is read with a service principal's password, or as the node itself."""

from podsec_compile.dsl import Rule, aks, secret_provider_class

TRUE = r"^\s*(1|t|T|true|True|TRUE)\s*$"
parameters = secret_provider_class.spec.parameters
workload = parameters["clientID"].matches(r"\S")
virtual_machine = parameters["useVMManagedIdentity"].matches(TRUE)
assigned = parameters["userAssignedIdentityID"].matches(r"\S")

RULE = Rule(
    title="A SecretProviderClass for Azure states whose identity reads Key Vault",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    require=(workload | (virtual_machine & assigned)) & ~parameters["usePodIdentity"].matches(TRUE),
    exempt=secret_provider_class.spec.provider != "azure",
    remedy="set clientID in spec.parameters to a workload identity, and remove usePodIdentity",
    good={
        "unset": "",
        "workload identity": "spec: {provider: azure, parameters: {clientID: 0a1b2c3d-1111-2222-3333-0123456789ab}}",
        "identity assigned to the nodes": 'spec: {provider: azure, parameters: {useVMManagedIdentity: "true", '
        "userAssignedIdentityID: 0a1b2c3d-1111-2222-3333-0123456789ab}}",
        "another provider": "spec: {provider: vault}",
    },
    bad={
        "null": "spec: {provider: azure, parameters: null}",
        "the node's own": 'spec: {provider: azure, parameters: {useVMManagedIdentity: "true"}}',
        "unquoted": "spec: {provider: azure, parameters: {useVMManagedIdentity: true, userAssignedIdentityID: x}}",
        "not switched on": "spec: {provider: azure, parameters: {userAssignedIdentityID: x}}",
        "empty": 'spec: {provider: azure, parameters: {clientID: ""}}',
        "aad-pod-identity": 'spec: {provider: azure, parameters: {clientID: x, usePodIdentity: "true"}}',
    },
)
