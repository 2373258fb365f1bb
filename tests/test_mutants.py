"""Mutants differ from the rule in one place; a rule's cases and decisive objects notice nearly all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from podsec_compile import ir
from podsec_compile.decisive import decisive, violated
from podsec_compile.evaluate import holds
from podsec_compile.mutants import mutants
from podsec_compile.normalize import settle
from podsec_compile.schema import NEWEST_MINOR
from shipped import SPECS, parameters_set
from strategies import ROOT, expressions, objects

if TYPE_CHECKING:
    from podsec_compile.load import Spec

BOX = ir.Field(ROOT, ("spec", "box"), "string")


def changes(node: ir.Expression) -> list[str]:
    return [one.change for one in mutants(node)]


def test_a_comparison_is_changed_in_operator_literal_and_path() -> None:
    assert changes(ir.Compare(ir.Field(ROOT, ("spec", "count"), "number"), "<", ir.Value(2))) == [
        "negated: spec.count < 2",
        "path misspelt: spec.count < 2",
        "path one level up: spec.count < 2",
        "2 becomes 1: spec.count < 2",
        "2 becomes 3: spec.count < 2",
        "<= in place of <: spec.count < 2",
        "> in place of <: spec.count < 2",
        ">= in place of <: spec.count < 2",
    ]


def test_a_list_of_values_loses_each_of_them() -> None:
    assert "without 'a': spec.box is one of 'a', 'b'" in changes(ir.OneOf(BOX, ir.Values(("a", "b"))))


def test_a_regular_expression_is_never_made_into_what_may_be_none() -> None:
    assert changes(ir.Text(BOX, "match", ir.Value("^(a|b)$"))) == [
        "negated: spec.box matches '^(a|b)$'",
        "path misspelt: spec.box matches '^(a|b)$'",
        "path one level up: spec.box matches '^(a|b)$'",
    ]


def test_the_parts_of_a_choice_are_left_out_in_turn_and_the_choice_becomes_a_demand() -> None:
    choice = ir.Or((ir.Present(BOX), ir.Constant(value=False)))
    assert ir.And(choice.parts) in [one.node for one in mutants(choice)]
    assert ir.Or((ir.Present(BOX),)) in [one.node for one in mutants(choice)]


@given(expressions(), objects())
def test_every_mutant_is_as_total_as_what_it_was_made_from(node: ir.Expression, value: object) -> None:
    settled = settle(node, 25)
    for mutant in mutants(settled):
        assert mutant.node != settled
        assert holds(mutant.node, {ROOT: value}, {}) in (True, False)


@pytest.mark.parametrize("spec", SPECS, ids=lambda one: one.id)
def test_the_tests_that_ship_notice_every_operator_literal_and_path(spec: Spec) -> None:
    given = parameters_set(spec)
    node = violated(spec, NEWEST_MINOR, given)
    known = [case.object for case in (*spec.cases, *decisive(spec, NEWEST_MINOR, given))]
    missed = [
        one
        for one in mutants(node)
        if all(holds(node, {spec.root: value}, {}) == holds(one.node, {spec.root: value}, {}) for value in known)
    ]
    assert len(missed) < len(list(mutants(node))) / 5, missed
    assert [one.change for one in missed if one.fields] == []  # what is missed is about whole lists


@pytest.mark.parametrize("spec", SPECS, ids=lambda one: one.id)
def test_a_decisive_object_has_the_verdict_in_its_name(spec: Spec) -> None:
    node = violated(spec, NEWEST_MINOR, spec.defaults)
    for case in decisive(spec, NEWEST_MINOR, spec.defaults):
        assert holds(node, {spec.root: case.object}, {}) == (case.verdict == "bad"), case.name
