"""Normalizing keeps the meaning: whatever the condition and whatever the object."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from podsec_compile import ir
from podsec_compile.binding import bind, fields, versions
from podsec_compile.dsl import each_container
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import at, holds, object_places, places
from podsec_compile.normalize import (
    FALSE,
    TRUE,
    Clause,
    Violation,
    conjunction,
    disjunction,
    narrow,
    negation,
    negative_normal,
    normalize,
    settle,
    with_parameters,
)
from shipped import FOLDER
from strategies import (
    COUNT,
    DECLARED,
    FIELDS,
    ITEM,
    MINORS,
    PIECE,
    ROOT,
    Given,
    as_pod,
    expressions,
    given_parameters,
    objects,
)

NEWEST = 37
DEFAULTS: Given = {one.name: one.default for one in DECLARED}


def field(variable: ir.Variable, *path: str) -> ir.Field:
    """Give the field at a path of the made-up schema."""
    return next(one for one in FIELDS[variable] if one.path == path)


FLAG, COUNTED, PORT = field(ROOT, "spec", "flag"), field(ROOT, "spec", "count"), field(ROOT, "spec", "port")
ITEM_FLAG, ITEM_COUNT, ITEM_WORD = field(ITEM, "flag"), field(ITEM, "count"), field(ITEM, "word")


def is_true(of: ir.Field) -> ir.Expression:
    return ir.Equal(of, ir.Value(value=True))


def normalized(broken: ir.Expression, exempt: ir.Expression = FALSE, minor: int = NEWEST) -> Violation:
    """Normalize; an example that is too entangled to be taken apart is none."""
    try:
        return normalize(broken, exempt, minor)
    except PodsecError:
        assume(condition=False)
        raise


def narrowed(node: ir.Expression) -> ir.Expression:
    try:
        return narrow(negative_normal(node))
    except PodsecError:
        assume(condition=False)
        raise


def true_of(node: ir.Expression, value: object, parameters: Given | None = None) -> bool:
    return holds(node, {ROOT: value}, parameters or {})


def nodes(node: ir.Expression) -> list[ir.Expression]:
    """Give an expression and everything in it."""
    match node:
        case ir.Not(part):
            return [node, *nodes(part)]
        case ir.And(parts) | ir.Or(parts):
            return [node, *(inner for part in parts for inner in nodes(part))]
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            return [node, *nodes(body)]
        case _:
            return [node]


# --- the meaning stays --------------------------------------------------------------------------------------------


@settings(max_examples=500)
@given(expressions(), expressions(depth=2), objects(), st.sampled_from((*MINORS, 1, NEWEST)))
def test_a_rule_is_broken_where_a_clause_holds(
    broken: ir.Expression, exempt: ir.Expression, value: object, minor: int
) -> None:
    expected = true_of(settle(broken, minor), value) and not true_of(settle(exempt, minor), value)
    violation = normalized(broken, exempt, minor)
    assert bool(places(violation, ROOT, value, {})) == expected


@settings(max_examples=300)
@given(expressions(with_versions=False), objects(), st.booleans())
def test_negative_normal_form_keeps_the_meaning(node: ir.Expression, value: object, negated: bool) -> None:
    assert true_of(negative_normal(node, negated=negated), value) == (true_of(node, value) != negated)


@settings(max_examples=300)
@given(expressions(with_versions=False), objects())
def test_narrowing_keeps_the_meaning(node: ir.Expression, value: object) -> None:
    inward = negative_normal(node)
    assert true_of(narrowed(node), value) == true_of(inward, value)


@settings(max_examples=300)
@given(expressions(with_versions=False), objects())
def test_settling_keeps_the_meaning_where_there_are_no_versions(node: ir.Expression, value: object) -> None:
    assert true_of(settle(node, NEWEST), value) == true_of(node, value)


def at_minor(node: ir.Expression, minor: int) -> ir.Expression:
    """Decide each version, and change nothing else."""
    match node:
        case ir.Since(since, body):
            return at_minor(body, minor) if since <= minor else FALSE
        case ir.Not(part):
            return ir.Not(at_minor(part, minor))
        case ir.And(parts):
            return ir.And(tuple(at_minor(part, minor) for part in parts))
        case ir.Or(parts):
            return ir.Or(tuple(at_minor(part, minor) for part in parts))
        case ir.Some(variable, body):
            return ir.Some(variable, at_minor(body, minor))
        case ir.Every(variable, body):
            return ir.Every(variable, at_minor(body, minor))
        case _:
            return node


@settings(max_examples=300)
@given(expressions(), objects(), st.integers(0, NEWEST))
def test_settling_gives_what_holds_at_a_version(node: ir.Expression, value: object, minor: int) -> None:
    settled = settle(node, minor)
    assert not versions(settled)
    assert true_of(settled, value) == true_of(at_minor(node, minor), value)


@settings(max_examples=300)
@given(expressions())
def test_a_rule_changes_only_at_the_versions_that_it_names(node: ir.Expression) -> None:
    settled = [settle(node, minor) for minor in range(NEWEST + 1)]
    changes = {minor for minor in range(1, NEWEST + 1) if settled[minor] != settled[minor - 1]}
    assert changes <= set(versions(node))


@settings(max_examples=200)
@given(expressions(with_parameters=True, with_versions=False), objects(), given_parameters())
def test_parameters_put_in_place_mean_what_they_mean_as_parameters(
    node: ir.Expression, value: object, parameters: Given
) -> None:
    assert true_of(with_parameters(node, parameters), value) == true_of(node, value, parameters)


@settings(max_examples=300)
@given(expressions(with_parameters=True), objects(), given_parameters())
def test_a_violation_names_the_same_places_with_parameters_as_with_their_values(
    broken: ir.Expression, value: object, parameters: Given
) -> None:
    settled = normalized(with_parameters(broken, parameters))
    assert places(settled, ROOT, value, {}) == places(normalized(broken), ROOT, value, parameters)


# --- the form -----------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(expressions(with_versions=False))
def test_in_negative_normal_form_only_atoms_are_negated_and_no_comparison_is(node: ir.Expression) -> None:
    for inner in nodes(negative_normal(node)):
        if isinstance(inner, ir.Not):
            assert isinstance(inner.part, ir.Atom)
            assert not isinstance(inner.part, ir.Compare)


def mentioned(node: ir.Expression) -> set[ir.Variable]:
    """Give the variables that an expression speaks of and does not bind."""
    match node:
        case ir.Not(part):
            return mentioned(part)
        case ir.And(parts) | ir.Or(parts):
            return {one for part in parts for one in mentioned(part)}
        case ir.Some(variable, body) | ir.Every(variable, body):
            return {list_.of for list_ in variable.lists} | mentioned(body) - {variable}
        case _:
            return {one.of for one in fields(node)}


@settings(max_examples=200)
@given(expressions(with_versions=False))
def test_in_a_narrow_expression_a_quantifier_speaks_of_its_own_element_alone(node: ir.Expression) -> None:
    for inner in nodes(narrowed(node)):
        if isinstance(inner, ir.Some | ir.Every):
            assert mentioned(inner.body) <= {inner.variable}


@settings(max_examples=300)
@given(expressions())
def test_a_clause_is_about_the_object_and_its_body_about_one_element(broken: ir.Expression) -> None:
    for clause in normalized(broken).clauses:
        assert mentioned(clause.condition) <= {ROOT}
        if clause.element is None:
            assert clause.body == TRUE
        else:
            assert {list_.of for list_ in clause.element.lists} == {ROOT}
            assert mentioned(clause.body) <= {clause.element}


@settings(max_examples=300)
@given(expressions(), expressions(depth=2))
def test_normalizing_twice_gives_the_same(broken: ir.Expression, exempt: ir.Expression) -> None:
    assert normalized(broken, exempt) == normalized(copy.deepcopy(broken), copy.deepcopy(exempt))


@settings(max_examples=300)
@given(expressions(with_versions=False))
def test_negation_that_stands_at_the_atoms_stays_there(node: ir.Expression) -> None:
    inward = negative_normal(node)
    assert negative_normal(inward) == inward


@settings(max_examples=200)
@given(expressions())
def test_what_is_narrow_stays_as_it_is(node: ir.Expression) -> None:
    narrow_already = narrowed(settle(node, NEWEST))
    assert narrow(narrow_already) == narrow_already


def test_a_comparison_of_each_element_stays_one_comparison() -> None:
    each = ir.Every(ITEM, ir.Compare(ITEM_COUNT, "<", ir.Value(1)))
    assert narrow(each) == each


def test_values_of_one_field_become_one_list() -> None:
    listed = ir.Or((ir.OneOf(ITEM_WORD, ir.Values(("a", "b"))), ir.Equal(ITEM_WORD, ir.Value("ab"))))
    assert settle(listed, NEWEST) == ir.OneOf(ITEM_WORD, ir.Values(("a", "b", "ab")))


def test_values_of_one_field_become_one_list_also_across_another_condition() -> None:
    first, other, second = ir.Equal(ITEM_WORD, ir.Value("a")), is_true(ITEM_FLAG), ir.Equal(ITEM_WORD, ir.Value("b"))
    joined = ir.Or((ir.OneOf(ITEM_WORD, ir.Values(("a", "b"))), other))
    assert settle(ir.Or((first, other, second)), NEWEST) == joined
    assert settle(ir.Or((ir.Or((first, other)), second)), NEWEST) == joined


def test_true_and_one_stay_apart_in_a_list_of_values() -> None:
    either = ir.Or((ir.Equal(PORT, ir.Value(1)), ir.Equal(PORT, ir.Value(value=True))))
    for value in (1, True):
        assert true_of(settle(either, NEWEST), {"spec": {"port": value}})


def test_true_and_one_stay_apart_in_alternatives() -> None:
    either = [ir.Equal(PORT, ir.Value(1)), ir.Equal(PORT, ir.Value(value=True))]
    for value in (1, True):
        assert true_of(disjunction([*either]), {"spec": {"port": value}})
        assert not true_of(conjunction([*either]), {"spec": {"port": value}})


@pytest.mark.parametrize(
    ("operator", "inverse"), [("<", ">="), ("<=", ">"), (">", "<="), (">=", "<")], ids=lambda one: str(one)
)
def test_the_opposite_of_a_comparison_holds_also_where_there_is_no_number(operator: Any, inverse: Any) -> None:
    opposite = negative_normal(ir.Compare(COUNTED, operator, ir.Value(1)), negated=True)
    assert opposite == ir.Or((ir.Not(ir.Present(COUNTED)), ir.Compare(COUNTED, inverse, ir.Value(1))))


def test_the_opposite_of_a_comparison_holds_of_a_port_that_is_a_name() -> None:
    port: Any = each_container.livenessProbe.httpGet.port
    value = {"spec": {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"port": "http"}}}]}}
    for condition, kept in ((port < 1024, False), (~(port < 1024), True), (~port.starts_with("x"), True)):
        broken = ir.Not(bind(condition.node, universal=True))
        assert true_of(broken, value) != kept
        assert bool(places(normalize(broken, FALSE, NEWEST), ROOT, value, {})) != kept


def test_constants_and_repeats_vanish() -> None:
    part = is_true(FLAG)
    assert conjunction([TRUE, part, ir.And((part, part))]) == part
    assert conjunction([part, FALSE]) == FALSE
    assert conjunction([]) == TRUE
    assert disjunction([FALSE, part, ir.Or((part, part))]) == part
    assert disjunction([part, TRUE]) == TRUE
    assert disjunction([]) == FALSE
    assert negation(negation(part)) == part
    assert negation(TRUE) == FALSE


def test_no_alternatives_are_no_violation() -> None:
    assert normalize(FALSE, FALSE, NEWEST) == Violation(FALSE, (), ())


def test_a_rule_that_no_object_can_keep_is_broken_by_every_object() -> None:
    broken = ir.Not(ir.Since(25, is_true(FLAG)))
    assert true_of(settle(broken, 24), {})
    assert places(normalize(broken, FALSE, 24), ROOT, {}, {})


# --- clauses ------------------------------------------------------------------------------------------------------


def test_elements_that_offend_are_named() -> None:
    violation = normalize(ir.Some(ITEM, is_true(ITEM_FLAG)), FALSE, NEWEST)
    assert violation.clauses == (Clause(TRUE, ITEM, is_true(ITEM_FLAG)),)
    value = {"spec": {"items": [{"name": "a"}, {"name": "b", "flag": True}], "spares": [{"name": "c", "flag": True}]}}
    assert places(violation, ROOT, value, {}) == ("item b", "item c")


def test_what_the_element_does_not_decide_is_the_condition() -> None:
    both = ir.Some(ITEM, ir.And((is_true(FLAG), is_true(ITEM_FLAG))))
    assert normalize(both, FALSE, NEWEST).clauses == (Clause(is_true(FLAG), ITEM, is_true(ITEM_FLAG)),)


def test_clauses_with_one_condition_and_one_element_are_one_clause() -> None:
    either = ir.Or((ir.Some(ITEM, is_true(ITEM_FLAG)), ir.Some(ITEM, ir.Present(ITEM_WORD))))
    body = ir.Or((is_true(ITEM_FLAG), ir.Present(ITEM_WORD)))
    assert normalize(either, FALSE, NEWEST).clauses == (Clause(TRUE, ITEM, body),)


def test_a_condition_without_elements_names_its_fields_the_innermost_ones() -> None:
    outer, inner = field(ROOT, "spec", "box"), field(ROOT, "spec", "box", "word")
    broken = ir.And((ir.Present(outer), ir.Equal(inner, ir.Value("a")), is_true(FLAG)))
    assert object_places(broken, ROOT) == ("spec.box.word", "spec.flag")
    value = {"spec": {"flag": True, "box": {"word": "a"}}}
    assert places(normalize(broken, FALSE, NEWEST), ROOT, value, {}) == ("spec.box.word", "spec.flag")


def test_a_nested_element_is_reported_by_the_outer_one() -> None:
    broken = ir.Some(ITEM, ir.Some(COUNT, ir.Compare(ir.Field(COUNT, (), "number"), ">", ir.Value(1))))
    value = {"spec": {"items": [{"name": "a", "counts": [0, 2]}, {"name": "b", "counts": [1]}]}}
    assert places(normalize(broken, FALSE, NEWEST), ROOT, value, {}) == ("item a",)


def test_a_condition_mixed_in_too_many_ways_is_refused_with_advice() -> None:
    parts = tuple(
        ir.Or((ir.Equal(COUNTED, ir.Value(number)), ir.Equal(ITEM_COUNT, ir.Value(number)))) for number in range(7)
    )
    with pytest.raises(PodsecError, match="mixes item with what is outside of it") as wrong:
        normalize(ir.Some(ITEM, ir.And(parts)), FALSE, NEWEST)
    assert wrong.value.hint == "split the rule into several"


_ENTANGLED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from podsec_compile.dsl import each_container, pod
from podsec_compile.binding import bind
from podsec_compile.errors import PodsecError
from podsec_compile.normalize import FALSE, normalize
condition = each_container.workingDir == "0"
for number in range(1, 60):
    condition &= (each_container.workingDir == str(number)) | (pod.spec.hostname == str(number))
try:
    normalize(bind(condition.node, universal=False), FALSE, 37)
except PodsecError as wrong:
    print(wrong.message)
"""


def test_a_condition_mixed_in_far_too_many_ways_is_refused_before_they_are_counted_out() -> None:
    done = subprocess.run([sys.executable, "-c", _ENTANGLED], capture_output=True, text=True, check=False)
    assert "mixes container with what is outside of it" in done.stdout, done.stderr[-300:]


# --- what a rule reads --------------------------------------------------------------------------------------------


def replaced(value: object, path: tuple[str, ...], by: object) -> object:
    """Give an object with what stands at a path replaced by what stands there in another (nothing where nothing)."""
    if not path:
        return by
    inner = value if isinstance(value, dict) else {}
    other = by.get(path[0]) if isinstance(by, dict) else None
    rest = {name: one for name, one in inner.items() if name != path[0]}
    return {**rest, path[0]: replaced(inner.get(path[0]), path[1:], other)}


@settings(max_examples=300)
@given(expressions(), expressions(depth=2), objects(), objects())
def test_what_a_rule_does_not_read_never_changes_its_verdict(
    broken: ir.Expression, exempt: ir.Expression, value: object, other: object
) -> None:
    violation = normalized(broken, exempt)
    changed = other
    for path in violation.reads:
        changed = replaced(changed, path, value)
    for path in violation.reads:
        assert at(changed, path) == at(value, path)
    assert places(violation, ROOT, changed, {}) == places(violation, ROOT, value, {})


@settings(max_examples=300)
@given(expressions(), expressions(depth=2))
def test_reads_are_the_fields_two_levels_deep_at_most_and_none_below_another(
    broken: ir.Expression, exempt: ir.Expression
) -> None:
    reads = normalized(broken, exempt).reads
    assert len(reads) == len(set(reads))
    for path in reads:
        assert len(path) <= 2
        assert not any(path != other and path[: len(other)] == other for other in reads)


def test_reads_include_the_lists_that_are_run_over_and_what_exempts() -> None:
    exempt = ir.Present(field(ROOT, "metadata", "labels", "a.io/b"))
    violation = normalize(ir.Some(ITEM, ir.Some(PIECE, TRUE)), exempt, NEWEST)
    assert set(violation.reads) == {("metadata", "labels"), ("spec", "items"), ("spec", "spares")}


# --- the same on every machine ------------------------------------------------------------------------------------

_PRINT = """
import sys
from pathlib import Path
from podsec_compile.load import load
from podsec_compile.normalize import normalize
for spec in load(Path(sys.argv[1])):
    print(spec.parameters, normalize(spec.broken, spec.exempt, 37))
"""


def test_the_shipped_rules_normalize_to_the_same_under_every_hash_seed() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", _PRINT, str(FOLDER)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(printed) == 1


def test_a_made_up_object_is_a_pod() -> None:
    assert as_pod(None) == {"apiVersion": "v1", "kind": "Pod"}
