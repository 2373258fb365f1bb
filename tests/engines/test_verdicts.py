"""Every case of every rule, in every kind, list and operation, judged by the real engines as by the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comparing import FOLDERS, Question, decodings, disagreements, question, started
from podsec_compile import cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Group
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


def pods(spec: Spec) -> Iterator[tuple[str, Any]]:
    """Give the pods of a rule's cases: as they stand, and with the container in each list."""
    good = next((case for case in spec.cases if case.verdict == "good" and case.container is not None), None)
    for case in spec.cases:
        yield case.verdict, case.object
        for _, pod in cases.placements(case, good):
            yield case.verdict, pod


def labelled(value: Any) -> Any:
    return cases.laid_over(value, {"metadata": {"labels": {"touched": "yes"}}})


def questions(spec: Spec) -> Iterator[Question]:
    first_good = next(case.object for case in spec.cases if case.verdict == "good")
    for _, pod in pods(spec):
        for resource in spec.subject.resources:
            new = cases.wrapped(pod, resource)
            before = cases.wrapped(first_good, resource)
            yield question(new)
            yield question(new, None, "CREATE")
            yield question(new, before, "UPDATE")
            yield question(labelled(new), new, "UPDATE")
            if resource.kind == "Pod":
                yield question(new, before, "UPDATE", "ephemeralcontainers")


@pytest.mark.parametrize("engine", FOLDERS)
def test_every_case_has_the_verdict_that_its_rule_states(engine: str, groups: list[Group]) -> None:
    wrong = []
    for group in groups:
        with started(engine, group.out) as judge:
            for spec in group.specs:
                kinds = spec.subject.resources
                stated = [(verdict, cases.wrapped(pod, kind)) for verdict, pod in pods(spec) for kind in kinds]
                answers = judge.ask(question(one, None, "CREATE") for _, one in stated)
                for (verdict, one), answer in zip(stated, answers, strict=True):
                    denied = any(violation["policy"] == f"podsec-{spec.id}" for violation in answer["violations"])
                    expected = {verdict == "bad"}
                    if engine == "vap":  # to Kubernetes' types null in a map of texts is an empty text
                        read = decodings(question(one, None, "CREATE"))
                        expected = {f"podsec-{spec.id}" in group.reference.messages(asked) for asked in read}
                    if denied not in expected or answer["errors"]:
                        wrong.append((spec.id, verdict, one, answer))
    assert not wrong, f"{len(wrong)} wrong, the first: {wrong[0]}"


@pytest.mark.deep
@pytest.mark.parametrize("engine", FOLDERS)
def test_every_case_in_every_kind_list_and_operation_is_judged_as_by_the_reference(
    engine: str, groups: list[Group]
) -> None:
    requests, verdicts, found = 0, 0, []
    for group in groups:
        asked = [one for spec in group.specs for one in questions(spec)]
        with started(engine, group.out) as judge:
            found += disagreements(judge, group.reference, asked)
        requests, verdicts = requests + len(asked), verdicts + len(asked) * len(group.specs)
    print(f"{engine}: {requests} requests, {verdicts} verdicts, {len(found)} disagreements")
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"
