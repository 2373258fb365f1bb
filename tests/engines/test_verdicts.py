"""Every case of every rule, in every kind, list and operation, judged by the real engines as by the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comparing import Question, Reference, disagreements, question
from podsec_compile import cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engines import Judge
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


def test_every_case_has_the_verdict_that_its_rule_states(engine: Judge, specs: tuple[Spec, ...]) -> None:
    wrong = []
    for spec in specs:
        stated = [(verdict, cases.wrapped(pod, kind)) for verdict, pod in pods(spec) for kind in spec.subject.resources]
        answers = engine.ask(question(one, None, "CREATE") for _, one in stated)
        for (verdict, one), answer in zip(stated, answers, strict=True):
            denied = any(violation["policy"] == f"podsec-{spec.id}" for violation in answer["violations"])
            if denied != (verdict == "bad") or answer["errors"]:
                wrong.append((spec.id, verdict, one, answer))
    assert not wrong, f"{len(wrong)} wrong, the first: {wrong[0]}"


def test_every_case_in_every_kind_list_and_operation_is_judged_as_by_the_reference(
    engine: Judge, specs: tuple[Spec, ...], reference: Reference
) -> None:
    asked = [one for spec in specs for one in questions(spec)]
    found = disagreements(engine, reference, asked)
    print(f"{engine.engine}: {len(asked)} requests, {len(asked) * len(specs)} verdicts, {len(found)} disagreements")
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"
