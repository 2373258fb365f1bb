"""Laws that hold for every rule that ships."""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING

import pytest

from podsec_compile import ir
from podsec_compile.kinds import POD
from podsec_compile.profiles import LADDER
from podsec_compile.schema import minor_of
from shipped import FOLDER, IDS, SPECS, violation_of

if TYPE_CHECKING:
    from podsec_compile.load import Spec

MOST_LINES, MOST_LINES_OF_MEANING, LONGEST_ID = 40, 15, 47
CODE = (
    ast.Lambda, ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.If, ast.IfExp, ast.Try, ast.With, ast.Match, ast.Global,
    ast.JoinedStr, ast.Await, ast.Yield, ast.NamedExpr, ast.Import,
)  # fmt: skip

every_rule = pytest.mark.parametrize("spec", SPECS, ids=IDS)


def source(spec: Spec) -> str:
    return (FOLDER / spec.file).read_text(encoding="utf-8")


def rule_call(tree: ast.Module) -> ast.Call:
    """Give the call of Rule in a rule file."""
    (call,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.targets[0]) == "RULE"
    ]
    return call


def lines_of_meaning(spec: Spec) -> int:
    """Count the lines that say what a rule means: its conditions, and the names that they use."""
    tree = ast.parse(source(spec))
    arguments = [one for one in rule_call(tree).keywords if one.arg in ("require", "forbid", "exempt")]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and node.value is not rule_call(tree)]
    spoken: list[ast.keyword | ast.Assign] = [*arguments, *assigned]
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in spoken)


def test_ids_are_unique_also_where_engines_drop_the_dashes() -> None:
    assert len({spec.id.replace("-", "") for spec in SPECS}) == len(SPECS)


@every_rule
def test_an_id_leaves_room_for_the_names_made_of_it(spec: Spec) -> None:
    assert len(spec.id) <= LONGEST_ID


@every_rule
def test_a_rule_lies_in_the_folder_of_its_level(spec: Spec) -> None:
    assert spec.file == f"{spec.rule.level}/{spec.id.replace('-', '_')}.py"
    assert spec.rule.level in LADDER


@every_rule
def test_a_rule_says_why_what_and_how_to_mend_it(spec: Spec) -> None:
    assert spec.why.endswith(".")
    assert not spec.rule.title.endswith(".")
    assert spec.rule.remedy
    assert spec.rule.sources


@every_rule
def test_texts_that_stand_in_messages_are_one_line(spec: Spec) -> None:
    for text in (spec.rule.title, spec.rule.remedy, spec.why):
        assert text.isprintable()


@every_rule
def test_a_pod_security_rule_is_called_by_its_upstream_id(spec: Spec) -> None:
    for one in spec.rule.sources:
        if one.document == "Pod Security Standards":
            spelt = "".join(f"-{char.lower()}" if char.isupper() else char for char in one.place).replace("_", "-")
            assert spec.id == spelt


@every_rule
def test_a_rule_has_cases_of_both_verdicts(spec: Spec) -> None:
    assert {case.verdict for case in spec.cases} == {"good", "bad"}


@every_rule
def test_a_rule_shows_what_absence_means(spec: Spec) -> None:
    names = {case.name for case in spec.cases}
    assert "unset" in names
    assert names & {"null", "empty list"}


@every_rule
def test_a_case_is_stated_once(spec: Spec) -> None:
    texts = [*spec.rule.good.values(), *spec.rule.bad.values()]
    assert len(texts) == len(set(texts))


@every_rule
def test_a_rule_replaces_one_of_a_lower_level(spec: Spec) -> None:
    levels = {one.id: LADDER.index(one.rule.level) for one in SPECS}
    if spec.rule.replaces is not None:
        assert levels[spec.rule.replaces] < levels[spec.id]


@every_rule
def test_a_rule_says_something_at_every_version_since_it_was_introduced(spec: Spec) -> None:
    for minor in range(minor_of(spec.rule.introduced), 38):
        violation = violation_of(spec, minor)
        assert violation.clauses
        assert violation.reads
        assert violation.exempt != ir.Constant(value=True)


@every_rule
def test_a_rule_over_containers_is_about_all_of_them(spec: Spec) -> None:
    reads = violation_of(spec).reads
    lists = {("spec", name) for name in ("containers", "initContainers", "ephemeralContainers")}
    assert lists & set(reads) in (set(), lists)


@every_rule
def test_the_tree_of_a_rule_prints_compares_and_hashes(spec: Spec) -> None:
    for tree in (spec.broken, spec.exempt):
        again = eval(repr(tree), vars(ir).copy())  # noqa: S307  # it prints as what makes it
        assert again == tree
        assert hash(again) == hash(tree)


@every_rule
def test_a_rule_file_is_data(spec: Spec) -> None:
    tree = ast.parse(source(spec))
    code = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, CODE)]
    assert code == []
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"podsec_compile.dsl"}


@every_rule
def test_a_rule_file_is_short(spec: Spec) -> None:
    assert len(source(spec).splitlines()) <= MOST_LINES
    assert lines_of_meaning(spec) <= MOST_LINES_OF_MEANING


def test_half_of_the_rules_say_what_they_mean_in_a_few_lines() -> None:
    files = [len(source(spec).splitlines()) for spec in SPECS]
    meanings = [lines_of_meaning(spec) for spec in SPECS]
    print(  # shown with -s
        f"\n{len(SPECS)} rules; lines of a file: median {statistics.median(files)}, most {max(files)}; "
        f"of its meaning: median {statistics.median(meanings)}, most {max(meanings)}"
    )
    assert statistics.median(meanings) <= MOST_LINES_OF_MEANING


def test_every_folder_of_rules_holds_rules_and_nothing_else() -> None:
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path} == {spec.file for spec in SPECS}


def test_the_rules_are_about_pods() -> None:
    assert {spec.subject for spec in SPECS if spec.rule.level in ("baseline", "restricted")} == {POD}
