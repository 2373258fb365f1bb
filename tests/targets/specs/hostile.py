"""Replaced below: the reason, too, holds every character that some reader of a manifest takes for its own."""

from podsec_compile.dsl import Rule, each_container, param, pod, pss, some

SPECIAL = (
    "{{ x }} \\{{ x }} }} {{ $(x) \\$(x) ${x} $x %s {0} * | ` ``` ' '' \" \\\" \\ \\n / \\u0041 "
    "\n \r\n \t \0 \x1b \x7f \x85 \xa0 \u2028 \u2029 \ufeff \ufffd \U0001f600 é "
    "# --- ... {% x %} %} {% {# x #} #} {#- -%} ! !!x & &x *x - ? : , [] {} <> @ ~ = no null 0x10 2020-01-01 trailing  "
)
__doc__ = SPECIAL
YAML = f'"{"".join(f"{chr(92)}U{ord(char):08x}" for char in SPECIAL)}"'

names = param.strings("names", default=[SPECIAL, "plain"], help=SPECIAL)
suffix = param.string("suffix", default=SPECIAL, help=SPECIAL)

RULE = Rule(
    title=SPECIAL,
    level="baseline",
    severity="critical",
    sources=[pss(SPECIAL)],
    forbid=each_container.image.one_of(SPECIAL, "plain")
    & (each_container.name.one_of(names) | each_container.workingDir.ends_with(suffix))
    & each_container.env.each.value.contains(SPECIAL)
    & each_container.command.contains(SPECIAL)
    & each_container.imagePullPolicy.matches("^[`'\"{}$()*|#%!: -]{2,}\\n$"),
    exempt=some(pod.metadata.annotations.each.value.starts_with(SPECIAL)) | (pod.metadata.labels[SPECIAL] == SPECIAL),
    remedy=SPECIAL,
    good={f"a {SPECIAL}": ""},
    bad={
        f"a {SPECIAL}": f"""
spec:
  containers:
  - {{name: plain, image: {YAML}, command: [{YAML}], imagePullPolicy: "``\\n", env: [{{name: a, value: {YAML}}}]}}
""",
    },
)
