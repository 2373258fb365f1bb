"""A service account mounts its token into every pod that does not refuse it, also where nothing calls the API.

A pod that calls the API asks for the token itself. Kubernetes makes the account default of each namespace without the
field, and no pod could start there if it were refused.
"""

from podsec_compile.dsl import Rule, aks, cis, nsa, service_account

RULE = Rule(
    title="No service account mounts its token unasked",
    level="aks",
    sources=[
        aks("Secure container access to resources", "cluster security"),
        cis("5.1.6"),
        nsa("Protecting Pod service account tokens"),
    ],
    require=service_account.automountServiceAccountToken.is_false(),
    exempt=service_account.metadata.name == "default",
    remedy="set automountServiceAccountToken of the service account to false, and to true in the pods that need it",
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
