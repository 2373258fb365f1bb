"""The example of the AKS article, which everyone tries first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import question
from corpus import LEVELS

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
