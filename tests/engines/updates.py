"""What a user meets on UPDATE: twelve situations, and the verdict that the contract (design, section 4) gives each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comparing import Question, question
from podsec_compile import cases
from podsec_compile.cases import laid_over
from podsec_compile.kinds import POD

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
    """Give a pod of these containers."""
    named = [cases.named(one, f"c{number}") for number, one in enumerate(containers)]
    return cases.pod_with("subject", named, **lists)


def debugger(container: dict[str, Any], name: str = "debugger") -> dict[str, Any]:
    """Give an ephemeral container."""
    return cases.named(container, name)


def deployment(of: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Give a Deployment of a pod."""
    resource = next(one for one in POD.resources if one.kind == "Deployment")
    return laid_over(cases.wrapped(of, resource), {"spec": spec})


@dataclass(frozen=True)
class Situation:
    """An UPDATE, and whether it is to be admitted."""

    name: str
    new: Any
    old: Any
    admitted: bool
    subresource: str = ""

    def asked(self) -> Question:
        """Give the request."""
        return question(self.new, self.old, "UPDATE", self.subresource)


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
