"""What an engine cannot say: one message with the rule's place, the reason and what to do; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import podsec, put, tree

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '''"""Why there is such a rule."""
from podsec_compile import ir
from podsec_compile.conditions import Condition
from podsec_compile.dsl import *

'''
REST = """
RULE = Rule(
    title="A title",
    level="own",
    forbid=condition,
    remedy="mend it",
    good={"unset": ""},
    bad={"set": BAD},
)
"""
# No rule that the language of rule files can state: its lists of several places are lists of containers.
TWO_MAPS = f"""{HEAD}def place(name): return ir.Field(ir.Variable("pod"), ("metadata", name), "map")
places = (place("labels"), place("annotations"))
entry = ir.Field(ir.Variable("entry", places, "key"), ("key",), "string")
condition = Condition(ir.Equal(entry, ir.Value("secret")))
{REST.replace("BAD", '"metadata: {labels: {secret: a}}"')}"""
MANY_PARAMETERS = f"""{HEAD}condition = each_container.image == param.string("name", default="a", help="A name.")
for letter in "ABCDEFGHIJKLMNOP":
    condition |= each_container.image == param.string(f"name{{letter}}", default="a", help="A name.")
{REST.replace("BAD", '"image: a"')}"""
IN_CEL = (
    "CEL cannot say one list of the entries of several maps, as of pod.metadata.labels and pod.metadata.annotations"
)
IN_AZURE = "Azure Policy cannot say 17 parameters: a definition has 20 at most, 4 of which it needs"
REFUSED = {
    "gatekeeper-cel": (TWO_MAPS, IN_CEL),
    "kyverno-cel": (TWO_MAPS, IN_CEL),
    "vap": (TWO_MAPS, IN_CEL),
    "azure-policy": (MANY_PARAMETERS, IN_AZURE),
}
ABLE = {
    TWO_MAPS: "--target azure-policy --target gatekeeper --target kyverno",
    MANY_PARAMETERS: "--target gatekeeper --target gatekeeper-cel --target kyverno --target kyverno-cel --target vap",
}
PLAIN = f'{HEAD}condition = each_container.image == "a"\n{REST.replace("BAD", chr(34) + "image: a" + chr(34))}'


@pytest.mark.parametrize("target", REFUSED)
@pytest.mark.parametrize("command", ["build", "check"])
def test_a_target_that_cannot_say_a_rule_is_named_with_the_rule_the_reason_and_the_way_out(
    tmp_path: Path, target: str, command: str
) -> None:
    rule, reason = REFUSED[target]
    put(tmp_path / "specs", {"a.py": PLAIN, "b.py": rule})
    line = rule[: rule.index("RULE = ")].count("\n") + 1
    before = tree(tmp_path)
    run = podsec(command, "--specs", "specs", "--target", "gatekeeper", "--target", target, cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err == (
        f"error: specs/b.py:{line}: the target {target} cannot hold this rule: {reason}\n"
        f"  hint: say it otherwise, or build without that target: {ABLE[rule]}\n"
    )
    assert tree(tmp_path) == before


@pytest.mark.parametrize("rule", ABLE, ids=["two maps", "many parameters"])
def test_the_way_out_is_one(tmp_path: Path, rule: str) -> None:
    put(tmp_path / "specs", {"a.py": PLAIN, "b.py": rule})
    run = podsec("build", "--specs", "specs", *ABLE[rule].split(), cwd=tmp_path)
    assert (run.code, run.err) == (0, "")


@pytest.mark.parametrize(("rule", "reason"), [(TWO_MAPS, IN_CEL), (MANY_PARAMETERS, IN_AZURE)])
def test_an_explanation_tells_which_target_has_nothing_and_why(tmp_path: Path, rule: str, reason: str) -> None:
    put(tmp_path / "specs", {"b.py": rule})
    for more in ((), ("--target", "all")):
        run = podsec("explain", "b", "--specs", "specs", *more, cwd=tmp_path)
        assert (run.code, run.err) == (0, "")
        assert reason in " ".join(run.out.split())
        assert "gatekeeper/templates/b.yaml" in run.out


def test_too_many_parameters_of_all_rules_together_are_no_one_rules_fault(tmp_path: Path) -> None:
    fewer = MANY_PARAMETERS.replace("KLMNOP", "")
    put(tmp_path / "specs", {f"r{number}.py": fewer for number in range(28)})
    run = podsec("build", "--specs", "specs", "--target", "azure-policy", cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    first, hint = run.err.splitlines()
    assert first == (
        "error: the target azure-policy cannot hold these rules together: Azure Policy cannot say 308 parameters in the"
        " initiative own: it has 300 at most, 4 of which it needs"
    )
    assert hint.endswith(ABLE[MANY_PARAMETERS])
    assert not (tmp_path / "out").exists()
