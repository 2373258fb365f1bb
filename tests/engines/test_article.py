"""The example of the AKS article, which everyone tries first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from comparing import question
from corpus import LEVELS
from podsec_compile.cases import laid_over

if TYPE_CHECKING:
    from engines import Judge
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines

ARTICLE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "security-context-demo"},
    "spec": {
        "securityContext": {"fsGroup": 2000},
        "containers": [
            {
                "name": "security-context-demo",
                "image": "mcr.microsoft.com/oss/nginx/nginx:1.15.5-alpine",
                "securityContext": {
                    "runAsUser": 1000,
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]},
                },
            }
        ],
    },
}


def test_the_article_s_pod_is_refused_for_its_capabilities_and_for_what_restricted_asks_beyond(
    engine: Judge, specs: tuple[Spec, ...]
) -> None:
    answer = engine.ask([question(ARTICLE, None, "CREATE")])[0]
    for violation in answer["violations"]:
        print(f"{engine.engine}: {violation['message']}")
    standard = {f"podsec-{spec.id}" for spec in specs if spec.rule.level in LEVELS}
    assert [violation["policy"] for violation in answer["violations"] if violation["policy"] in standard] == [
        "podsec-capabilities-baseline",
        "podsec-capabilities-restricted",
        "podsec-run-as-non-root",
        "podsec-seccomp-profile-restricted",
    ]


def test_both_engines_print_the_same_of_it(gatekeeper: Judge, kyverno: Judge, specs: tuple[Spec, ...]) -> None:
    asked = [question(ARTICLE, None, "CREATE")]
    said = [[one["message"] for one in judge.ask(asked)[0]["violations"]] for judge in (gatekeeper, kyverno)]
    assert said[0] == said[1]
    remedies = {spec.rule.remedy for spec in specs}
    assert all(any(remedy in text for remedy in remedies) for text in said[0])


# The article's pod again, with what the messages above ask for and nothing else: the remedy that asks, and the change.
REPAIRS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("implicit-app-armor-profile", {}, {"appArmorProfile": {"type": "RuntimeDefault"}}),
    ("capabilities-baseline", {}, {"capabilities": {"add": []}}),
    ("capabilities-restricted", {}, {"capabilities": {"drop": ["ALL"]}}),
    ("group-outside-range", {}, {"runAsGroup": 1000}),
    ("mounted-service-account-token", {"automountServiceAccountToken": False}, {}),
    ("run-as-non-root", {"securityContext": {"runAsNonRoot": True}}, {}),
    ("seccomp-profile-restricted", {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}, {}),
    ("shared-user-namespace", {"hostUsers": False}, {}),
    ("writable-root-file-system", {}, {"readOnlyRootFilesystem": True}),
]


def repaired() -> dict[str, Any]:
    spec: dict[str, Any] = ARTICLE["spec"]
    container: dict[str, Any] = spec["containers"][0]
    for _, of_pod, of_container in REPAIRS:
        spec = laid_over(spec, of_pod)
        container = laid_over(container, {"securityContext": of_container})
    return {**ARTICLE, "spec": {**spec, "containers": [container]}}


def test_every_finding_of_the_profile_aks_is_repaired_by_its_remedy_alone(engine: Judge) -> None:
    found = engine.ask([question(ARTICLE, None, "CREATE")])[0]["violations"]
    assert [one["policy"].removeprefix("podsec-") for one in found] == sorted(name for name, *_ in REPAIRS)
    answer = engine.ask([question(repaired(), None, "CREATE")])[0]
    assert (answer["violations"], answer["errors"]) == ([], [])
