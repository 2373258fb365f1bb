"""The catalogue: what there is to say of a rule, in one order everywhere, and the page made of it."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest
import yaml

from podsec_compile import catalogue
from podsec_compile.catalogue import page, sections
from podsec_compile.load import load_file
from shipped import IDS, SPECS

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
    found = sections(rule)
    assert [heading for heading, _ in found] == [
        "own-rule",
        "Level and severity",
        "Why",
        "Bad: first bad",
        "Good: first good",
        "Fix",
        "Parameters",
        "Versions",
        "Sources",
    ]
    text = dict(found)
    assert text["own-rule"] == "The | title"
    assert text["Level and severity"] == "own, medium"
    assert text["Why"] == "The reason is two lines long."
    assert text["Fix"] == "the remedy"
    assert text["Parameters"].splitlines() == [
        "ports (list of numbers, default [1, 2]): Fine ports.",
        "prefix (string, default a): A fine start.",
    ]
    assert text["Versions"] == "Since Kubernetes 1.8; its conditions change at 1.25, 1.30"
    assert text["Sources"].splitlines() == [
        "Pod Security Standards: hostPorts",
        "CIS Kubernetes Benchmark v1.8.0: 5.2.13",
    ]
    assert yaml.safe_load(text["Bad: first bad"]) == rule.cases[2].object


def test_a_rule_without_parameters_has_no_section_for_them() -> None:
    without = next(spec for spec in SPECS if not spec.parameters)
    assert "Parameters" not in dict(sections(without))


def test_the_page_has_a_row_and_a_chapter_for_each_rule() -> None:
    text = page(SPECS)
    assert text.startswith("<!-- Generated from policy_specs/ by `make docs`; do not edit. -->\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(IDS)
    assert re.findall(r"^\| \[(.*?)\]\(#(.*?)\)", text, re.MULTILINE) == [(name, name) for name in IDS]


def test_a_bar_in_a_title_does_not_break_the_table(rule: Spec) -> None:
    assert "| [own-rule](#own-rule) | own | medium | The \\| title |\n" in page([rule])


def test_every_code_block_of_the_page_is_the_yaml_of_a_case() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)\n```$", page(SPECS), re.MULTILINE | re.DOTALL)
    objects = [case.object for spec in SPECS for case in spec.cases]
    assert len(blocks) == 2 * len(SPECS)
    assert all(yaml.safe_load(block) in objects for block in blocks)


def test_lines_of_prose_are_no_longer_than_a_terminal_is_wide() -> None:
    for spec in SPECS:
        assert all(len(line) <= 100 for line in dict(sections(spec))["Why"].splitlines())
        assert textwrap.dedent(dict(sections(spec))["Why"]) == dict(sections(spec))["Why"]


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
