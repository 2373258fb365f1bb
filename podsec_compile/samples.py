"""Strings that a regular expression finds a match in, and strings that it nearly does: what tries a `matches`.

The first sample is the plainest; each other changes one thing: another branch, another count, another character of a
class. A near miss leaves one thing out or puts a wrong one in its place. RE2 itself has the last word on which is
which. Python's own parser reads the expression; what RE2 alone can say (posix classes, scripts) has no samples.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import re2

_PARSER: Any = importlib.import_module("re._parser")
_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_MARKS = "-_.+/=:@ ~%&#*|\"'<>()[]{}!?$^`;,\\\n"
_ALPHABETS = (_LOWER, _UPPER, _DIGITS, *_MARKS, "\u00e9")
_MOST_COPIES = 64  # a repeat of more is tried at its least only
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_WORD": _LOWER + _UPPER + _DIGITS + "_",
    "CATEGORY_SPACE": " \t\n\r\f",
}


class Samples(NamedTuple):
    """Strings in which an expression finds a match, and strings in which it finds none; each without repeats."""

    matching: tuple[str, ...]
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of an expression may be: the strings it matches, the plainest first, and strings it does not."""

    hits: tuple[str, ...]
    misses: tuple[str, ...] = ()


def samples(pattern: str, most: int = 40) -> Samples:
    """Give at most this many strings of each sort for an RE2 expression, the same each time; none where it is foreign.

    Where more are there, they are taken evenly from the whole expression.
    """
    return _samples(pattern, most)


@functools.cache
def _samples(pattern: str, most: int) -> Samples:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _PARSER.parse(pattern)
    except Exception:  # whatever Python cannot read has no samples
        return Samples((), ())
    folded = bool(parsed.state.flags & _PARSER.SRE_FLAG_IGNORECASE)
    part = _sequence(list(parsed), folded=folded)
    finds = re2.compile(pattern).search
    tried = dict.fromkeys((*part.hits, *part.misses))
    matching = [one for one in tried if finds(one)]
    misses = [one for one in tried if not finds(one)]
    return Samples(_spread(matching, most), _spread(misses, most))


def _spread(found: list[str], most: int) -> tuple[str, ...]:
    if len(found) <= most:
        return tuple(found)
    return tuple(found[number * len(found) // most] for number in range(most))


def _sequence(nodes: list[Any], *, folded: bool) -> _Part:
    """Give a sequence of parts: all plain but one."""
    parts: list[_Part] = []
    word = ""
    for code, argument in nodes:
        if str(code) == "LITERAL":
            word += chr(argument)
            continue
        parts += [*_word(word, folded=folded), _part(str(code), argument, folded=folded)]
        word = ""
    parts += _word(word, folded=folded)
    plain = [one.hits[0] for one in parts]
    before = ["".join(plain[:number]) for number in range(len(parts))]
    after = ["".join(plain[number + 1 :]) for number in range(len(parts))]
    places = list(zip(before, parts, after, strict=True))
    hits = dict.fromkeys(["".join(plain), *(a + one + z for a, part, z in places for one in part.hits)])
    misses = dict.fromkeys(a + one + z for a, part, z in places for one in part.misses)
    return _Part(tuple(hits), tuple(misses))


def _word(text: str, *, folded: bool) -> list[_Part]:
    """Give a run of literal characters: in another case, without its first, without its last, parted."""
    if not text:
        return []
    middle = len(text) // 2
    changed = (text[1:], text[:-1], text[:middle] + " " + text[middle:])
    swapped = text.swapcase()
    return [_Part((text, swapped), changed) if folded else _Part((text,), (*changed, swapped))]


def _part(code: str, argument: Any, *, folded: bool) -> _Part:
    match code:
        case "SUBPATTERN":
            _, added, removed, body = argument
            ignoring = _PARSER.SRE_FLAG_IGNORECASE
            return _sequence(list(body), folded=(folded or bool(added & ignoring)) and not removed & ignoring)
        case "BRANCH":
            branches = [_sequence(list(one), folded=folded) for one in argument[1]]
            firsts = [one.hits[0] for one in branches]
            return _Part(
                (*firsts, *(hit for one in branches for hit in one.hits[1:])),
                tuple(miss for one in branches for miss in one.misses),
            )
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeat(*argument, folded=folded)
        case "IN" | "ANY" | "NOT_LITERAL":
            return _class(code, argument, folded=folded)
        case "AT":
            return _Part(("",), ("x", " ", "\n"))
        case _:
            return _Part(("",))


def _repeat(least: int, most: Any, body: Any, *, folded: bool) -> _Part:
    part = _sequence(list(body), folded=folded)
    plain = part.hits[0]
    bounded = isinstance(most, int) and most <= _MOST_COPIES
    counts = [least, least + 1, most if bounded else least + 2]
    counts = [count for count in dict.fromkeys(counts) if not bounded or count <= most]
    hits = [plain * count for count in counts]
    rest = plain * max(least - 1, 0)
    hits += [hit + rest for hit in part.hits[1:]] if most else []
    misses = [miss + rest for miss in part.misses] if least else []
    misses += [plain * (least - 1)] if least else []
    misses += [plain * (most + 1)] if bounded else []
    return _Part(tuple(dict.fromkeys(hits)), tuple(misses))


def _class(code: str, argument: Any, *, folded: bool) -> _Part:
    """Give one character of each sort that is in a class, and of each that is not."""
    inside = [next((char for char in some if _is_in(char, code, argument, folded=folded)), "") for some in _ALPHABETS]
    outside = [
        next((char for char in some if not _is_in(char, code, argument, folded=folded)), "") for some in _ALPHABETS
    ]
    ends = [char for char in _ends(code, argument) if _is_in(char, code, argument, folded=folded)]
    hits = tuple(dict.fromkeys(char for char in [*inside, *ends] if char)) or ("",)
    return _Part(hits, tuple(dict.fromkeys(char for char in outside if char)))


def _ends(code: str, argument: Any) -> list[str]:
    """Give the first and the last character of each range of a class."""
    if code != "IN":
        return []
    ranges = [given for kind, given in argument if str(kind) == "RANGE"]
    singles = [chr(given) for kind, given in argument if str(kind) == "LITERAL"]
    return [*(chr(end) for given in ranges for end in given), *singles]


def _is_in(char: str, code: str, argument: Any, *, folded: bool) -> bool:
    if code == "ANY":
        return char != "\n"
    if code == "NOT_LITERAL":
        return bool(ord(char) != argument)
    both = {char, char.lower(), char.upper()} if folded else {char}
    negated = any(str(kind) == "NEGATE" for kind, _ in argument)
    return negated != any(_has(one, str(kind), given) for one in both for kind, given in argument)


def _has(char: str, kind: str, given: Any) -> bool:
    match kind:
        case "LITERAL":
            return bool(ord(char) == given)
        case "RANGE":
            return bool(given[0] <= ord(char) <= given[1])
        case "CATEGORY":
            name = str(given)
            known = _CATEGORIES[name.replace("_NOT_", "_")]
            return (char in known) != ("_NOT_" in name)
        case _:
            return False
