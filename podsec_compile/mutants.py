"""Mutants of a rule: its condition with one operator, literal or path changed, as a slip of the hand would.

What notices every mutant that means something else has tried every part of the rule. Witnesses are chosen by it
for the engines' own test files, and measured by it in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from podsec_compile import ir
from podsec_compile.binding import atoms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARISONS = ("<", "<=", ">", ">=")
_TESTS = ("prefix", "suffix", "part", "under")

_TEST_WORDS = {
    "prefix": "has the prefix", "suffix": "has the suffix", "part": "has the part", "under": "lies under",
    "match": "matches",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed expression; `change` says what was changed, `fields` are the fields that the change is about."""

    change: str
    node: ir.Expression
    fields: tuple[ir.Field, ...] = ()


def mutants(node: ir.Expression) -> Iterator[Mutant]:
    """Give every expression that differs from a closed one, its versions settled, in one place."""
    match node:
        case ir.Constant():
            return
        case ir.Not(part):
            yield Mutant(f"without the negation of {_told(part)}", part, _fields(part))
            yield from _around(part, ir.Not)
        case ir.And(parts) | ir.Or(parts):
            yield from _joined(node, parts)
        case ir.Some(variable, body) | ir.Every(variable, body):
            yield from _quantified(node)
            kind = type(node)
            yield from _around(body, lambda inner: kind(variable, inner))
        case ir.Since():
            raise AssertionError("versions are settled before a rule is changed")
        case _:
            yield from _atom(node)


def _around(part: ir.Expression, around: Callable[[ir.Expression], ir.Expression]) -> Iterator[Mutant]:
    for inner in mutants(part):
        yield replace(inner, node=around(inner.node))


def _joined(node: ir.And | ir.Or, parts: tuple[ir.Expression, ...]) -> Iterator[Mutant]:
    kind, other = (ir.And, ir.Or) if isinstance(node, ir.And) else (ir.Or, ir.And)
    yield Mutant(f"{_word(other)} in place of {_word(kind)}: {_told(node)}", other(parts), _fields(node))
    for number, part in enumerate(parts):
        rest = (*parts[:number], *parts[number + 1 :])
        yield Mutant(f"without the part {_told(part)}", kind(rest), _fields(part))
        for inner in mutants(part):
            yield replace(inner, node=kind((*parts[:number], inner.node, *parts[number + 1 :])))


def _word(kind: type[ir.And | ir.Or]) -> str:
    return "and" if kind is ir.And else "or"


def _quantified(node: ir.Some | ir.Every) -> Iterator[Mutant]:
    variable = node.variable
    other = ir.Every if isinstance(node, ir.Some) else ir.Some
    word = "every" if other is ir.Every else "some"
    yield Mutant(f"{word} {variable.name} in place of {type(node).__name__.lower()}", other(variable, node.body))
    for number, field in enumerate(variable.lists):
        told = ".".join(field.path)
        rest = (*variable.lists[:number], *variable.lists[number + 1 :])
        if rest:
            fewer = replace(variable, lists=rest)
            yield Mutant(f"without {told}", type(node)(fewer, _about(node.body, variable, fewer)))
        misspelt = replace(field, path=_misspelt(field.path))
        lists = (*variable.lists[:number], misspelt, *variable.lists[number + 1 :])
        elsewhere = replace(variable, lists=lists)
        yield Mutant(f"{told} misspelt", type(node)(elsewhere, _about(node.body, variable, elsewhere)))


def _about(node: ir.Expression, old: ir.Variable, new: ir.Variable) -> ir.Expression:
    """Give an expression about another variable in place of one."""
    match node:
        case ir.Constant():
            return node
        case ir.Not(part):
            return ir.Not(_about(part, old, new))
        case ir.And(parts):
            return ir.And(tuple(_about(part, old, new) for part in parts))
        case ir.Or(parts):
            return ir.Or(tuple(_about(part, old, new) for part in parts))
        case ir.Some(variable, body) | ir.Every(variable, body):
            lists = tuple(replace(field, of=new) if field.of == old else field for field in variable.lists)
            moved = replace(variable, lists=lists)
            return type(node)(moved, _about(_about(body, variable, moved), old, new))
        case ir.Since(minor, body):
            return ir.Since(minor, _about(body, old, new))
        case _:
            return replace(node, field=replace(node.field, of=new)) if node.field.of == old else node


def _atom(node: ir.Atom) -> Iterator[Mutant]:
    def changed(change: str, new: ir.Expression) -> Mutant:
        return Mutant(f"{change}: {_told(node)}", new, (node.field,))

    yield changed("negated", ir.Not(node))
    if node.field.path and not _of_entry(node.field):
        yield changed("path misspelt", replace(node, field=replace(node.field, path=_misspelt(node.field.path))))
    if len(node.field.path) > 1:
        above = replace(node.field, path=(*node.field.path[:-2], node.field.path[-1]))
        yield changed("path one level up", replace(node, field=above))
    if isinstance(node.field, ir.ImagePart):
        for part in get_args(ir.ImagePartName):
            if part != node.field.part:
                yield changed(
                    f"{part} in place of {node.field.part}", replace(node, field=replace(node.field, part=part))
                )
    for literal, other in _literals(node):
        yield changed(f"{literal!r} becomes {other!r}" if other is not None else f"without {literal!r}",
                      _with_literal(node, literal, other))  # fmt: skip
    match node:
        case ir.Compare(_, operator, _):
            for one in _COMPARISONS:
                if one != operator:
                    yield changed(f"{one} in place of {operator}", replace(node, operator=one))  # type: ignore[arg-type]
        case ir.Text(_, test, to) if test != "match" and not isinstance(to, ir.Parameter):
            for one in _TESTS:
                if one != test:
                    yield changed(f"{one} in place of {test}", replace(node, test=one))  # type: ignore[arg-type]
            among = to if isinstance(to, ir.Values) else ir.Values((to.value,))
            yield changed(f"the whole text in place of a {test}", ir.OneOf(node.field, among))


def _of_entry(field: ir.Field) -> bool:
    """Tell whether a field is the key or the value of an entry, of which no other field can be meant."""
    return bool(field.of.lists) and field.of.lists[0].type == "map"


def _literals(node: ir.Atom) -> Iterator[tuple[ir.Scalar, ir.Scalar | None]]:
    """Give each literal of an atom with what it is changed into, or None where it is left out."""
    match node:
        case ir.Text(_, "match", ir.Values(patterns)):
            yield from ((pattern, None) for pattern in patterns)  # what is nearly a pattern may be none
        case ir.Text(_, "match"):
            return
        case ir.Equal(_, ir.Value(value)) | ir.Compare(_, _, ir.Value(value)) | ir.Text(_, _, ir.Value(value)):
            yield from ((value, other) for other in _near(value))
        case ir.OneOf(_, ir.Values(values)) | ir.Text(_, _, ir.Values(values)):
            for value in values:
                yield value, None
                yield from ((value, other) for other in _near(value))


def _near(literal: ir.Scalar) -> tuple[ir.Scalar, ...]:
    if isinstance(literal, bool):
        return (not literal,)
    if isinstance(literal, int):
        return (literal - 1, literal + 1)
    if not literal:
        return ("x",)
    return tuple(dict.fromkeys(one for one in (literal[:-1], literal + "x", literal.swapcase()) if one != literal))


def _with_literal(node: ir.Atom, literal: ir.Scalar, other: ir.Scalar | None) -> ir.Expression:
    match node:
        case ir.OneOf(field, ir.Values(values)):
            return ir.OneOf(field, _exchanged(values, literal, other))
        case ir.Text(_, _, ir.Values(values)):
            return replace(node, to=_exchanged(values, literal, other))
        case ir.Equal() | ir.Compare() | ir.Text() if other is not None:
            return replace(node, to=ir.Value(other))
        case _:
            raise AssertionError(node)


def _exchanged(values: tuple[ir.Scalar, ...], literal: ir.Scalar, other: ir.Scalar | None) -> ir.Values:
    changed = [other if one == literal else one for one in values]
    return ir.Values(tuple(one for one in changed if one is not None))


def _misspelt(path: tuple[str, ...]) -> tuple[str, ...]:
    return (*path[:-1], path[-1] + "x")


def _fields(node: ir.Expression) -> tuple[ir.Field, ...]:
    return tuple(atom.field for atom in atoms(node))


def _told(node: ir.Expression) -> str:
    """Say an expression in a line."""
    match node:
        case ir.Constant(value):
            return str(value).lower()
        case ir.Not(part):
            return f"not ({_told(part)})"
        case ir.And(parts):
            return " and ".join(_told(part) for part in parts)
        case ir.Or(parts):
            return f"({' or '.join(_told(part) for part in parts)})"
        case ir.Some(variable, body) | ir.Every(variable, body):
            return f"{type(node).__name__.lower()} {variable.name}: {_told(body)}"
        case ir.Since(minor, body):
            return f"since 1.{minor} {_told(body)}"
        case _:
            return _told_atom(node)


def _told_atom(node: ir.Atom) -> str:
    of = node.field.of
    place = ".".join((of.name, *node.field.path) if of.lists else node.field.path)
    if isinstance(node.field, ir.ImagePart):
        place += f"'s {node.field.part}"
    match node:
        case ir.Present():
            return f"{place} is set"
        case ir.Equal(_, to):
            return f"{place} is {_operand(to)}"
        case ir.OneOf(_, among):
            return f"{place} is one of {_operand(among)}"
        case ir.Compare(_, operator, to):
            return f"{place} {operator} {_operand(to)}"
        case ir.Text(_, test, to):
            return f"{place} {_TEST_WORDS[test]} {_operand(to)}"


def _operand(operand: ir.Value | ir.Values | ir.Parameter) -> str:
    match operand:
        case ir.Value(value):
            return repr(value)
        case ir.Values(values):
            return ", ".join(map(repr, values))
        case ir.Parameter(name):
            return f"the parameter {name}"
