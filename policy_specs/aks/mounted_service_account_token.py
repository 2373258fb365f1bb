"""Every container gets a token for the Kubernetes API by default, and whoever breaks into one has it, too."""

from podsec_compile.dsl import Rule, aks, cis, nsa, param, pod

callers = param.strings("serviceAccounts", default=(), help="Service accounts whose pods may call the Kubernetes API.")

RULE = Rule(
    title="No token for the Kubernetes API is mounted unasked",
    level="aks",
    sources=[
        aks("Secure container access to resources", "cluster security"),
        cis("5.1.6"),
        nsa("Protecting Pod service account tokens"),
    ],
    require=pod.spec.automountServiceAccountToken.is_false() | pod.spec.serviceAccountName.one_of(callers),
    remedy="set automountServiceAccountToken of the pod to false",
    good={
        "switched off": "spec: {automountServiceAccountToken: false}",
        "switched off, with an account": "spec: {automountServiceAccountToken: false, serviceAccountName: web}",
    },
    bad={
        "unset": "",
        "null": "spec: {automountServiceAccountToken: null}",
        "switched on": "spec: {automountServiceAccountToken: true}",
        "of an account of its own": "spec: {serviceAccountName: web}",
    },
)
