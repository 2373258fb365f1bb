"""What a user meets on UPDATE: twelve situations, and the verdict that the contract (design, section 4) gives each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, NEWEST, Reference, disagreements, question, started
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


@pytest.mark.parametrize("engine", FOLDERS)
def test_five_hundred_containers_and_over_a_megabyte_are_judged_without_error(
    engine: str, specs: tuple[Spec, ...], tmp_path: Path
) -> None:
    standard = [spec for spec in specs if spec.rule.level in LEVELS]  # those of aks cost more CEL than is allowed
    write(compile_bundle(standard, minor=NEWEST, targets=[engine]), tmp_path / "out")
    filler = {"env": [{"name": f"V{number}", "value": "x" * 100} for number in range(20)]}
    huge = pod(*[{**GOOD, **filler}] * 499, PRIVILEGED)
    asked = [question(huge), question(huge, None, "CREATE"), question(huge, pod(GOOD), "UPDATE")]
    with started(engine, tmp_path / "out") as judge:
        assert not disagreements(judge, Reference(standard), asked)
