"""What a user meets on UPDATE: twelve situations, and the verdict that the contract (design, section 4) gives each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, NEWEST, Question, Reference, disagreements, question, started
from corpus import LEVELS
from experiments import situations
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from updates import GOOD, OLD, PRIVILEGED, SITUATIONS, Situation, pod

if TYPE_CHECKING:
    from pathlib import Path

    from engines import Judge
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_an_update_is_judged_as_the_contract_says(
    engine: Judge, reference: Reference, specs: tuple[Spec, ...], situation: Situation
) -> None:
    assert not disagreements(engine, reference, [situation.asked()])
    number = SITUATIONS.index(situation)
    assert situations(engine, specs)[number] == ("admitted" if situation.admitted else "denied")


def test_the_api_server_has_no_warning_of_a_policy_s_types(judges: dict[str, Judge]) -> None:
    assert judges["vap"].warnings == []


def test_a_delete_is_nobody_s_business(engine: Judge) -> None:
    answer = engine.ask([question(None, OLD, "DELETE")])[0]
    assert answer["violations"] == []
    assert answer["errors"] == []


FILLER = {"env": [{"name": f"V{number}", "value": "x" * 100} for number in range(20)]}


def crowd(number: int) -> list[Question]:
    """Give a pod of so many containers, the last of which is privileged, scanned, created and as an update."""
    huge = pod(*[{**GOOD, **FILLER}] * (number - 1), PRIVILEGED)
    return [question(huge), question(huge, None, "CREATE"), question(huge, pod(GOOD), "UPDATE")]


@pytest.mark.parametrize("name", FOLDERS)
def test_five_hundred_containers_and_over_a_megabyte_are_judged_by_the_standard_without_error(
    name: str, specs: tuple[Spec, ...], tmp_path: Path
) -> None:
    standard = [spec for spec in specs if spec.rule.level in LEVELS]
    write(compile_bundle(standard, minor=NEWEST, targets=[name]), tmp_path / "out")
    with started(name, tmp_path / "out") as judge:
        assert not disagreements(judge, Reference(standard), crowd(500))


def test_twenty_five_containers_with_five_hundred_variables_are_judged_by_every_rule_without_error(
    engine: Judge, reference: Reference
) -> None:
    assert not disagreements(engine, reference, crowd(25))


def test_no_rule_admits_a_crowd_that_costs_more_than_an_engine_allows(engine: Judge, reference: Reference) -> None:
    for asked in crowd(500):
        (answer,) = engine.ask([asked])
        denied = {violation["policy"] for violation in answer["violations"]}
        stopped = {error.partition(":")[0] for error in answer["errors"] if "cost" in error}
        assert len(stopped) == len(answer["errors"]), answer["errors"]
        assert reference.messages(asked).keys() <= denied | stopped
