"""Texts of JSON: where a value ends, and where the parts of one stand."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from podsec_compile.reading import Path, Place

ITEMS = re.compile(rb'\{(?:\s*"(?:apiVersion|kind)"\s*:\s*"[^"\\]*"\s*,)*\s*"items"\s*:\s*\[')
"""The beginning of a list of objects, as kubectl writes it."""
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_PARTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s"{}\[\]:,]+', re.DOTALL)

_FIRST = re.compile(rb"\{\n( *)")
_Span = tuple[int, int, int]  # where a key or element begins, where its value does, and how far in


def end(text: bytes, start: int, indent: int, *, is_whole: bool) -> int | None:
    """Give where the map that begins at a place ends; None where it does not, or (unless whole) not yet.

    Where it stands on lines of its own, that is the next line with a brace as far in (`indent`); what is found so is a
    map, as the one who reads it sees. Otherwise the braces are counted.
    """
    if text[start : start + 2] == b"{\n" or not (is_whole or text[start + 1 : start + 2]):
        close = b"\n" + b" " * indent + b"}"
        found = text.find(close, start)
        if found >= 0 or not is_whole:
            return None if found < 0 else found + len(close)
    depth = 0
    for token in _TOKEN.finditer(text, start):
        match token[0]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if not depth:
                    return token.end()
    return None


def is_valid(text: bytes) -> bool:
    """Tell whether a text is JSON."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


class Places:
    """Where the parts of a value stand, which begins at a column of the text's first line."""

    def __init__(self, text: bytes, column: int) -> None:
        self._text = text
        self._column = column
        first = _FIRST.match(text)
        self._step = len(first[1]) - column if first else 0  # what each level is indented by; 0 where it is not
        self._known: dict[Path, _Span | None] = {(): (0, 0, column)}

    def locate(self, paths: list[Path]) -> list[Place]:
        """Give the place of each path, or that of the nearest part above it that is there."""
        if self._step <= 0:
            self._known = {**_marks(self._text, {path[:end] for path in paths for end in range(len(path) + 1)})}
        return [self._place(path) for path in paths]

    def _place(self, path: Path) -> Place:
        while (span := self._span(path)) is None:
            path = path[:-1]
        start = self._text.rfind(b"\n", 0, span[0]) + 1
        column = len(self._text[start : span[0]].decode(errors="replace"))
        return self._text.count(b"\n", 0, span[0]), column if start else column + self._column

    def _span(self, path: Path) -> _Span | None:
        if path not in self._known:
            above = self._span(path[:-1]) if self._step > 0 else None
            self._known[path] = None if above is None else self._below(above, path[-1])
        return self._known[path]

    def _below(self, above: _Span, wanted: str | int) -> _Span | None:
        """Find a key or element where each stands on a line of its own, as far in as its level says."""
        text, (_, start, indent) = self._text, above
        if text[start : start + 2] not in (b"{\n", b"[\n"):
            return None
        end = text.find(b"\n%b%b" % (b" " * indent, b"}" if text[start : start + 1] == b"{" else b"]"), start)
        inner = indent + self._step
        if isinstance(wanted, str):
            key = b"\n%b%b: " % (b" " * inner, json.dumps(wanted, ensure_ascii=False).encode())
            found = text.find(key, start, end)
            return None if found < 0 else (found + 1 + inner, found + len(key), inner)
        lines = re.compile(rb"\n {%d}(?=[^ }\]])" % inner).finditer(text, start, end)
        line = next(islice(lines, wanted, None), None)
        return None if line is None else (line.end(), line.end(), inner)


def _marks(text: bytes, wanted: set[Path]) -> dict[Path, _Span]:
    """Give where the keys and elements that are wanted begin, in text of any form."""
    found: dict[Path, _Span] = {(): (0, 0, 0)}
    open_: list[tuple[Path, list[int] | None]] = []
    path: Path | None = ()  # of the value that comes next; None where a key does
    for token in _PARTS.finditer(text):
        part = token[0]
        if part == b":":
            continue
        if part in b"}]":
            open_.pop()
            continue
        if part == b",":
            above, number = open_[-1]
            path = None if number is None else (*above, number[0] + 1)
            if number is not None:
                number[0] += 1
            continue
        if path is None:
            path = (*open_[-1][0], json.loads(part))
            if path in wanted:
                found.setdefault(path, (token.start(), token.start(), 0))
            continue
        if path in wanted:
            found.setdefault(path, (token.start(), token.start(), 0))
        if part in b"{[":
            open_.append((path, None if part == b"{" else [0]))
            path = None if part == b"{" else (*path, 0)
    return found
