"""A client secret or certificate is shared and fixed, wherever it comes from; a workload identity needs neither."""

from podsec_compile.dsl import Rule, Source, aks, each_container, param

names = param.strings(
    "names",
    default=(
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
        "AZURE_USERNAME",
        "AZURE_PASSWORD",
    ),
    help="Names of variables by which the Azure SDKs sign in without a workload identity.",
)

RULE = Rule(
    title="No container signs in to Azure with a secret of its own",
    level="aks",
    severity="high",
    sources=[aks("Use pod managed identities"), Source("Azure Identity client library", "EnvironmentCredential")],
    forbid=each_container.env.each.name.one_of(names),
    remedy="remove the variable and label the pod azure.workload.identity/use, with a service account of its own",
    good={
        "unset": "",
        "empty list": "env: []",
        "workload identity": "env: [{name: AZURE_CLIENT_ID, value: 00000000-0000-0000-0000-000000000000}]",
    },
    bad={
        "secret": "env: [{name: AZURE_CLIENT_SECRET, valueFrom: {secretKeyRef: {name: azure, key: secret}}}]",
        "certificate": "env: [{name: A, value: b}, {name: AZURE_CLIENT_CERTIFICATE_PATH, value: /mnt/sp.pem}]",
    },
)  # fmt: skip
