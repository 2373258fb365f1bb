"""A ConfigMap is neither encrypted nor guarded as a Secret is: what stands in it is no secret."""

from podsec_compile.dsl import Rule, aks, config_map, param, patterns

data = config_map.data.each
names = param.strings("names", default=(), help="More keys that hold a credential.")
harmless = param.strings("harmlessNames", default=(), help="Keys that hold none, as it may look.")

RULE = Rule(
    title="No ConfigMap holds a credential",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=~data.key.one_of(harmless)
    & (data.value.matches(*patterns.TOKEN)
       | (data.key.one_of(names)
          | (data.key.matches(patterns.CREDENTIAL_NAME) & ~data.key.matches(patterns.HARMLESS_NAME)))
       & data.value.is_set() & ~data.value.matches(*patterns.HARMLESS)),
    remedy="move the entry to a Secret, or to Key Vault with the Secrets Store CSI driver, and replace the credential",
    good={
        "unset": "",
        "null": "data: null",
        "settings": "data: {password-policy: strict, token-ttl: 1h, db.url: 'postgres://db/shop', password: '${PW}'}",
        "binary": "binaryData: {password: aHVudGVyMg==}",
    },
    bad={
        "by name": "data: {db-password: hunter2}",
        "by form": "data: {upstream: 'redis://:hunter2@cache:6379'}",
        "private key": 'data: {ca.crt: "x", server.pem: "-----BEGIN EC PRIVATE KEY-----"}',
    },
)  # fmt: skip
