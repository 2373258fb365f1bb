"""An Azure identity belongs to a service account: with the account default every pod of the namespace may take it."""

from podsec_compile.dsl import Rule, aks, pod

account, old_spelling = pod.spec.serviceAccountName, pod.spec.serviceAccount

RULE = Rule(
    title="A pod with a workload identity has a service account of its own",
    level="aks",
    sources=[aks("Limit credential exposure")],
    forbid=(pod.metadata.labels["azure.workload.identity/use"] == "true")
    & ((account == "default") | (account.absent_or("") & old_spelling.absent_or("", "default"))),
    remedy="set serviceAccountName of the pod to a service account of its own, annotated with the identity's client ID",
    good={
        "unset": "",
        "own account": 'metadata: {labels: {azure.workload.identity/use: "true"}}\nspec: {serviceAccountName: web}',
        "own account in the old spelling": 'metadata: {labels: {azure.workload.identity/use: "true"}}\n'
        "spec: {serviceAccount: web}",
        "no identity": "spec: {serviceAccountName: default}",
    },
    bad={
        "account unset": 'metadata: {labels: {azure.workload.identity/use: "true"}}',
        "null": 'metadata: {labels: {azure.workload.identity/use: "true"}}\nspec: {serviceAccountName: null}',
        "default": 'metadata: {labels: {azure.workload.identity/use: "true"}}\nspec: {serviceAccountName: default}',
        "default in the old spelling": 'metadata: {labels: {azure.workload.identity/use: "true"}}\n'
        "spec: {serviceAccount: default}",
    },
)
