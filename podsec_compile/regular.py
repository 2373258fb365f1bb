"""Regular expressions for the solver Z3: the strings in which RE2 finds a match, as far as they are regular sets."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")
_LAST = 0x2FFFF  # the last character that the solver knows
_CLASSES = {
    "CATEGORY_DIGIT": [(48, 57)],
    "CATEGORY_WORD": [(48, 57), (65, 90), (95, 95), (97, 122)],
    "CATEGORY_SPACE": [(9, 10), (12, 13), (32, 32)],
}
_MOST_COPIES = 100
_MOST_FOLDED = 0x250  # up to where characters are folded; beyond it an expression that folds case is refused


class NotRegularError(Exception):
    """The expression has a part that is said of the place, not of the string: a boundary, an anchor within."""


def found_in(pattern: str, z3: Any) -> Any:
    """Give the set of strings in which a pattern finds a match; raises NotRegularError where that cannot be said."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _PARSER.parse(pattern)
    except Exception:
        raise NotRegularError from None
    flags = parsed.state.flags
    if flags & (_PARSER.SRE_FLAG_MULTILINE | _PARSER.SRE_FLAG_VERBOSE):
        raise NotRegularError
    return _Reader(z3, dot_all=bool(flags & _PARSER.SRE_FLAG_DOTALL)).search(
        list(parsed), folded=bool(flags & _PARSER.SRE_FLAG_IGNORECASE)
    )


class _Reader:
    def __init__(self, z3: Any, *, dot_all: bool) -> None:
        self.z3 = z3
        self.dot_all = dot_all
        self.any = z3.Full(z3.ReSort(z3.StringSort()))
        self.nothing = z3.Re("")

    def search(self, nodes: list[Any], *, folded: bool) -> Any:
        """Give the strings that hold a match of a sequence, which anchors at its ends may bind."""
        if len(nodes) == 1 and str(nodes[0][0]) == "BRANCH":
            return self.union([self.search(list(one), folded=folded) for one in nodes[0][1][1]])
        if len(nodes) == 1 and str(nodes[0][0]) == "SUBPATTERN" and not any(nodes[0][1][1:3]):
            return self.search(list(nodes[0][1][3]), folded=folded)
        ends = [str(argument) for code, argument in nodes if str(code) == "AT"]
        start = bool(nodes) and str(nodes[0]) and ends[:1] in (["AT_BEGINNING"], ["AT_BEGINNING_STRING"])
        start = bool(start) and str(nodes[0][0]) == "AT"
        stop = ends[-1:] in (["AT_END"], ["AT_END_STRING"]) and str(nodes[-1][0]) == "AT"
        inner = nodes[1 if start else 0 : len(nodes) - 1 if stop else len(nodes)]
        body = self.sequence(inner, folded=folded)
        parts = [*([] if start else [self.any]), body, *([] if stop else [self.any])]
        return self.z3.Concat(*parts) if len(parts) > 1 else body

    def sequence(self, nodes: list[Any], *, folded: bool) -> Any:
        parts = [self.part(str(code), argument, folded=folded) for code, argument in nodes]
        return self.z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else self.nothing

    def part(self, code: str, argument: Any, *, folded: bool) -> Any:
        match code:
            case "LITERAL":
                return self.characters([(argument, argument)], folded=folded)
            case "NOT_LITERAL":
                return self.outside([(argument, argument)], folded=folded)
            case "ANY":
                return self.outside([] if self.dot_all else [(10, 10)], folded=False)
            case "IN":
                return self.class_of(argument, folded=folded)
            case "BRANCH":
                return self.union([self.sequence(list(one), folded=folded) for one in argument[1]])
            case "SUBPATTERN":
                _, added, removed, body = argument
                ignoring = _PARSER.SRE_FLAG_IGNORECASE
                return self.sequence(list(body), folded=(folded or bool(added & ignoring)) and not removed & ignoring)
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self.repeated(*argument, folded=folded)
            case _:
                raise NotRegularError

    def repeated(self, least: int, most: Any, body: Any, *, folded: bool) -> Any:
        inner = self.sequence(list(body), folded=folded)
        if isinstance(most, int) and most <= _MOST_COPIES:
            return self.z3.Loop(inner, least, most) if most else self.nothing
        if str(most) != "MAXREPEAT":
            raise NotRegularError
        star = self.z3.Star(inner)
        return star if not least else self.z3.Concat(self.z3.Loop(inner, least, least), star)

    def class_of(self, argument: Any, *, folded: bool) -> Any:
        negated, ranges = False, []
        for kind, given in argument:
            match str(kind):
                case "NEGATE":
                    negated = True
                case "LITERAL":
                    ranges.append((given, given))
                case "RANGE":
                    ranges.append(given)
                case "CATEGORY" if "_NOT_" not in str(given):
                    ranges += _CLASSES[str(given)]
                case _:
                    raise NotRegularError
        return self.outside(ranges, folded=folded) if negated else self.characters(ranges, folded=folded)

    def characters(self, ranges: list[tuple[int, int]], *, folded: bool) -> Any:
        ranges = _folded(ranges) if folded else ranges
        return self.union([self.z3.Range(self.character(low), self.character(high)) for low, high in ranges])

    def outside(self, ranges: list[tuple[int, int]], *, folded: bool) -> Any:
        ranges = sorted(_folded(ranges) if folded else ranges)
        free, begin = [], 0
        for low, high in ranges:
            if begin < low:
                free.append((begin, low - 1))
            begin = max(begin, high + 1)
        return self.characters([*free, (begin, _LAST)], folded=False)

    def character(self, number: int) -> Any:
        return self.z3.StringVal(f"\\u{{{number:x}}}")

    def union(self, parts: list[Any]) -> Any:
        return self.z3.Union(*parts) if len(parts) > 1 else parts[0]


def _folded(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the characters that are those but for their case."""
    found: set[int] = set()
    for low, high in ranges:
        if high > _MOST_FOLDED:
            raise NotRegularError
        for number in range(low, high + 1):
            found |= {number, *(ord(one) for one in (chr(number).lower(), chr(number).upper()) if len(one) == 1)}
    if found & set(map(ord, "kKsS")):  # RE2 folds these to the Kelvin sign and the long s as well
        found |= {0x212A} if found & set(map(ord, "kK")) else set()
        found |= {0x17F} if found & set(map(ord, "sS")) else set()
    return [(one, one) for one in sorted(found)]
