"""Prefix, suffix, part and pattern are as exact as equality."""

from podsec_compile.dsl import Rule, each_container

text = each_container.command.each

RULE = Rule(
    title="No text is found",
    level="hostile",
    forbid=text.starts_with("{{*")
    | text.ends_with("|$(")
    | text.contains("`'\"\\")
    | text.matches(r"^[`'\"\\{}$]{2,3}\n#$"),
    remedy="remove the text",
    good={"unset": "", "near": 'command: ["{{", "|$()"]'},
    bad={"prefix": "command: ['{{*x']", "suffix": "command: ['x|$(']"},
)
