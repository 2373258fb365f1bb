"""Documents of YAML as people and kubectl write them, read by the line and many times as fast as any.

Maps and lists in block style, on each line at most one key with a scalar: plain, quoted without escapes, literal (|).
Whatever is different (flow style, anchors, tags, several lines of text, tabs, a key twice, every error) is left to
`exact`, by which this is tested. What a line says is remembered, since most lines come again.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from podsec_compile.reading.scalars import resolve

if TYPE_CHECKING:
    from podsec_compile.reading import Path, Place

_PRINTED = r"\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_INDICATORS = r"""-?:,\[\]{}#&*!|>'"%@`\x20"""
_PLAIN = (
    rf"(?: (?![{_INDICATORS}])[{_PRINTED}] | -(?=[{_PRINTED}])(?!\x20) )"
    rf"(?: (?![:#])[{_PRINTED}] | :(?=[{_PRINTED}])(?!:?\x20) | (?<!\x20)\# )*"
)
_LINE = re.compile(
    rf"""
    (?P<indent>\x20*)
    (?: \#[{_PRINTED}]*
      | (?P<dash>-\x20+)?
        (?: (?P<key>[A-Za-z_./$][A-Za-z0-9_./$-]{{0,120}}):(?=\x20|$)\x20* )?
        (?: (?P<plain>{_PLAIN})
          | "(?P<double>(?:(?!["\\])[{_PRINTED}])*)"
          | '(?P<single>(?:(?!')[{_PRINTED}])*)'
          | (?P<empty>\{{\}}|\[\])
          | (?P<literal>\|-?)
        )?
        (?: \x20*(?<=\x20)\#[{_PRINTED}]* | \x20* )
    )
    """,
    re.VERBOSE,
)
_PRINTS = re.compile(rf"[\t{_PRINTED}]*")

_NOTHING, _VALUE, _LIST, _MAP, _CLIPPED, _STRIPPED = range(6)
_Line = tuple[int, int, tuple[str, ...], int, Any]  # column of the dash or -1, column behind it, key, what, value
_MOST_KNOWN = 1 << 15
_LONGEST_KNOWN = 200
_LONGEST = 1 << 20  # of a line: what lies behind a key within a line is looked at character by character
_known: dict[str, _Line | None] = {}


class Unusual(Exception):  # noqa: N818  # no error of the user's
    """A document that has to be read by `exact`."""


class Places:
    """Where the parts of a document stand: the number of the line of each."""

    def __init__(self, lines: list[str], numbers: dict[Path, int]) -> None:
        self._lines = lines
        self._numbers = numbers

    def locate(self, paths: list[Path]) -> list[Place]:
        """Give the place of each path, or that of the nearest part above it that is there."""
        numbers, lines, found = self._numbers.get, self._lines, []
        for path in paths:
            number = numbers(path)
            while number is None:
                path = path[:-1]
                number = numbers(path)
            said = _known.get(lines[number]) or _line(lines[number])
            found.append((number, said[1] if said else 0))
        return found


def _line(line: str) -> _Line | None:
    """Give what a line says; None for a comment or an empty one."""
    try:
        return _known[line]
    except KeyError:
        said = _said(line)
        if len(line) < _LONGEST_KNOWN:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[line] = said
        return said


def _said(line: str) -> _Line | None:
    found = _LINE.fullmatch(line) if len(line) < _LONGEST else None
    if found is None:
        raise Unusual
    key, what, value = found["key"], *_value(found)
    if found["dash"] is None and key is None:
        if what == _NOTHING:
            return None
        raise Unusual
    dash, behind = found.span("dash")
    if key is not None and not isinstance(resolve(key), str):
        raise Unusual
    if what == _NOTHING and key is None:
        raise Unusual
    return dash, behind if dash >= 0 else found.end("indent"), () if key is None else (key,), what, value


def _value(found: re.Match[str]) -> tuple[int, Any]:
    if (plain := found["plain"]) is not None:
        value = resolve(plain.rstrip(" "))
        if isinstance(value, float) and not math.isfinite(value):
            raise Unusual
        return _VALUE, value
    for name in ("double", "single"):
        if found[name] is not None:
            return _VALUE, found[name]
    return {None: _NOTHING, "{}": _MAP, "[]": _LIST, "|": _CLIPPED, "|-": _STRIPPED}[
        found["empty"] or found["literal"]
    ], None


def read(text: str) -> tuple[Any, Places]:
    """Give the value of a document and its places; one that is not as usual raises Unusual."""
    lines = text.split("\n")
    reader = _Reader(lines)
    numbers, known = reader.numbers, _known
    number, count = 0, len(lines)
    while number < count:
        line = lines[number]
        said = known[line] if line in known else _line(line)
        if said is None:
            number += 1
            continue
        dash, column, key, what, value = said
        if what != _VALUE or dash >= 0 or column != reader.column or reader.is_due or reader.is_list:
            number = reader.place(number, said)
            continue
        into, path = reader.value, reader.path + key  # one more key of the innermost map, as most lines are
        if path in numbers:
            raise Unusual
        into[key[0]] = value
        numbers[path] = number
        number += 1
    return reader.root[0], Places(lines, numbers)


class _Reader:
    """The maps and lists that are open: the innermost in attributes, those around it in a stack.

    `is_due`: the value of the last key or element is on the lines to come, if it has any; `due` says where it belongs.
    """

    __slots__ = ("column", "due", "is_due", "is_list", "lines", "numbers", "path", "root", "stack", "value")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.numbers: dict[Path, int] = {(): 0}
        self.root: list[Any] = [None]
        self.stack: list[tuple[int, Any, Path, bool]] = []
        self.column, self.is_list = -1, True
        self.value: Any = self.root
        self.path: Path = ()
        self.is_due = True
        self.due: tuple[Any, Any, Path, int, bool] = (self.root, 0, (), -1, False)

    def place(self, number: int, said: _Line) -> int:
        """Put what a line says where it belongs; give the number of the next line."""
        dash, column, key, what, value = said
        if dash >= 0:
            if self.is_due or self.column != dash or not self.is_list:
                self.go(dash, is_list=True)
            into = self.value
            path = (*self.path, len(into))
            self.numbers[path] = number
            if not key:
                into.append(None)
                return self.put(into, -1, number, said, dash)
            self.stack.append((self.column, into, self.path, True))
            into.append({})
            self.column, self.value, self.path, self.is_list = column, into[-1], path, False
        elif self.is_due or self.column != column or self.is_list:
            self.go(column, is_list=False)
        path = self.path + key
        if path in self.numbers:
            raise Unusual
        self.numbers[path] = number
        if what == _NOTHING:
            self.value[key[0]] = None
            self.is_due, self.due = True, (self.value, key[0], path, column, True)
            return number + 1
        if what == _VALUE:
            self.value[key[0]] = value
            return number + 1
        return self.put(self.value, key[0], number, said, column)

    def put(self, into: Any, key: Any, number: int, said: _Line, column: int) -> int:
        """Put a value, or what it is to begin with, into a map or list; give the number of the next line."""
        what = said[3]
        if what == _VALUE:
            into[key] = said[4]
        elif what >= _CLIPPED:
            into[key], number = self.literal(number + 1, column, what)
            return number
        else:
            into[key] = [] if what == _LIST else {}
        return number + 1

    def go(self, column: int, *, is_list: bool) -> None:
        """Make the list or map at a column the innermost: a new one where a value is due, or one that is open."""
        if self.is_due:
            into, key, path, above, is_map = self.due
            self.is_due = False
            if column > above or (column == above and is_list and is_map):
                self.stack.append((self.column, self.value, self.path, self.is_list))
                into[key] = self.value = [] if is_list else {}
                self.column, self.path, self.is_list = column, path, is_list
                return
        while self.column > column or (self.column == column and self.is_list and not is_list):
            self.column, self.value, self.path, self.is_list = self.stack.pop()
        if self.column != column or self.is_list != is_list:
            raise Unusual

    def literal(self, number: int, above: int, what: int) -> tuple[str, int]:
        """Give the text of a literal scalar, which is indented more than what it belongs to, and the line behind it."""
        lines, start, indent = self.lines, number, 0
        for first in range(start, len(lines)):
            bare = lines[first].lstrip(" ")
            if bare:
                indent = len(lines[first]) - len(bare)
                break
        if indent <= above:
            return "", start
        if lines[first][indent] == "\t":
            raise Unusual
        content: list[str] = []
        while number < len(lines):
            line = lines[number]
            bare = line[indent:]
            if line[:indent].strip(" ") or _PRINTS.fullmatch(line) is None:
                if len(line) - len(line.lstrip(" ")) >= indent or "\t" in line[:indent]:
                    raise Unusual
                break
            if not content and not bare.strip(" ") and bare:
                raise Unusual
            content.append(bare)
            number += 1
        while content and not content[-1]:
            content.pop()
        return "\n".join(content) + ("\n" if content and what == _CLIPPED else ""), number
