"""The needles of a regular expression: plain texts of which every string that it matches holds at least one.

An engine that counts what it does looks for a text much more cheaply than for a pattern; where no needle is there,
the pattern need not be asked.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import warnings
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")
_MOST = 16  # needles for one expression; beyond it they cost more than they save
_LEAST = 2  # characters; what is shorter stands in nearly every text
_ENOUGH = 5  # characters; of needles that long, few are better than longer ones

Exact = frozenset[str] | None  # all the strings that a part can match; None where they are many
Found = tuple[Exact, frozenset[str]]  # the exact strings, and the best needles (none: empty)


@functools.cache
def needles(pattern: str, *, fold: bool = False) -> tuple[str, ...]:
    """Give the needles of an RE2 expression, sorted; none where it has none worth while or Python cannot read it.

    With `fold` they are in lower case and stand in the string in any case; an expression that folds case itself has
    no others.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _PARSER.parse(pattern)
    except Exception:  # whatever Python cannot read
        return ()
    folded = bool(parsed.state.flags & _PARSER.SRE_FLAG_IGNORECASE)
    return tuple(sorted(_Search(fold=fold).sequence(list(parsed), folded=folded)[1]))


def _better(one: frozenset[str], other: Exact) -> frozenset[str]:
    """Give the set that is worth more."""
    if not other or len(other) > _MOST or min(map(len, other)) < _LEAST:
        return one
    start = _start(sorted(other))
    other = frozenset((start,)) if len(start) > _LEAST else _least(other)
    return max(one, other, key=_worth)


def _start(texts: list[str]) -> str:
    """Give what sorted texts begin with, all of them."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(texts[0], texts[-1], strict=False))
    return "".join(one for one, _ in same)


def _worth(texts: frozenset[str]) -> tuple[int, int, int]:
    """Prefer needles of some length, then few, then long ones."""
    shortest = min(map(len, texts), default=0)
    return min(shortest, _ENOUGH), -len(texts), shortest


def _least(texts: frozenset[str]) -> frozenset[str]:
    """Leave out what holds another of the texts."""
    return frozenset(one for one in texts if not any(other != one and other in one for other in texts))


class _Search:
    """What each part of an expression can match, in the strings' own case or with case folded."""

    def __init__(self, *, fold: bool) -> None:
        self.fold = fold

    def sequence(self, nodes: list[Any], *, folded: bool) -> Found:
        exact: Exact = frozenset(("",))
        run: frozenset[str] = frozenset(("",))
        best: frozenset[str] = frozenset()
        for code, argument in nodes:
            of, inner = self.part(str(code), argument, folded=folded)
            best = _better(best, inner)
            joined = None if of is None else frozenset(a + b for a, b in itertools.product(run, of))
            if joined is None or len(joined) > _MOST:
                best, exact = _better(best, run), None
                run = of if of is not None and len(of) <= _MOST else frozenset(("",))
            else:
                run = joined
        return (None if exact is None else run), _better(best, run)

    def part(self, code: str, argument: Any, *, folded: bool) -> Found:
        none: frozenset[str] = frozenset()
        match code:
            case "LITERAL":
                return self.characters([chr(argument)], folded=folded), none
            case "AT":
                return frozenset(("",)), none
            case "IN" if len(argument) <= _MOST and all(str(kind) == "LITERAL" for kind, _ in argument):
                return self.characters([chr(given) for _, given in argument], folded=folded), none
            case "SUBPATTERN":
                _, added, removed, body = argument
                ignoring = _PARSER.SRE_FLAG_IGNORECASE
                inner = (folded or bool(added & ignoring)) and not removed & ignoring
                return self.sequence(list(body), folded=inner)
            case "BRANCH":
                return self.branches([self.sequence(list(one), folded=folded) for one in argument[1]])
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, body = argument
                exact, best = self.sequence(list(body), folded=folded)
                if (least, most) == (0, 1) and exact is not None:
                    return exact | {""}, none
                return (exact if least == most == 1 else None), (_better(best, exact) if least else none)
            case _:
                return None, none

    def characters(self, some: list[str], *, folded: bool) -> Exact:
        if self.fold:
            return frozenset(map(str.lower, some))
        return None if folded and any(one.lower() != one.upper() for one in some) else frozenset(some)

    def branches(self, found: list[Found]) -> Found:
        exact: Exact = frozenset()
        for of, _ in found:
            exact = None if of is None or exact is None else exact | of
        own = [_better(inner, of) for of, inner in found]
        together = _least(frozenset().union(*own)) if all(own) else frozenset()
        return exact, together if len(together) <= _MOST else frozenset()
