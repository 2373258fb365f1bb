"""The quirks of the standard are what the page of the lab says, in Kubernetes' own code and in every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import question
from corpus import LEVELS
from podsec_compile.profiles import select
from podsec_compile.schema import NEWEST_MINOR
from quirks import QUIRKS, admitted_by_kubernetes

if TYPE_CHECKING:
    from engines import Judge
    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines


def test_kubernetes_admits_what_the_page_says(oracle: Judge) -> None:
    assert admitted_by_kubernetes(oracle) == [one.admitted for one in QUIRKS]


def test_an_engine_admits_what_kubernetes_admits(engine: Judge, specs: tuple[Spec, ...]) -> None:
    answers = engine.ask(question(one.pod, None, "CREATE") for one in QUIRKS)
    for quirk, answer in zip(QUIRKS, answers, strict=True):
        denied = {one["policy"] for one in answer["violations"]}
        profiles = {level: {f"podsec-{spec.id}" for spec in select(specs, level, NEWEST_MINOR)} for level in LEVELS}
        assert tuple(level for level in LEVELS if not denied & profiles[level]) == quirk.admitted, quirk.text
