"""Several texts, and those of a parameter, are as exact as one."""

from podsec_compile.dsl import Rule, each_container, param

text = each_container.command.each
above = param.strings("above", default=("{{a", "$(b)", "*", "c|d", "`'\"\\", "e"), help="Paths, with {{ x }}.")

RULE = Rule(
    title="No text is found among several",
    level="hostile",
    forbid=text.starts_with("{{*", "|$(", "'") | text.is_under(above) | text.matches(r"^\{\{", r"\$\($", "[|*`]$"),
    remedy="remove the text",
    good={"unset": "", "near": 'command: ["{*x", "e-f", "$(b", "c"]', "empty list": "command: []"},
    bad={"prefix": "command: ['|$(x']", "under": "command: ['e/f']", "the path itself": "command: ['*']"},
)
