"""The engines' own command lines, run on the bundle as a user runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import Reference, question
from engines import gator_test, gator_verify, kyverno_apply, kyverno_test
from podsec_compile import cases

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


@pytest.fixture
def objects(specs: tuple[Spec, ...], tmp_path: Path) -> Path:
    """Give a file with every case in every kind."""
    file = tmp_path / "objects.yaml"
    every = [
        cases.wrapped(case.object, kind) for spec in specs for case in spec.cases for kind in spec.subject.resources
    ]
    file.write_text("---\n".join(cases.document(one) for one in every))
    return file


@pytest.fixture
def expected(specs: tuple[Spec, ...], reference: Reference) -> set[tuple[str, str, str, str]]:
    """Give what the reference says of these objects: kind, name, policy, message."""
    found = set()
    for spec in specs:
        for case in spec.cases:
            for kind in spec.subject.resources:
                said = reference.messages(question(cases.wrapped(case.object, kind)))
                found |= {(kind.kind, case.object["metadata"]["name"], policy, text) for policy, text in said.items()}
    return found


@pytest.mark.parametrize("name", ["gatekeeper", "gatekeeper-cel"])
def test_gator_verify_passes_on_the_suite_in_the_bundle(bundle: Path, name: str) -> None:
    done = gator_verify(bundle / name / "suite.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_gator_verify_fails_where_a_case_is_turned_round(bundle: Path, tmp_path: Path) -> None:
    suite = (bundle / "gatekeeper" / "suite.yaml").read_text()
    turned = bundle / "gatekeeper" / "turned-suite.yaml"
    turned.write_text(suite.replace("violations: yes", "violations: no", 1))
    done = gator_verify(turned)
    turned.unlink()
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["kyverno", "kyverno-cel"])
def test_kyverno_test_passes_on_the_test_in_the_bundle(bundle: Path, specs: tuple[Spec, ...], name: str) -> None:
    done = kyverno_test(bundle / name)
    assert done.returncode == 0, done.stdout + done.stderr
    count = sum(len(spec.cases) for spec in specs)
    assert f"{count} tests passed and 0 tests failed" in done.stdout


def test_gator_test_says_what_the_reference_says(bundle: Path, objects: Path, expected: set[tuple[str, ...]]) -> None:
    results = gator_test([bundle / "gatekeeper" / "templates", bundle / "gatekeeper" / "constraints"], objects)
    said = {
        (
            one["violatingObject"]["kind"],
            one["violatingObject"]["metadata"]["name"],
            one["constraint"]["metadata"]["name"],
            one["msg"],
        )
        for one in results
    }
    assert said == expected


def test_kyverno_apply_says_what_the_reference_says(
    bundle: Path, objects: Path, expected: set[tuple[str, ...]]
) -> None:
    results = kyverno_apply(bundle / "kyverno" / "policies", objects)
    assert {one["result"] for one in results} == {"pass", "fail"}
    said = {
        (resource["kind"], resource["name"], one["policy"], one["message"])
        for one in results
        if one["result"] == "fail"
        for resource in one["resources"]
    }
    assert said == expected
