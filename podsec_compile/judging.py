"""The judge of many objects: rules lowered into Python, which say what `evaluate` says, only faster."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2

from podsec_compile.images import part_of
from podsec_compile.ir import Variable
from podsec_compile.languages import python

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from podsec_compile.kinds import Subject
    from podsec_compile.languages.python import Lowered

Path = tuple[str | int, ...]
Found = dict[tuple[int, str], Path]

_LONGEST_KNOWN = 256  # characters of a text of which is remembered what is found in it
_MOST_KNOWN = 1 << 12


@functools.lru_cache(maxsize=_MOST_KNOWN)
def _parts(image: str) -> tuple[str | None, str | None, str | None]:
    return part_of(image, "repository"), part_of(image, "tag"), part_of(image, "digest")


def image_parts(image: object) -> tuple[str | None, str | None, str | None]:
    """Give repository, tag and digest of an image reference; None where there is none."""
    return _parts(image) if isinstance(image, str) else (None, None, None)


def matching(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Give what tells whether one of some patterns is found in a text; what was asked of a short one is remembered."""
    searches = [re2.compile(one).search for one in patterns]

    def finds(text: str) -> bool:
        return any(search(text) is not None for search in searches)

    known = functools.lru_cache(maxsize=_MOST_KNOWN)(finds)

    def matches(text: str) -> bool:
        return known(text) if len(text) < _LONGEST_KNOWN else finds(text)

    return matches


@dataclass(frozen=True, slots=True)
class Judged:
    """What a kind of object is judged by: the path of what is judged in it, the function, and its rules' numbers."""

    path: tuple[str, ...]
    function: Callable[[object], Found]
    rules: tuple[int, ...]


class Judge:
    """Rules, each with its subject, compiled together; they are known by their number in the order given."""

    def __init__(self, rules: Sequence[tuple[Subject, Lowered]]) -> None:
        self.sources: dict[str, str] = {}
        self._kinds: dict[tuple[object, object], Judged] = {}
        for subject in dict.fromkeys(subject for subject, _ in rules):
            numbers = tuple(number for number, (of, _) in enumerate(rules) if of == subject)
            source = python.render(Variable(subject.name), [rules[number][1] for number in numbers])
            self.sources[subject.name] = source
            function = _function(source, subject.name)
            for one in subject.resources:
                self._kinds[one.api_version, one.kind] = Judged(one.path, function, numbers)

    def judged(self, value: Mapping[str, object]) -> Judged | None:
        """Give what an object is judged by; None for a kind that no rule is about."""
        try:
            return self._kinds.get((value.get("apiVersion"), value.get("kind")))
        except TypeError:  # a list or a map stands there
            return None

    def found(self, value: Mapping[str, object]) -> list[tuple[int, str, Path]]:
        """Give what offends: number of a rule, place, path of the field; in the order of the reference."""
        by = self.judged(value)
        if by is None:
            return []
        inner: object = value
        for name in by.path:
            inner = inner.get(name) if isinstance(inner, dict) else None
        noted, rules, above = by.function(inner), by.rules, by.path
        if above:
            return [(rules[key[0]], key[1], above + noted[key]) for key in sorted(noted)]
        return [(rules[key[0]], key[1], noted[key]) for key in sorted(noted)]


def _function(source: str, name: str) -> Callable[[object], Found]:
    namespace: dict[str, Any] = {"matching": matching, "image_parts": image_parts, "NUMBERS": (int, float)}
    exec(compile(source, f"<rules about a {name}>", "exec"), namespace)  # noqa: S102  # our own text
    return namespace[name]  # type: ignore[no-any-return]
