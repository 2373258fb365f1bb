"""Kyverno's own rule for the Pod Security Standards, `validate.podSecurity`, to stand beside the compiled rules.

It embeds a copy of Kubernetes' code. Its schema takes the versions v1.19 to v1.32 and latest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from comparing import question
from engines import Judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OLDEST, NEWEST = 19, 32


def policy(level: str, minor: int) -> dict[str, Any]:
    """Give the ClusterPolicy of a level, at the nearest version that Kyverno has."""
    version = f"v1.{minor}" if minor <= NEWEST else "latest"
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": level, "annotations": {"pod-policies.kyverno.io/autogen-controllers": "none"}},
        "spec": {
            "background": True,
            "rules": [
                {
                    "name": level,
                    "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
                    "validate": {"failureAction": "Enforce", "podSecurity": {"level": level, "version": version}},
                }
            ],
        },
    }


def denied_levels(pods: Sequence[Any], minor: int, folder: Path) -> list[set[str]]:
    """Give, for each pod, the levels that Kyverno's own rule denies it."""
    folder.mkdir(parents=True)
    for level in ("baseline", "restricted"):
        (folder / f"{level}.yaml").write_text(yaml.safe_dump(policy(level, minor)))
    with Judge("kyverno", folder) as judge:
        answers = judge.ask(question(pod, None, "CREATE") for pod in pods)
    assert not any(answer["errors"] for answer in answers)
    return [{one["policy"] for one in answer["violations"]} for answer in answers]
