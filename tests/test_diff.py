"""What a change of a rule does is decided on its meaning: forty pairs of versions, some the same in disguise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pairs import PAIRS, Pair
from podsec_compile import prove
from podsec_compile.diff import Difference, compared, differences
from podsec_compile.evaluate import Request
from podsec_compile.load import load_file
from podsec_compile.targets import Compiled

if TYPE_CHECKING:
    from pathlib import Path


def compiled(folder: Path, name: str, text: str) -> Compiled:
    file = folder / f"{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    spec = load_file(file, folder)
    return Compiled(spec, 37, spec.defaults)


def versions(folder: Path, pair: Pair) -> tuple[Compiled, Compiled]:
    return compiled(folder / "old", "rule", pair.file(pair.old)), compiled(folder / "new", "rule", pair.file(pair.new))


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_a_change_is_what_it_means(pair: Pair, tmp_path: Path) -> None:
    old, new = versions(tmp_path, pair)
    found = compared(old, new)
    assert (found.kind if found else "unchanged") == pair.kind
    if found is None:
        return
    for example, denied in ((found.newly_denied, (False, True)), (found.newly_admitted, (True, False))):
        if example is not None:
            request = Request(example, None, "CREATE")
            assert (old.denies(request), new.denies(request)) == denied
    if pair.kind == "reworded":
        assert found.grounds in ("the same tree", "proved")


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_without_the_solver_the_answer_is_the_same_and_says_less(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "solver", lambda: None)
    found = compared(*versions(tmp_path, pair))
    assert (found.kind if found else "unchanged") == pair.kind
    assert found is None or found.grounds != "proved"


def test_an_example_holds_nothing_that_could_be_left_out(tmp_path: Path) -> None:
    pair = PAIRS["one capability more is allowed"]
    found = compared(*versions(tmp_path, pair))
    assert found is not None
    assert found.newly_admitted == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": found.newly_admitted["metadata"]["name"]},  # type: ignore[index]
        "spec": {"containers": [{"securityContext": {"capabilities": {"add": ["CHOWN"]}}}]},
    }


RULE = '''"""Why."""
from podsec_compile.dsl import *
RULE = Rule(title="T", level="own", forbid=pod.spec.{field}.is_true(), remedy="r", good={{"unset": ""}},
            bad={{"set": "spec: {{{field}: true}}"}})
'''


def test_rules_that_come_go_and_change_their_name(tmp_path: Path) -> None:
    old = [compiled(tmp_path / "old", name, RULE.format(field=field)) for name, field in
           (("gone", "hostPID"), ("kept", "hostIPC"), ("before", "hostNetwork"))]  # fmt: skip
    new = [compiled(tmp_path / "new", name, RULE.format(field=field)) for name, field in
           (("come", "shareProcessNamespace"), ("kept", "hostIPC"), ("behind", "hostNetwork"))]  # fmt: skip
    found = {one.id: one for one in differences(old, new)}
    assert {name: one.kind for name, one in found.items()} == {"behind": "renamed", "come": "added", "gone": "removed"}
    assert found["behind"].was == "before"
    assert found["come"].newly_denied == {
        "apiVersion": "v1", "kind": "Pod", "metadata": found["come"].newly_denied["metadata"],  # type: ignore[index]
        "spec": {"shareProcessNamespace": True},
    }  # fmt: skip
    assert found["gone"].newly_admitted is not None


def test_the_same_rules_differ_in_nothing(tmp_path: Path) -> None:
    rule = compiled(tmp_path, "same", RULE.format(field="hostPID"))
    assert differences([rule], [rule]) == ()


def test_a_difference_is_of_meaning_where_a_verdict_changes() -> None:
    assert not Difference("reworded", "x").is_of_meaning
    assert Difference("tightened", "x", newly_denied={}).is_of_meaning
