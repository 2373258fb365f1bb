"""Every case of every rule, in every list of containers and in every kind of controller, against the rule's meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from podsec_compile import schema
from podsec_compile.cases import CONTAINER_LISTS, Case, laid_over, placements, wrapped
from podsec_compile.evaluate import Request, judge
from podsec_compile.kinds import POD
from shipped import SPECS, violation_of

if TYPE_CHECKING:
    from podsec_compile.cases import Object
    from podsec_compile.kinds import Resource
    from podsec_compile.load import Spec

VIOLATIONS = {spec.id: violation_of(spec) for spec in SPECS}


@dataclass(frozen=True)
class Situation:
    """A case of a rule."""

    spec: Spec
    case: Case

    def __str__(self) -> str:
        return f"{self.spec.id}/{self.case.verdict}/{self.case.name}"

    @property
    def is_bad(self) -> bool:
        """Tell whether the case breaks the rule."""
        return self.case.verdict == "bad"

    @property
    def good(self) -> Case | None:
        """A good case with a container, to stand beside the one that is judged."""
        return next((one for one in self.spec.cases if one.verdict == "good" and one.container), None)


def found(spec: Spec, request: Request) -> tuple[str, ...]:
    return judge(VIOLATIONS[spec.id], spec.subject, request, spec.defaults)


SITUATIONS = [Situation(spec, case) for spec in SPECS for case in spec.cases]
KINDS = [resource for resource in POD.resources if resource.path]
ELSEWHERE = [(one, resource) for one in SITUATIONS for resource in one.spec.subject.resources[1:]]

every_case = pytest.mark.parametrize("situation", SITUATIONS, ids=str)


@every_case
def test_a_case_has_its_verdict(situation: Situation) -> None:
    for operation in ("", "CREATE"):
        assert bool(found(situation.spec, Request(situation.case.object, None, operation))) == situation.is_bad


@pytest.mark.parametrize(("situation", "resource"), ELSEWHERE, ids=lambda one: getattr(one, "kind", str(one)))
def test_a_case_has_its_verdict_in_every_other_kind(situation: Situation, resource: Resource) -> None:
    other = wrapped(situation.case.object, resource)
    assert schema.unknown_field(situation.spec.subject.type, situation.case.object) is None
    assert found(situation.spec, Request(other)) == found(situation.spec, Request(situation.case.object))


@pytest.mark.parametrize("group", CONTAINER_LISTS)
@pytest.mark.parametrize("situation", [one for one in SITUATIONS if one.case.container and one.good], ids=str)
def test_a_case_has_its_verdict_in_each_list_of_containers(situation: Situation, group: str) -> None:
    pod = dict(placements(situation.case, situation.good))[group]
    names = found(situation.spec, Request(pod))
    assert bool(names) == situation.is_bad
    assert all(f"{name} ".startswith("container subject ") for name in names)
    for resource in KINDS:
        assert found(situation.spec, Request(wrapped(pod, resource))) == names


@every_case
def test_an_update_of_what_the_rule_does_not_read_is_admitted(situation: Situation) -> None:
    read = VIOLATIONS[situation.spec.id].reads
    labels = {} if ("metadata", "labels") in read else {"labels": {"changed": "yes"}}
    for resource in situation.spec.subject.resources:
        old = wrapped(situation.case.object, resource)
        new: Object = laid_over(old, {"metadata": {**labels, "finalizers": ["a/b"]}})
        assert found(situation.spec, Request(new, old, "UPDATE")) == ()


@every_case
def test_an_update_to_a_bad_case_is_denied_and_from_it_admitted(situation: Situation) -> None:
    others = [case for case in situation.spec.cases if case.verdict != situation.case.verdict]
    for other in others:
        request = Request(situation.case.object, other.object, "UPDATE")
        assert bool(found(situation.spec, request)) == situation.is_bad, other.name


@every_case
def test_deleting_a_case_is_admitted(situation: Situation) -> None:
    assert found(situation.spec, Request(situation.case.object, None, "DELETE")) == ()


@pytest.mark.parametrize("spec", SPECS, ids=lambda one: one.id)
def test_a_rule_is_broken_by_some_case_and_kept_by_some(spec: Spec) -> None:
    assert {bool(found(spec, Request(case.object))) for case in spec.cases} == {True, False}
