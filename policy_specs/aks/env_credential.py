"""Whoever may read a pod can read its environment: a credential written there is known to the whole team."""

from podsec_compile.dsl import Rule, aks, each_container, param, patterns

env = each_container.env.each
names = param.strings("names", default=(), help="More names of variables that hold a credential.")
harmless = param.strings("harmlessNames", default=(), help="Names of variables that hold none, as it may look.")

RULE = Rule(
    title="No credential is written into an environment variable",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=~env.name.one_of(harmless)
    & (env.value.matches(*patterns.TOKEN, *patterns.SETTING)
       | (env.name.one_of(names)
          | (env.name.matches(patterns.CREDENTIAL_NAME) & ~env.name.matches(patterns.HARMLESS_NAME)))
       & env.value.is_set() & ~env.value.matches(*patterns.HARMLESS)),
    remedy="use valueFrom or a workload identity, or mount it from Key Vault with the Secrets Store CSI driver",
    good={
        "unset": "",
        "null": "env: null",
        "reference": "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]",
        "another variable": "env: [{name: DB_PASSWORD, value: $(PASSWORD)}]",
        "file": "env: [{name: DB_PASSWORD_FILE, value: /mnt/secrets/db}, {name: API_TOKEN, value: /mnt/secrets/api}]",
        "about passwords": 'env: [{name: PASSWORD_MIN_LENGTH, value: "12"}, {name: USE_TOKEN, value: "true"}]',
    },
    bad={
        "by name": "env: [{name: DB_PASSWORD, value: hunter2}]",
        "by form": "env: [{name: STORE, value: 'postgres://app:hunter2@db/shop'}]",
        "second variable": "env: [{name: A, value: b}, {name: STORE, value: Server=db;User Id=app;Password=hunter2}]",
    },
)  # fmt: skip
