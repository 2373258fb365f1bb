"""Profiles: which rules each of them holds, at each version of Kubernetes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from podsec_compile.errors import PodsecError
from podsec_compile.load import load
from podsec_compile.profiles import LADDER, select
from podsec_compile.schema import NEWEST_MINOR
from shipped import SPECS

if TYPE_CHECKING:
    from podsec_compile.load import Spec

RULE = '''"""Why."""
from podsec_compile.dsl import Rule, pod

RULE = Rule(
    title="Title", level="{level}", introduced="{introduced}", replaces={replaces!r}, remedy="mend it",
    forbid=pod.spec.hostPID.is_true(), good={{"unset": ""}}, bad={{"on": "spec: {{hostPID: true}}"}},
)
'''
RULES = {
    "low": ("baseline", "1.0", None),
    "low-replaced": ("baseline", "1.0", None),
    "high": ("restricted", "1.20", "low-replaced"),
    "high-replaced": ("restricted", "1.0", None),
    "cloud": ("aks", "1.30", "high-replaced"),
    "own": ("own", "1.0", None),
    "own-copy": ("own", "1.0", "low"),
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Spec, ...]:
    folder = tmp_path_factory.mktemp("rules")
    for name, (level, introduced, replaces) in RULES.items():
        text = RULE.format(level=level, introduced=introduced, replaces=replaces)
        (folder / f"{name.replace('-', '_')}.py").write_text(text)
    return load(folder)


def chosen(rules: tuple[Spec, ...], profile: str | None, minor: int = NEWEST_MINOR) -> set[str]:
    found = [spec.id for spec in select(rules, profile, minor)]
    assert found == sorted(found)
    return set(found)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (None, set(RULES)),
        ("baseline", {"low", "low-replaced"}),
        ("restricted", {"low", "high", "high-replaced"}),
        ("aks", {"low", "high", "cloud"}),
        ("own", {"own", "own-copy"}),
    ],
)
def test_the_rules_of_a_profile(rules: tuple[Spec, ...], profile: str | None, expected: set[str]) -> None:
    assert chosen(rules, profile) == expected


@pytest.mark.parametrize(
    ("profile", "minor", "expected"),
    [
        (None, 29, set(RULES) - {"cloud"}),
        (None, 19, set(RULES) - {"cloud", "high"}),
        ("restricted", 20, {"low", "high", "high-replaced"}),
        ("restricted", 19, {"low", "low-replaced", "high-replaced"}),
        ("aks", 30, {"low", "high", "cloud"}),
        ("aks", 29, {"low", "high", "high-replaced"}),
    ],
)
def test_a_rule_that_is_not_there_yet_replaces_none(
    rules: tuple[Spec, ...], profile: str | None, minor: int, expected: set[str]
) -> None:
    assert chosen(rules, profile, minor) == expected


def test_every_profile_of_the_ladder_is_stricter_than_the_one_below(rules: tuple[Spec, ...]) -> None:
    """What a profile leaves out of the one below it, it replaces."""
    for specs in (rules, SPECS):
        replacing = {spec.id: spec.rule.replaces for spec in specs}
        for below, above in itertools.pairwise(LADDER):
            lost = chosen(specs, below) - chosen(specs, above)
            assert lost <= {replacing[rule] for rule in chosen(specs, above)}


def test_a_profile_that_no_rule_has_is_refused_with_the_near_one(rules: tuple[Spec, ...]) -> None:
    with pytest.raises(PodsecError, match='no rule has the profile "basline"; there are aks, baseline') as caught:
        select(rules, "basline", NEWEST_MINOR)
    assert caught.value.hint == 'did you mean "baseline"?'


@pytest.mark.parametrize("profile", [None, "baseline", "own"])
def test_a_version_before_every_rule_is_refused_with_the_version(rules: tuple[Spec, ...], profile: str | None) -> None:
    late = tuple(spec for spec in rules if spec.id == "high")
    with pytest.raises(PodsecError, match=r"1\.5") as caught:
        select(late, profile, 5)
    assert "did you mean" not in str(caught.value)
