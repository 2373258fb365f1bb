"""Rules joined in one ConstraintTemplate: judged by both engines as one by one, and by their own Suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comparing import NEWEST, Reference, disagreements, question
from decoding import holds_list_for_map
from engines import Judge, gator_verify
from enumeration import RandomObjects, enumerated, tried
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.kinds import POD
from podsec_compile.schema import NEWEST_MINOR
from test_verdicts import questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from podsec_compile.load import Spec

pytestmark = [pytest.mark.engines, pytest.mark.deep]

WITNESSES_OF_A_RULE = 30
RANDOM_PODS = 500


class Joined(Judge):
    """An engine that knows one policy; what it says is told by the rule that its message begins with."""

    def ask(self, requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        answers = super().ask(requests)
        for answer in answers:
            for violation in answer.get("violations") or ():
                violation["policy"] = f"podsec-{violation['message'].partition(' ')[0]}"
        return answers


@pytest.fixture(scope="module")
def out(specs: tuple[Spec, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joined") / "out"
    write(compile_bundle(specs, minor=NEWEST_MINOR, targets=["gatekeeper-joined"]), folder)
    return folder / "gatekeeper-joined"


@pytest.fixture(scope="module", params=["gatekeeper", "gatekeeper-cel"])
def joined(request: pytest.FixtureRequest, out: Path) -> Iterator[Judge]:
    with Joined(request.param, out / "templates", out / "constraints") as judge:
        yield judge


def test_every_case_in_every_kind_list_and_operation_is_judged_as_by_the_reference(
    joined: Judge, specs: tuple[Spec, ...], reference: Reference
) -> None:
    asked = [one for spec in specs for one in questions(spec)]
    found = disagreements(joined, reference, asked)
    assert not found, f"{len(found)} disagreements of {len(asked)}, the first:\n{found[0]}"


def test_witnesses_and_random_pods_are_judged_as_by_the_reference(
    joined: Judge, specs: tuple[Spec, ...], reference: Reference
) -> None:
    pods = RandomObjects(POD, specs, seed=2, typed=True)
    asked = [question(pods.draw(), None, "CREATE") for _ in range(RANDOM_PODS)]
    for spec in specs:
        asked += enumerated(spec, NEWEST, every=max(1, len(tried(spec, NEWEST)) // WITNESSES_OF_A_RULE))
    asked = [one for one in asked if not any(holds_list_for_map(one[side]) for side in ("object", "oldObject"))]
    found = disagreements(joined, reference, asked)
    assert not found, f"{len(found)} disagreements of {len(asked)}, the first:\n{found[0]}"


def test_the_rules_are_one_constraint(joined: Judge) -> None:
    assert joined.policies == ["podsec-pod"]


def test_its_own_suite_passes(out: Path) -> None:
    done = gator_verify(out)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
