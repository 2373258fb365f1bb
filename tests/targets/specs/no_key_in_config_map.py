"""A ConfigMap is no place for a key."""

from podsec_compile.dsl import Rule, config_map

entry = config_map.data.each

RULE = Rule(
    title="No private key stands in a ConfigMap",
    level="own",
    forbid=entry.value.contains("PRIVATE KEY") | entry.key.ends_with(".pem"),
    remedy="put it into a Secret",
    good={"none": "data: {color: red}"},
    bad={"key": "data: {color: 'BEGIN PRIVATE KEY'}", "file": "data: {a.pem: ''}"},
)
