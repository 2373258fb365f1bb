"""Kubernetes' own fixtures of the Pod Security Standards, judged by the engines as by Kubernetes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from comparing import FOLDERS, bundle_of, question
from engines import Judge, fixtures_dir
from podsec_compile import cases
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.kinds import POD
from podsec_compile.profiles import select
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


@dataclass(frozen=True)
class Fixture:
    """A pod of the corpus; `fails` is the lower-case id of the check that it fails, None for one that passes."""

    file: Path
    minor: int
    pod: Any
    fails: str | None


def corpus(minors: range) -> list[Fixture]:
    found = []
    for minor in minors:
        for file in sorted(fixtures_dir().glob(f"*/v1.{minor}/*/*.yaml")):
            pod = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)  # the safe loader, in C
            fails = file.stem.rstrip("0123456789") if file.parent.name == "fail" else None
            found.append(Fixture(file, minor, pod, fails))
    return found


def upstream_id(spec: Spec) -> str:
    return next(source.place for source in spec.rule.sources if source.document == "Pod Security Standards")


def defaulted(pod: Any) -> Any:
    """Give a pod as the API server hands it to admission: a volume without a source is an emptyDir."""
    volumes = pod["spec"].get("volumes")
    if volumes is None:
        return pod
    filled = [one if set(one) - {"name"} else {**one, "emptyDir": {}} for one in volumes]
    return {**pod, "spec": {**pod["spec"], "volumes": filled}}


def allowed_by_kubernetes(oracle: Judge, fixtures: list[Fixture]) -> list[dict[str, bool]]:
    """Give, for each fixture, what each upstream check says of it: id → allowed."""
    levels = ("baseline", "restricted")
    asked = [
        {"object": defaulted(one.pod), "level": level, "version": f"v1.{one.minor}"}
        for one in fixtures
        for level in levels
    ]
    answers = oracle.ask(asked)
    assert not [answer["errors"] for answer in answers if answer["errors"]]
    merged: list[dict[str, bool]] = []
    for baseline, restricted in zip(answers[::2], answers[1::2], strict=True):
        checks = {**baseline["checks"], **restricted["checks"]}
        merged.append({name: check["allowed"] for name, check in checks.items()})
    return merged


def test_the_corpus_is_whole() -> None:
    assert len(corpus(range(NEWEST_MINOR + 1))) == 4537


def test_the_oracle_fails_each_fixture_for_the_check_in_its_name(oracle: Judge) -> None:
    fixtures = corpus(range(NEWEST_MINOR, NEWEST_MINOR + 1))
    for fixture, allowed in zip(fixtures, allowed_by_kubernetes(oracle, fixtures), strict=True):
        denied = {name.lower() for name, allows in allowed.items() if not allows}
        assert fixture.fails is None or fixture.fails in denied, fixture.file


@pytest.mark.parametrize("name", FOLDERS)
def test_no_verdict_on_a_fixture_is_wrong_at_any_version(
    name: str, specs: tuple[Spec, ...], oracle: Judge, tmp_path: Path
) -> None:
    wrong = []
    verdicts = 0
    for minor in range(NEWEST_MINOR + 1):
        fixtures = corpus(range(minor, minor + 1))
        chosen = select(specs, None, minor)
        out = tmp_path / f"v1.{minor}"
        write(compile_bundle(chosen, minor=minor, targets=[name]), out)
        kubernetes = allowed_by_kubernetes(oracle, fixtures)
        with Judge(name, *bundle_of(out, name)) as engine:
            answers = engine.ask(question(fixture.pod, None, "CREATE") for fixture in fixtures)
        for fixture, answer, allowed in zip(fixtures, answers, kubernetes, strict=True):
            denied = {violation["policy"] for violation in answer["violations"]}
            for spec in chosen:
                verdicts += 1
                if answer["errors"] or (f"podsec-{spec.id}" in denied) == allowed[upstream_id(spec)]:
                    wrong.append((fixture.file, spec.id, answer))
    print(f"{name}: 4537 fixtures, {verdicts} verdicts, {len(wrong)} wrong")
    assert not wrong, f"{len(wrong)} wrong, the first: {wrong[0]}"


@pytest.mark.parametrize("kind", [one.kind for one in POD.resources if one.path])
def test_a_controller_gets_the_verdict_of_its_template(engine: Judge, kind: str) -> None:
    resource = next(one for one in POD.resources if one.kind == kind)
    fixtures = corpus(range(NEWEST_MINOR, NEWEST_MINOR + 1))
    bare = engine.ask(question(fixture.pod, None, "CREATE") for fixture in fixtures)
    wrapped = engine.ask(question(cases.wrapped(fixture.pod, resource), None, "CREATE") for fixture in fixtures)
    for fixture, one, other in zip(fixtures, bare, wrapped, strict=True):
        assert one["violations"] == other["violations"], fixture.file
        assert not one["errors"], fixture.file
        assert not other["errors"], fixture.file
