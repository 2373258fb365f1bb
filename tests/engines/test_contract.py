"""What a user meets on UPDATE: twelve situations, and the verdict that the contract (design, section 4) gives each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import Reference, disagreements, question
from experiments import situations
from updates import GOOD, OLD, PRIVILEGED, SITUATIONS, Situation, pod

if TYPE_CHECKING:
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


def test_five_hundred_containers_and_over_a_megabyte_are_judged_without_error(
    engine: Judge, reference: Reference
) -> None:
    filler = {"env": [{"name": f"V{number}", "value": "x" * 100} for number in range(20)]}
    huge = pod(*[{**GOOD, **filler}] * 499, PRIVILEGED)
    asked = [question(huge), question(huge, None, "CREATE"), question(huge, pod(GOOD), "UPDATE")]
    assert not disagreements(engine, reference, asked)
