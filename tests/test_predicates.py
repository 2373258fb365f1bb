"""A condition made into a function says what `holds` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from podsec_compile.evaluate import holds
from podsec_compile.mutants import mutants
from podsec_compile.predicates import Predicates
from strategies import ROOT, expressions, junk, objects

if TYPE_CHECKING:
    from podsec_compile import ir


@settings(max_examples=400)
@given(expressions(with_versions=False), st.lists(objects(wrong=2) | junk(), min_size=1, max_size=5))
def test_a_condition_and_its_mutants_say_what_holds_says(node: ir.Expression, values: list[object]) -> None:
    predicates = Predicates(ROOT)
    for value in values:
        for one in (node, *(mutant.node for mutant in mutants(node))):
            assert predicates.holds(one, value) == holds(one, {ROOT: value}, {})
