"""Objects that hypothesis draws and shrinks: the reference, engines and Kubernetes' own code say the same of each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparing import Reference, disagreements, question
from corpus import LEVELS, judged_by_kubernetes, upstream_id
from podsec_compile.kinds import POD, SUBJECTS
from podsec_compile.schema import NEWEST_MINOR
from shipped import SPECS
from strategies import objects_of, pods

if TYPE_CHECKING:
    from engines import Judge

pytestmark = [pytest.mark.engines, pytest.mark.deep]

EXAMPLES = int(os.environ.get("PODSEC_LAB_EXAMPLES", "150"))
patient = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
)


@patient
@given(pod=pods(SPECS))
def test_an_engine_says_of_any_pod_what_the_reference_says(engine: Judge, reference: Reference, pod: Any) -> None:
    found = disagreements(engine, reference, [question(pod, None, "CREATE"), question(pod)])
    assert not found, found[0]


@patient
@given(value=st.one_of([objects_of(subject, SPECS) for subject in SUBJECTS.values() if subject is not POD]))
def test_an_engine_says_of_any_other_object_what_the_reference_says(
    engine: Judge, reference: Reference, value: Any
) -> None:
    found = disagreements(engine, reference, [question(value, None, "CREATE"), question(value)])
    assert not found, found[0]


@patient
@given(pod=pods(SPECS, wrong=0))
def test_the_reference_says_of_a_pod_of_the_api_what_kubernetes_says(
    oracle: Judge, reference: Reference, pod: Any
) -> None:
    answers = judged_by_kubernetes(oracle, [pod], NEWEST_MINOR)[0]
    assert not any(answer["errors"] for answer in answers.values()), answers
    denied = reference.messages(question(pod, None, "CREATE"))
    for level in LEVELS:
        for spec in SPECS:
            check = answers[level]["checks"].get(str(upstream_id(spec)))
            if check is not None:
                assert (f"podsec-{spec.id}" in denied) != check["allowed"], f"{spec.id}\n{yaml.safe_dump(pod)}"
