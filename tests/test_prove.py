"""What the solver says of an expression is so: a model fulfils it, and where there is none, nothing does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from podsec_compile import ir, prove
from podsec_compile.evaluate import holds
from podsec_compile.normalize import FALSE, TRUE, settle
from podsec_compile.witnesses import witnesses
from strategies import ROOT, expressions, objects

NEWEST = 37
patient = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def fulfils(value: Any, node: ir.Expression) -> bool:
    return holds(node, {ROOT: value}, {})


@patient
@given(node=expressions(depth=3, with_versions=False), value=objects())
def test_a_model_fulfils_and_none_means_none(node: ir.Expression, value: Any) -> None:
    node = settle(node, NEWEST)
    found = prove.model(node, ROOT)
    event(found if isinstance(found, str) else "a model")
    if isinstance(found, dict):
        assert fulfils(found, node)
    elif found == "none":
        assert not fulfils(value, node)
        assert not any(fulfils(one, node) for one in witnesses(node, ROOT, {})[:500])


@patient
@given(node=expressions(depth=3, with_versions=False), value=objects())
def test_what_an_object_fulfils_has_a_model(node: ir.Expression, value: Any) -> None:
    node = settle(node, NEWEST)
    if fulfils(value, node):
        assert prove.model(node, ROOT) != "none"


@patient
@given(node=expressions(depth=3, with_versions=False))
def test_an_expression_is_equivalent_to_itself(node: ir.Expression) -> None:
    node = settle(node, NEWEST)
    assert prove.model(ir.And((node, ir.Not(node))), ROOT) in ("none", "open")


@pytest.mark.parametrize(("node", "answer"), [(TRUE, {}), (FALSE, "none")])
def test_a_constant(node: ir.Expression, answer: object) -> None:
    assert prove.model(node, ROOT) == answer


WORD = ir.Field(ROOT, ("spec", "word"), "string")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^a$", "a"), ("a", "xax"), ("^a|b$", "cb"), ("^(a|b)c", "bcd"), ("[^a]{2}", "xy"), ("(?i)^pass$", "PASS"),
        ("^a.c$", "abc"), (r"^\d+$", "42"), ("^[a-c]*$", ""), ("^(?:x|y)?z$", "z"), ("^a{2,3}$", "aaa"),
    ],
)  # fmt: skip
def test_a_pattern_is_said_exactly(pattern: str, text: str) -> None:
    matches = ir.Text(WORD, "match", ir.Value(pattern))
    is_text = ir.Equal(WORD, ir.Value(text))
    assert prove.model(ir.And((is_text, matches)), ROOT) == {"spec": {"word": text}}
    assert prove.model(ir.And((is_text, ir.Not(matches))), ROOT) == "none"


@pytest.mark.parametrize("pattern", [r"\ba\b", "a$|b", "(^a|b)c"])
def test_a_pattern_that_is_said_of_a_place_is_never_proved_of(pattern: str) -> None:
    matches = ir.Text(WORD, "match", ir.Value(pattern))
    found = prove.model(ir.And((ir.Equal(WORD, ir.Value("a")), ir.Not(matches))), ROOT)
    assert found != "none" or fulfils({"spec": {"word": "a"}}, matches)


def test_without_the_solver_nothing_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove, "solver", lambda: None)
    assert prove.model(TRUE, ROOT) == "open"


@given(st.sampled_from(["", "é", "\\u{41}", "\x00", "a\nb", "{{ x }}", "\u2028"]))
@settings(deadline=None, max_examples=20)
def test_a_literal_is_the_same_to_the_solver(text: str) -> None:
    found = prove.model(ir.Equal(WORD, ir.Value(text)), ROOT)
    assert found == {"spec": {"word": text}}
