"""Without the vault's name and tenant nothing can be mounted, and the pods hang until somebody copies secrets."""

from podsec_compile.dsl import Rule, aks, secret_provider_class

parameters = secret_provider_class.spec.parameters

RULE = Rule(
    title="A SecretProviderClass for Azure names its key vault and tenant",
    level="aks",
    severity="low",
    sources=[aks("Limit credential exposure")],
    require=parameters["keyvaultName"].matches(r"\S")
    & (parameters["tenantId"].matches(r"\S") | parameters["tenantID"].matches(r"\S")),
    exempt=secret_provider_class.spec.provider != "azure",
    remedy="set keyvaultName and tenantId in spec.parameters",
    good={
        "unset": "",
        "both": "spec: {provider: azure, parameters: {keyvaultName: shop, tenantId: contoso.example}}",
        "new spelling": "spec: {provider: azure, parameters: {keyvaultName: shop, tenantID: contoso.example}}",
        "another provider": "spec: {provider: vault}",
    },
    bad={
        "null": "spec: {provider: azure, parameters: null}",
        "no tenant": "spec: {provider: azure, parameters: {keyvaultName: shop}}",
        "no vault": "spec: {provider: azure, parameters: {tenantId: contoso.example}}",
        "blank vault": 'spec: {provider: azure, parameters: {keyvaultName: " ", tenantId: contoso.example}}',
    },
)
