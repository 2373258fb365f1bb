"""Conditions as functions that are made once: what `evaluate.holds` says, for what is asked of many objects.

A condition and its mutants share most of their parts, and so share their functions; what an atom says of a text is
remembered. A scope is a list with a place for each variable, the object's first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from podsec_compile import ir
from podsec_compile.evaluate import has_type, holds_of, operands
from podsec_compile.images import part_of

Scope = list[Any]
Predicate = Callable[[Scope], bool]


class Predicates:
    """The functions of conditions about an object, closed, with their versions and parameters settled."""

    def __init__(self, root: ir.Variable) -> None:
        self._places: dict[ir.Variable, int] = {root: 0}
        self._made: dict[int, tuple[ir.Expression, Predicate]] = {}  # by the node's id, which is kept with it
        self._tests: dict[int, tuple[ir.Atom, Callable[[object], bool]]] = {}
        self._texts: dict[str, _Texts] = {}  # by the test of texts

    def holds(self, node: ir.Expression, value: object) -> bool:
        """Tell whether a condition is true of an object."""
        made = self._of(node)
        return made([value, *([None] * len(self._places))])

    def test(self, atom: ir.Atom) -> Callable[[object], bool]:
        """Give the function that tells whether an atom is true where its field holds a value, None for nothing."""
        known = self._tests.get(id(atom))
        if known is None:
            texts = self._texts.setdefault(atom.test, _Texts(atom.test)) if isinstance(atom, ir.Text) else None
            known = self._tests[id(atom)] = (atom, _test(atom, texts))
        return known[1]

    def _of(self, node: ir.Expression) -> Predicate:
        known = self._made.get(id(node))
        if known is None:
            known = self._made[id(node)] = (node, self._make(node))
        return known[1]

    def _make(self, node: ir.Expression) -> Predicate:
        match node:
            case ir.Constant(value):
                return lambda _: value
            case ir.Not(part):
                inner = self._of(part)
                return lambda scope: not inner(scope)
            case ir.And(parts):
                return _all([self._of(part) for part in parts])
            case ir.Or(parts):
                return _any([self._of(part) for part in parts])
            case ir.Some(variable, body):
                return self._some(variable, self._of(body), wanted=True)
            case ir.Every(variable, body):
                return self._some(variable, self._of(body), wanted=False)
            case ir.Since():
                raise AssertionError("versions are settled before an object is judged")
            case _:
                return self._atom(node)

    def _place(self, variable: ir.Variable) -> int:
        return self._places.setdefault(variable, len(self._places))

    def _atom(self, node: ir.Atom) -> Predicate:
        place, path, test = self._place(node.field.of), node.field.path, self.test(node)

        def atom(scope: Scope) -> bool:
            value = scope[place]
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            return test(value)

        return atom

    def _some(self, variable: ir.Variable, body: Predicate, *, wanted: bool) -> Predicate:
        """Tell whether the body is true of some element (`wanted`), or of each."""
        place = self._place(variable)
        lists = [(self._place(one.of), one.path, one.type) for one in variable.lists]

        def some(scope: Scope) -> bool:
            outer = scope[place]
            try:
                for of, path, kind in lists:
                    value = scope[of] if of != place else outer
                    for name in path:
                        value = value.get(name) if isinstance(value, dict) else None
                    for one in _elements(value, kind):
                        scope[place] = one
                        if body(scope) == wanted:
                            return wanted
                return not wanted
            finally:
                scope[place] = outer

        return some


def _elements(value: object, kind: ir.JsonType) -> list[object]:
    if not has_type(value, kind):
        return []
    if isinstance(value, dict):
        return [{"key": key, "value": one} for key, one in value.items() if one is not None]
    return [one for one in value if one is not None] if isinstance(value, list) else []


def _all(parts: list[Predicate]) -> Predicate:
    def every(scope: Scope) -> bool:
        for part in parts:  # noqa: SIM110  # twice as fast as all()
            if not part(scope):
                return False
        return True

    return every


def _any(parts: list[Predicate]) -> Predicate:
    def some(scope: Scope) -> bool:
        for part in parts:  # noqa: SIM110  # twice as fast as any()
            if part(scope):
                return True
        return False

    return some


class _Texts:
    """Which of the texts that atoms of one test compare with a value has: patterns that are found in it, say."""

    def __init__(self, test: Literal["prefix", "suffix", "part", "under", "match"]) -> None:
        self._test = test
        self._known: dict[str, tuple[set[ir.Scalar], set[ir.Scalar]]] = {}  # the texts asked for, and those it has

    def has(self, value: str, texts: frozenset[ir.Scalar]) -> bool:
        """Tell whether a value has one of some texts."""
        asked, found = self._known.setdefault(value, (set(), set()))
        for text in texts - asked:
            if holds_of(ir.Text(_NOWHERE, self._test, ir.Value(text)), value, {}):
                found.add(text)
        asked |= texts
        return not found.isdisjoint(texts)


_NOWHERE = ir.Field(ir.Variable(""), (), "string")


def _test(atom: ir.Atom, texts: _Texts | None) -> Callable[[object], bool]:
    known: dict[str, bool] = {}
    field = atom.field
    several = frozenset(operands(atom.to, {})) if isinstance(atom, ir.Text) else frozenset()

    def said(value: object) -> bool:
        if isinstance(field, ir.ImagePart):
            value = part_of(value, field.part)
        if texts is not None and isinstance(value, str):
            return field.type in ("string", "any") and texts.has(value, several)
        return holds_of(atom, value if has_type(value, field.type) else None, {})

    def test(value: object) -> bool:
        if not isinstance(value, str):
            return said(value)
        found = known.get(value)
        if found is None:
            found = known[value] = said(value)
        return found

    return test
