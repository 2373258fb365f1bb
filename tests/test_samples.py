"""Samples of a regular expression: RE2 agrees on each, the plainest is there, and every part is tried both ways."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from podsec_compile.samples import samples

EXPRESSIONS = (
    r"^(a|b)$",
    r"(?i)pass(word|wd)?",
    r"(?i:key)=[^;]",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"Key=[A-Za-z0-9+/]{86}==",
    r"^v(0|[1-9]\d*)\.x$",
    r"a{2,3}?b",
    r"[^a-z\d]\S",
)
each = pytest.mark.parametrize("pattern", EXPRESSIONS)


@each
def test_re2_agrees_on_every_sample(pattern: str) -> None:
    finds = re2.compile(pattern).search
    found = samples(pattern)
    assert found.matching
    assert found.misses
    assert all(finds(one) for one in found.matching)
    assert not any(finds(one) for one in found.misses)


@given(st.lists(st.sampled_from(("a", "b?", "[0-9]", "(x|yz)", "c{2,4}", "(?i:d)", ".", r"\.", "^", "$", "[^e]+"))))
def test_re2_agrees_on_the_samples_of_any_expression(parts: list[str]) -> None:
    pattern = "".join(parts)
    finds = re2.compile(pattern).search
    found = samples(pattern)
    assert all(finds(one) for one in found.matching)
    assert not any(finds(one) for one in found.misses)


def test_each_branch_count_and_case_is_tried() -> None:
    assert samples("^(ab|c)d{2,3}$") == (
        ("abdd", "cdd", "abddd"),
        ("xabdd", " abdd", "\nabdd", "bdd", "add", "a bdd", "ABdd", "dd", " cdd", "Cdd", "abd", "ab dd", "abDd",
         "abdddd", "abddx", "abdd ", "abdd\n"),
    )  # fmt: skip


def test_a_class_is_tried_at_its_ends_and_with_each_sort_of_character() -> None:
    assert samples("^[b-y_]$").matching == ("b", "_", "y")
    assert {"a", "A", "0", "-"} <= set(samples("^[b-y_]$").misses)


def test_they_are_the_same_each_time_and_as_many_as_asked_for() -> None:
    assert samples(r"[\w-]{20}", most=5) is samples(r"[\w-]{20}", most=5)
    assert all(len(some) <= 5 for some in samples(r"[\w-]{20}", most=5))


@pytest.mark.parametrize("pattern", [r"\pL", r"(?<name>x)"])
def test_what_only_re2_can_read_has_none(pattern: str) -> None:
    assert samples(pattern) == ((), ())
