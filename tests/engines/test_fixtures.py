"""Kubernetes' own fixtures of the Pod Security Standards, judged by the engines as by Kubernetes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, question, started
from corpus import COUNT, allowed_by_kubernetes, corpus, upstream_id
from podsec_compile import cases
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.kinds import POD
from podsec_compile.profiles import select
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from pathlib import Path

    from engines import Judge
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


def test_the_corpus_is_whole() -> None:
    assert len(corpus(range(NEWEST_MINOR + 1))) == COUNT


def test_the_oracle_fails_each_fixture_for_the_check_in_its_name(oracle: Judge) -> None:
    fixtures = corpus(range(NEWEST_MINOR, NEWEST_MINOR + 1))
    for fixture, allowed in zip(
        fixtures, allowed_by_kubernetes(oracle, [one.pod for one in fixtures], NEWEST_MINOR), strict=True
    ):
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
        chosen = [spec for spec in select(specs, None, minor) if upstream_id(spec)]
        out = tmp_path / f"v1.{minor}"
        write(compile_bundle(chosen, minor=minor, targets=[name]), out)
        kubernetes = allowed_by_kubernetes(oracle, [one.pod for one in fixtures], minor)
        with started(name, out) as engine:
            answers = engine.ask(question(fixture.pod, None, "CREATE") for fixture in fixtures)
        for fixture, answer, allowed in zip(fixtures, answers, kubernetes, strict=True):
            denied = {violation["policy"] for violation in answer["violations"]}
            for spec in chosen:
                verdicts += 1
                if answer["errors"] or (f"podsec-{spec.id}" in denied) == allowed[str(upstream_id(spec))]:
                    wrong.append((fixture.file, spec.id, answer))
    print(f"{name}: {COUNT} fixtures, {verdicts} verdicts, {len(wrong)} wrong")
    assert not wrong, f"{len(wrong)} wrong, the first: {wrong[0]}"


@pytest.mark.deep
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
