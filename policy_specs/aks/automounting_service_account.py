"""A service account mounts its token into every pod that does not refuse it, also where nothing calls the API.

Kubernetes itself makes the account default of each namespace and would fail if refused; there the rule over pods holds.
"""

from podsec_compile.dsl import Rule, Source, cis, nsa, param, service_account

callers = param.strings("serviceAccounts", default=(), help="Service accounts whose pods may call the Kubernetes API.")
name = service_account.metadata.name

RULE = Rule(
    title="No service account mounts its token unasked",
    level="aks",
    sources=[
        Source("Microsoft, Best practices for cluster security in AKS", "Secure container access to resources"),
        cis("5.1.6"),
        nsa("Protecting Pod service account tokens"),
    ],
    require=service_account.automountServiceAccountToken.is_false(),
    exempt=(name == "default") | name.one_of(callers),
    remedy="set automountServiceAccountToken of the service account to false",
    good={
        "switched off": "automountServiceAccountToken: false",
        "account that Kubernetes makes": "metadata: {name: default}",
    },
    bad={
        "unset": "",
        "null": "automountServiceAccountToken: null",
        "switched on": "automountServiceAccountToken: true",
    },
)
