"""Parameters are strings: the API server refuses an unquoted true or number, long after the manifest was written."""

from podsec_compile.dsl import Rule, aks, secret_provider_class

parameter = secret_provider_class.spec.parameters.each

RULE = Rule(
    title="Every parameter of a SecretProviderClass is a string",
    level="aks",
    severity="low",
    sources=[aks("Limit credential exposure")],
    require=parameter.value.matches(""),
    remedy='put the value in quotes: useVMManagedIdentity: "true"',
    good={
        "unset": "",
        "null": "spec: {provider: azure, parameters: {cloudName: null}}",
        "quoted": 'spec: {provider: azure, parameters: {useVMManagedIdentity: "true"}}',
        "empty": 'spec: {provider: azure, parameters: {cloudName: ""}}',
    },
    bad={
        "boolean": "spec: {provider: azure, parameters: {useVMManagedIdentity: true}}",
        "number": "spec: {provider: azure, parameters: {keyvaultName: 42}}",
    },
)
