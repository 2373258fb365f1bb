"""What a change of the rules does: for each rule whether it is tighter, looser, both, or only said in other words.

Decided on the meaning, not on the text. Two versions of a rule are asked about the cases and the witnesses of both;
an object on which they differ is made as small as it can be. Where none is found, `prove` may show that there is none.
What is compared is the verdict on a new object; what an UPDATE may leave as it was follows from the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from podsec_compile import ir, prove
from podsec_compile.compile import meaning
from podsec_compile.decisive import violated
from podsec_compile.evaluate import Request
from podsec_compile.witnesses import witnesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from podsec_compile.targets import Compiled

Kind = Literal["added", "removed", "tightened", "loosened", "tightened and loosened", "renamed", "reworded"]
Grounds = Literal["the same tree", "proved", "tried"]
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one rule.

    `id` is its id now, or its last; `was` its id before, where it had another. `newly_denied` and `newly_admitted` are
    smallest objects that only the new, or only the old version denies. `words` are the parts that read otherwise.
    Where no verdict changes, `grounds` says how that is known; `tried` counts the objects that were asked about.
    """

    kind: Kind
    id: str
    was: str | None = None
    newly_denied: Object | None = None
    newly_admitted: Object | None = None
    words: tuple[str, ...] = ()
    grounds: Grounds | None = None
    tried: int = 0

    @property
    def is_of_meaning(self) -> bool:
        """Tell whether some object gets another verdict."""
        return self.newly_denied is not None or self.newly_admitted is not None


def differences(old: Sequence[Compiled], new: Sequence[Compiled]) -> tuple[Difference, ...]:
    """Give what became of each rule, sorted by id; rules that read and mean what they did are left out."""
    before, after = ({rule.spec.id: rule for rule in rules} for rules in (old, new))
    gone = [rule for name, rule in before.items() if name not in after]
    come = [rule for name, rule in after.items() if name not in before]
    renamed = _renamed(gone, come)
    found: list[Difference | None] = []
    for name, rule in after.items():
        was = renamed.get(name, name)
        found.append(compared(before[was], rule) if was in before else _alone("added", rule))
    found += [_alone("removed", rule) for rule in gone if rule.spec.id not in renamed.values()]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.id))


def _renamed(gone: Sequence[Compiled], come: Sequence[Compiled]) -> dict[str, str]:
    """Give the new rules that mean what one of the old ones meant: new id → old id."""
    meant = {meaning(rule): rule.spec.id for rule in gone}
    return {rule.spec.id: meant[meaning(rule)] for rule in come if meaning(rule) in meant}


def _alone(kind: Literal["added", "removed"], rule: Compiled) -> Difference:
    """Give the difference that a whole rule makes, with a smallest object that it denies."""
    objects = list(_objects(rule))
    example = _smallest(objects, rule, lambda one: _denies(rule, one))
    denied, admitted = (example, None) if kind == "added" else (None, example)
    return Difference(kind, rule.spec.id, newly_denied=denied, newly_admitted=admitted, tried=len(objects))


def compared(old: Compiled, new: Compiled) -> Difference | None:
    """Compare two versions of a rule; None where they mean and read the same."""
    was = old.spec.id if old.spec.id != new.spec.id else None
    words = _words(old, new)
    if meaning(old) == meaning(new):
        if not was and not words:
            return None
        return Difference("renamed" if was else "reworded", new.spec.id, was, words=words, grounds="the same tree")
    objects = [*_objects(old), *_objects(new), *_joint(old, new)]
    denied, by_prover = _first(old, new, objects)
    admitted, also_by_prover = _first(new, old, objects)
    kind: Kind = "tightened" if denied else "loosened" if admitted else "renamed" if was else "reworded"
    if denied and admitted:
        kind = "tightened and loosened"
    proved: Grounds = "proved" if by_prover and also_by_prover else "tried"
    grounds = None if denied or admitted else proved
    return Difference(kind, new.spec.id, was, denied, admitted, words, grounds, len(objects))


def _first(lax: Compiled, strict: Compiled, objects: Sequence[Object]) -> tuple[Object | None, bool]:
    """Give a smallest object that only the second rule denies, if there is one, and whether that is certain."""

    def differs(one: Object) -> bool:
        return _denies(strict, one) and not _denies(lax, one)

    if found := _smallest(objects, strict, differs):
        return found, True
    if lax.spec.subject != strict.spec.subject:
        return None, False
    root = strict.spec.root
    node = ir.And((_violated(strict), ir.Not(_violated(lax))))
    answer = prove.model(node, root)
    if isinstance(answer, dict):
        model = _carried(answer, strict)
        return (_shrunk(model, differs), True) if differs(model) else (None, False)
    return None, answer == "none"


def _violated(rule: Compiled) -> ir.Expression:
    return violated(rule.spec, rule.minor, rule.parameters)


def _denies(rule: Compiled, value: Object) -> bool:
    return rule.denies(Request(value, None, "CREATE"))


def _words(old: Compiled, new: Compiled) -> tuple[str, ...]:
    """Give what reads otherwise in two versions."""
    parts = ("title", "severity", "level", "remedy", "sources")
    found = [one for one in parts if getattr(old.spec.rule, one) != getattr(new.spec.rule, one)]
    found += ["why"] if old.spec.why != new.spec.why else []
    helps = ([one.help for one in rule.spec.parameters] for rule in (old, new))
    return tuple(found + (["help"] if len({tuple(one) for one in helps}) > 1 else []))


def _objects(rule: Compiled) -> Iterator[Object]:
    """Give the cases and the witnesses of a rule."""
    yield from (case.object for case in rule.spec.cases)
    yield from (_carried(one, rule) for one in witnesses(_violated(rule), rule.spec.root, {}))


def _joint(old: Compiled, new: Compiled) -> Iterator[Object]:
    """Give the witnesses of both trees together, where a field of the one meets a field of the other."""
    if old.spec.subject == new.spec.subject:
        both = ir.And((_violated(old), _violated(new)))
        yield from (_carried(one, new) for one in witnesses(both, new.spec.root, {}))


def _carried(value: Any, rule: Compiled) -> Object:
    """Give what a rule judges as a whole object of the plainest kind."""
    resource = rule.spec.subject.resources[0]
    metadata = value.get("metadata")
    named = {"name": "example", **metadata} if isinstance(metadata, dict) else {"name": "example"}
    own = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": named}
    return {**own, **{key: one for key, one in value.items() if key not in own}}


def _smallest(objects: Iterable[Object], rule: Compiled, wanted: Callable[[Object], bool]) -> Object | None:
    """Give the smallest object that is wanted, without anything that can be left out; None where none is."""
    own = {one.kind for one in rule.spec.subject.resources if not one.path}
    found = sorted((one for one in objects if one.get("kind") in own and wanted(one)), key=lambda one: len(repr(one)))
    return min((_shrunk(one, wanted) for one in found[:5]), key=lambda one: len(repr(one)), default=None)


def _shrunk(value: Object, wanted: Callable[[Object], bool]) -> Object:
    """Leave out of an object whatever does not matter."""
    for place in _places(value):
        smaller = _without(value, place)
        if wanted(smaller):
            return _shrunk(smaller, wanted)
    return value


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the paths to all parts of an object, but for what makes it an object at all."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        if (*path, key) not in (("apiVersion",), ("kind",), ("metadata",), ("metadata", "name")):
            yield (*path, key)
        yield from _places(one, (*path, key))


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    """Give a value without what stands at a path in it."""
    first, *rest = path
    if isinstance(value, list):
        return [_without(one, tuple(rest)) if rest and at == first else one
                for at, one in enumerate(value) if rest or at != first]  # fmt: skip
    return {key: _without(one, tuple(rest)) if rest and key == first else one
            for key, one in value.items() if rest or key != first}  # fmt: skip
