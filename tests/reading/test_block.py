"""What is read by the line is what is read exactly, or it is not read by the line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from podsec_compile.evaluate import identical
from podsec_compile.reading import NotRead, Path, block, exact
from texts import every, random_texts

TEXTS = every()


def paths(value: Any, path: Path = ()) -> list[Path]:
    """Give the path of every part of a value."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for name, inner in below for one in paths(inner, (*path, name)))]


def agree(text: str) -> bool:
    """Fail where both read something else, or find a part elsewhere; tell whether the text was read by the line."""
    try:
        value, places = block.read(text)
    except block.Unusual:
        return False
    exactly = exact.read(text.encode())
    assert identical(value, exactly), (value, exactly)
    all_ = paths(value)[1:]
    assert places.locate(all_) == exact.Places(text.encode()).locate(all_)
    return True


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_as_exactly(text: bytes) -> None:
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        with pytest.raises(NotRead):  # the other is given text, and is not asked
            exact.read(text)
    else:
        agree(decoded)


@settings(max_examples=3000)
@given(random_texts())
def test_a_random_text_is_read_as_exactly(text: str) -> None:
    agree(text)


USUAL = [
    "a map", "nested", "a list below a key", "an indented list below a key", "maps in a list", "comments", "a literal",
    "a literal, stripped", "a literal with keys", "a literal with JSON", "an empty key in a list", "a long text",
]  # fmt: skip


@pytest.mark.parametrize("name", USUAL)
def test_by_the_line_is_read(name: str) -> None:
    assert agree(TEXTS[name].decode())


@pytest.mark.parametrize("text", ["a: b\na: c\n", "a:\n  b: c\n  b: d\n", "- a: b\n  a: c\n"])
def test_a_key_that_stands_twice_is_named_with_its_line(text: str) -> None:
    with pytest.raises(NotRead, match="stands twice") as refused:
        exact.read(text.encode())
    assert refused.value.line == text.count("\n") - 1


def test_a_path_that_is_not_there_is_where_the_part_above_it_is() -> None:
    text = "a:\n- b: c\n"
    for places in (block.read(text)[1], exact.Places(text.encode())):
        assert places.locate([("a", 0, "x", "y"), ("z",), ("a", 5)]) == [(1, 2), (0, 0), (0, 0)]
