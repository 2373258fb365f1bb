"""A key of a map is a literal like any other."""

from podsec_compile.dsl import Rule, pod

annotation = pod.metadata.annotations.each

RULE = Rule(
    title="No such annotation",
    level="hostile",
    forbid=(pod.metadata.annotations["{{ x }}/$(y)`'\"\\*"] == "{{ v }}")
    | (pod.metadata.labels["default"] == "import")
    | (annotation.key.ends_with("|*") & annotation.value.contains("{{")),
    remedy="remove the annotation",
    good={"unset": ""},
    bad={"by name": "metadata: {labels: {default: import}}", "by form": 'metadata: {annotations: {"a|*": "{{"}}'},
)
