"""What a user meets on UPDATE: twelve situations, and the verdict that the contract (design, section 4) gives each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from comparing import Reference, disagreements, question
from podsec_compile import cases
from podsec_compile.cases import laid_over
from podsec_compile.kinds import POD

if TYPE_CHECKING:
    from engines import Judge

pytestmark = pytest.mark.engines

GOOD = {
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
}
PRIVILEGED = laid_over(GOOD, {"securityContext": {"privileged": True}})


def pod(*containers: dict[str, Any], **lists: Any) -> dict[str, Any]:
    named = [cases.named(one, f"c{number}") for number, one in enumerate(containers)]
    return cases.pod_with("subject", named, **lists)


def debugger(container: dict[str, Any], name: str = "debugger") -> dict[str, Any]:
    return cases.named(container, name)


def deployment(of: dict[str, Any], **spec: Any) -> dict[str, Any]:
    resource = next(one for one in POD.resources if one.kind == "Deployment")
    return laid_over(cases.wrapped(of, resource), {"spec": spec})


@dataclass(frozen=True)
class Situation:
    name: str
    new: Any
    old: Any
    admitted: bool
    subresource: str = ""


OLD = pod(PRIVILEGED)
CLEAN = pod(GOOD)
SITUATIONS = [
    Situation("a label of an old violating pod", laid_over(OLD, {"metadata": {"labels": {"a": "b"}}}), OLD, True),
    Situation(
        "the finalizers of an old violating pod",
        laid_over(OLD, {"metadata": {"finalizers": []}}),
        laid_over(OLD, {"metadata": {"finalizers": ["example.org/wait"]}}),
        True,
    ),
    Situation("the status of an old violating pod", laid_over(OLD, {"status": {"phase": "Running"}}), OLD, True),
    Situation(
        "a toleration of an old violating pod",
        laid_over(OLD, {"spec": {"tolerations": [{"operator": "Exists"}]}}),
        OLD,
        True,
    ),
    Situation(
        "the scheduling gate of an old violating pod is lifted",
        laid_over(OLD, {"spec": {"schedulingGates": []}}),
        laid_over(OLD, {"spec": {"schedulingGates": [{"name": "example.org/gate"}]}}),
        True,
    ),
    Situation(
        "the image of an old violating pod", pod({**PRIVILEGED, "image": "registry.example/app:2.0"}), OLD, False
    ),
    Situation("the image of a clean pod", pod({**GOOD, "image": "registry.example/app:2.0"}), CLEAN, True),
    Situation(
        "a clean pod gains a privileged ephemeral container",
        pod(GOOD, ephemeralContainers=[debugger(PRIVILEGED)]),
        CLEAN,
        False,
        "ephemeralcontainers",
    ),
    Situation(
        "a clean pod gains a clean ephemeral container",
        pod(GOOD, ephemeralContainers=[debugger(GOOD)]),
        CLEAN,
        True,
        "ephemeralcontainers",
    ),
    Situation(
        "an old violating pod gains a second violating ephemeral container",
        pod(PRIVILEGED, ephemeralContainers=[debugger(PRIVILEGED)]),
        OLD,
        False,
        "ephemeralcontainers",
    ),
    Situation("an old violating Deployment is scaled", deployment(OLD, replicas=5), deployment(OLD, replicas=1), True),
    Situation("a violating template replaces a clean one", deployment(OLD), deployment(CLEAN), False),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_an_update_is_judged_as_the_contract_says(engine: Judge, reference: Reference, situation: Situation) -> None:
    asked = question(situation.new, situation.old, "UPDATE", situation.subresource)
    assert not disagreements(engine, reference, [asked])
    denied = engine.ask([asked])[0]["violations"]
    assert bool(denied) != situation.admitted


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
