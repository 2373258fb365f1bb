"""The catalogue: what there is to say of a rule, in one order everywhere, and the page made of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from podsec_compile import agreement, catalogue, config
from podsec_compile.catalogue import configuration, difference, page, pair, sections
from podsec_compile.evaluate import Request, judge
from podsec_compile.load import load_file
from podsec_compile.profiles import containing
from podsec_compile.schema import NEWEST_MINOR
from shipped import IDS, SPECS, violation_of

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile.load import Spec

RULE = '''"""The reason
is two lines long."""
from podsec_compile.dsl import *

listed = param.numbers("ports", default=(1, 2), help="Fine ports.")
single = param.string("prefix", default="a", help="A fine start.")
RULE = Rule(
    title="The | title",
    level="own",
    introduced="1.8",
    sources=[pss("hostPorts"), cis("5.2.13")],
    forbid=each_container.ports.each.hostPort.one_of(listed)
    & since("1.25", each_container.image.starts_with(single))
    & ~before("1.30", pod.spec.hostPID.is_false()),
    remedy="the remedy",
    good={"first good": "", "second good": "image: b"},
    bad={"first bad": "spec: {hostPID: true, containers: [{image: abc, ports: [{containerPort: 1, hostPort: 1}]}]}"},
)
'''


@pytest.fixture
def rule(tmp_path: Path) -> Spec:
    (tmp_path / "own_rule.py").write_text(RULE)
    return load_file(tmp_path / "own_rule.py", tmp_path)


def test_sections_stand_in_a_fixed_order_with_what_the_rule_says(rule: Spec) -> None:
    found = sections(rule, [rule])
    assert [one.heading for one in found] == [
        "own-rule",
        "Level and severity",
        "Profiles",
        "Why",
        "Fix",
        "What a cluster says",
        "From bad to good",
        "Parameters",
        "Objects",
        "Versions",
        "Sources",
        "In podsec.yaml",
    ]
    text = texts(rule)
    assert text["own-rule"] == "The | title"
    assert text["Level and severity"] == "own, medium"
    assert text["Why"] == "The reason is two lines long."
    assert text["Fix"] == "the remedy"
    assert text["Parameters"].splitlines() == [
        "ports (list of numbers, default [1, 2]): Fine ports.",
        "prefix (string, default a): A fine start.",
    ]
    assert text["Objects"].startswith("Pod, PodTemplate, ")
    assert text["Versions"] == "Kubernetes 1.8 and newer; its conditions change at 1.25, 1.30"
    assert text["Sources"].splitlines() == [
        f"Pod Security Standards, as of Kubernetes 1.{NEWEST_MINOR}: hostPorts <{rule.rule.sources[0].url}>",
        "CIS Kubernetes Benchmark v1.8.0: 5.2.13 <https://www.cisecurity.org/benchmark/kubernetes>",
    ]


def texts(spec: Spec) -> dict[str, str]:
    return {one.heading: one.text for one in sections(spec)}


def test_a_rule_that_states_no_version_is_said_to_hold_for_every_one() -> None:
    unstated = [spec for spec in SPECS if spec.rule.introduced == "1.0"]
    assert unstated
    for spec in unstated:
        assert texts(spec)["Versions"].split(";")[0] == "Every version of Kubernetes"


def test_a_profile_holds_the_rules_below_it_less_those_that_are_replaced() -> None:
    profiles = {spec.id: containing(SPECS, spec) for spec in SPECS}
    assert profiles["host-ports"] == ("baseline", "restricted", "aks")
    assert profiles["proc-mount"] == ("baseline",)
    assert profiles["env-credential"] == ("aks",)


def sides(difference: str) -> tuple[Any, Any]:
    """The two objects that a whole unified diff is between."""
    lines = difference.splitlines()[2:]
    old, new = ("\n".join(line[1:] for line in lines if line[:1] in (" ", sign)) for sign in "-+")
    return yaml.safe_load(old), yaml.safe_load(new)


def test_the_diff_of_each_rule_is_between_two_objects_of_which_it_denies_the_first() -> None:
    for spec in SPECS:
        verdicts = [
            bool(judge(violation_of(spec), spec.subject, Request(side), spec.defaults))
            for side in sides(difference(spec))
        ]
        assert verdicts == [True, False], spec.id


def test_the_good_object_of_the_diff_is_no_exemption(tmp_path: Path) -> None:
    text = RULE.replace('good={"first good": "",', 'good={"exempt": "spec: {hostIPC: true}", "first good": "",')
    text = text.replace("    remedy=", "    exempt=pod.spec.hostIPC.is_true(),\n    remedy=")
    (tmp_path / "own_rule.py").write_text(text)
    assert pair(load_file(tmp_path / "own_rule.py", tmp_path))[1].name == "first good"


def test_what_podsec_yaml_may_say_is_read_and_agrees_with_the_rules() -> None:
    for spec in SPECS:
        given = config.parse(configuration(spec).replace(catalogue.EXPIRES, "2027-01-31"))
        agreement.check(replace(given, file=config.FILE), SPECS)
        assert given.settings(spec.id).enforcement == "warn"
        assert dict(given.settings(spec.id).parameters) == spec.defaults
        assert [one.rule for one in given.waivers] == [spec.id]


def test_a_rule_without_parameters_has_no_section_for_them() -> None:
    without = next(spec for spec in SPECS if not spec.parameters)
    assert "Parameters" not in texts(without)


def test_the_page_has_a_row_and_a_chapter_for_each_rule() -> None:
    text = page(SPECS)
    assert text.startswith("<!-- Generated from policy_specs/ by `make docs`; do not edit. -->\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(IDS)
    assert re.findall(r"^\| \[(.*?)\]\(#(.*?)\)", text, re.MULTILINE) == [(name, name) for name in IDS]


def test_a_bar_in_a_title_does_not_break_the_table(rule: Spec) -> None:
    assert "| [own-rule](#own-rule) | own | medium | The \\| title |\n" in page([rule])


def test_every_code_block_of_the_page_is_the_diff_of_its_rule() -> None:
    blocks = re.findall(r"^```diff\n(.*?)\n```$", page(SPECS), re.MULTILINE | re.DOTALL)
    assert blocks == [difference(spec) for spec in SPECS]


def test_the_page_is_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rules.md"
    assert catalogue.main(["--check", str(file)]) == 1
    assert not file.exists()
    assert catalogue.main([str(file)]) == 0
    assert catalogue.main(["--check", str(file)]) == 0
    file.write_text(file.read_text() + "\nmine\n")
    capsys.readouterr()
    assert catalogue.main(["--check", str(file)]) == 1
    assert capsys.readouterr() == ("", f"{file} is not what the rules say; `make docs` writes it anew\n")
    assert file.read_text().endswith("\nmine\n")
