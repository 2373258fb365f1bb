"""A password is as readable in a line of a configuration file as under a key of its own."""

from podsec_compile.dsl import Rule, aks, config_map, param, patterns

data = config_map.data.each
harmless = param.strings("harmlessNames", default=(), help="Keys of files that hold none, as it may look.")

RULE = Rule(
    title="No configuration file in a ConfigMap holds a credential",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=~data.key.one_of(harmless) & data.value.matches(*patterns.SETTING),
    remedy="let the file name a variable or a file in its place, or move the whole file into a Secret or Key Vault",
    good={
        "unset": "",
        "empty list": "data: {}",
        "variable": "data: {application.properties: 'db.password=${DB_PASSWORD}'}",
        "about passwords": "data: {app.yaml: 'password: {minimum: 12}'}",
    },
    bad={
        "properties": 'data: {application.properties: "port=80\\ndb.password=hunter2"}',
        "yaml": 'data: {app.yaml: "db:\\n  password: hunter2"}',
        "json": 'data: {app.json: \'{"clientSecret": "hunter2"}\'}',
        "connection string": "data: {store: Server=db;User Id=app;Password=hunter2;Encrypt=true}",
    },
)
