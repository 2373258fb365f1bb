"""Witnesses derived from each rule's tree, and random pods, judged by the real engines as by the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, NEWEST, Reference, disagreements, question, started
from enumeration import RandomObjects, enumerated, tried
from podsec_compile.kinds import POD

if TYPE_CHECKING:
    from conftest import Group
    from engines import Judge
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines

WITNESSES_OF_A_RULE = 60
RANDOM_PODS, RANDOM_OTHERS = 600, 100


@pytest.mark.parametrize("engine", FOLDERS)
def test_the_witnesses_of_every_rule_are_judged_as_by_the_reference(engine: str, groups: list[Group]) -> None:
    requests, verdicts, found = 0, 0, []
    for group in groups:
        asked = []
        for spec in group.specs:
            every = max(1, len(tried(spec, NEWEST)) // WITNESSES_OF_A_RULE)
            asked += list(enumerated(spec, NEWEST, every=every, most=WITNESSES_OF_A_RULE // 2))
        with started(engine, group.out) as judge:
            found += disagreements(judge, group.reference, asked)
        requests, verdicts = requests + len(asked), verdicts + len(asked) * len(group.specs)
    print(f"{engine}: {requests} witnesses, {verdicts} verdicts, {len(found)} disagreements")
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"


@pytest.mark.parametrize("typed", [True, False], ids=["as the API server has them", "with values of any type"])
def test_random_objects_are_judged_as_by_the_reference(
    engine: Judge, specs: tuple[Spec, ...], reference: Reference, *, typed: bool
) -> None:
    asked = []
    for subject in dict.fromkeys(spec.subject for spec in specs):
        drawn = RandomObjects(subject, specs, seed=1, typed=typed)
        count = RANDOM_PODS if subject is POD else RANDOM_OTHERS
        asked += [question(drawn.draw(), None, operation) for _ in range(count) for operation in ("CREATE", "")]
    found = disagreements(engine, reference, asked)
    print(
        f"{engine.engine}: {len(asked)} random objects, {len(asked) * len(specs)} verdicts, {len(found)} disagreements"
    )
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"


def test_each_rule_has_witnesses_of_both_verdicts(specs: tuple[Spec, ...], reference: Reference) -> None:
    for spec in specs:
        denied = [f"podsec-{spec.id}" in reference.messages(one) for one in enumerated(spec, NEWEST, every=5)]
        assert set(denied) == {True, False}, spec.id
