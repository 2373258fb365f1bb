"""Kubernetes' own fixtures of the Pod Security Standards, and what Kubernetes' own code says of pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from engines import Judge, fixtures_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podsec_compile.load import Spec

LEVELS = ("baseline", "restricted")
COUNT = 4537  # in v0.37


@dataclass(frozen=True)
class Fixture:
    """A pod of the corpus; `fails` is the lower-case id of the check that it fails, None for one that passes."""

    file: Path
    minor: int
    pod: Any
    fails: str | None


def corpus(minors: range) -> list[Fixture]:
    """Give the fixtures of some minor versions."""
    found = []
    for minor in minors:
        for file in sorted(fixtures_dir().glob(f"*/v1.{minor}/*/*.yaml")):
            pod = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)  # the safe loader, in C
            fails = file.stem.rstrip("0123456789") if file.parent.name == "fail" else None
            found.append(Fixture(file, minor, pod, fails))
    return found


def upstream_id(spec: Spec) -> str | None:
    """Give the id of the upstream check that a rule says, None for a rule of our own."""
    places = (source.place for source in spec.rule.sources if source.document == "Pod Security Standards")
    return next(places, None)


def defaulted(pod: Any) -> Any:
    """Give a pod as the API server hands it to admission: a volume without a source is an emptyDir."""
    volumes = pod["spec"].get("volumes") if isinstance(pod.get("spec"), dict) else None
    if not isinstance(volumes, list) or not all(isinstance(one, dict) for one in volumes):
        return pod
    filled = [
        one if any(one[key] is not None for key in one.keys() - {"name"}) else {**one, "emptyDir": {}}
        for one in volumes
    ]
    return {**pod, "spec": {**pod["spec"], "volumes": filled}}


def judged_by_kubernetes(oracle: Judge, pods: Sequence[Any], minor: int) -> list[dict[str, Any]]:
    """Give, for each pod, the oracle's answers at the two levels: level → answer."""
    asked = [{"object": defaulted(pod), "level": level, "version": f"v1.{minor}"} for pod in pods for level in LEVELS]
    answers = oracle.ask(asked)
    return [dict(zip(LEVELS, pair, strict=True)) for pair in zip(answers[::2], answers[1::2], strict=True)]


def allowed_by_kubernetes(oracle: Judge, pods: Sequence[Any], minor: int) -> list[dict[str, bool]]:
    """Give, for each pod, what each upstream check says of it: id → allowed."""
    merged: list[dict[str, bool]] = []
    for levels in judged_by_kubernetes(oracle, pods, minor):
        assert not any(answer["errors"] for answer in levels.values()), levels
        checks = {**levels["baseline"]["checks"], **levels["restricted"]["checks"]}
        merged.append({name: check["allowed"] for name, check in checks.items()})
    return merged
