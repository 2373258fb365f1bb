"""Text may not change a policy: {{ request }} $(./../x) * | ` ' " \\ # --- {% raw %} {# x #} %s
and a line of its own."""

from podsec_compile.dsl import Rule, each_container, param

SPECIAL = (
    "{{ request.object }}", "\\{{ x }}", "}}", "$(./../../name)", "\\$(x)", "$(", "*", "a*", "?", "a|b", "a & b", "!x",
    ">1", "`", "``", "'", "it's", '"', "\\", "\\\\", "line\nbreak", "tab\t", "\r", "#", " # x", "---", "\n---\n", "...",
    "{% if x %}",
    "{{ '{{' }}", "{# x #}", "%s %d %%", "${x}", "1", "1.0", "1000m", "60m", "true", "null", "~", "[]", "{}",
    "é", "ß", "\u00a0", "\u2028", "\ufeff", "\U0001f600", "\x00", "\x7f", "\x85", " lead", "trail ", "", "object.spec",
    "request.object.spec", "<script>", "&amp;", "- x", "a: b", "@", "!!str", "&anchor", "*alias",
)  # fmt: skip

args = each_container.args.each
banned = param.strings("banned", default=SPECIAL, help="What {{ x }} is $(x) `banned` \"here\" 'or' \\ --- # *|\nno")

RULE = Rule(
    title="No {{ request.object.spec }} $(./../x) * | ` ' \" \\ # --- {% raw %} {# x #} %s \\{{ \\$(x) is\n \U0001f600",
    level="hostile",
    forbid=args.one_of(SPECIAL) | args.one_of(banned) | each_container.workingDir.one_of(SPECIAL),
    remedy="do not {{ x }} $(x) * | ` ' \" \\ \\\\ # --- {% raw %}{{ '{{' }} %s \u2028 \x00 \n---\n x",
    good={"{{ unset }}": "", "not quite": "args: ['{{ request.objects }}', '**', 'A|B', '0', ' ']"},
    bad={"$(x) * |": "args: ['*']", "`": "args: ['`']"},
)
