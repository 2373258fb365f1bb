"""Needles: every string that an expression matches holds one of them."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from podsec_compile.needles import needles
from podsec_compile.samples import samples


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        ("abcd", ("abcd",)),
        ("x(abc|de)f?", ("xabc", "xde")),
        ("gh[op]_[a-z]+", ("gho_", "ghp_")),
        ("(ab|cd)+efg", ("efg",)),
        ("(key|keyring)=", ("key",)),
        ("(abc|xyz)*", ()),
        ("abc|x", ()),
        ("[a-z]+", ()),
        ("(?i)abc==", ("==",)),
        (r"\pLabc", ()),
    ],
)
def test_they_are_what_any_match_needs(pattern: str, plain: tuple[str, ...]) -> None:
    assert needles(pattern) == plain


def test_where_case_is_folded_they_are_in_lower_case() -> None:
    assert needles("(?i)ABC|Def", fold=True) == ("abc", "def")
    assert needles("(?i)ABC|Def") == ()


PARTS = (
    "ab",
    "cd?",
    "(ef|gh)",
    "(ij|kl|m)?",
    "[no]p",
    "(qr){2}",
    "(?i:st)",
    "(uv)*",
    "[^w]",
    "x|yz",
    "(12(3|45)|6)",
    "^",
    r"\b",
)


@given(st.lists(st.sampled_from(PARTS), max_size=6))
def test_no_sample_is_without_them(parts: list[str]) -> None:
    pattern = "".join(f"({part})" for part in parts)
    plain, folded = needles(pattern), needles(pattern, fold=True)
    hint = re2.compile(f"(?i){'|'.join(folded)}")
    for one in samples(pattern).matching:
        assert not plain or any(needle in one for needle in plain)
        assert not folded or hint.search(one)
