"""From conditions with free elements to closed expressions: what "every" and "any" mean in a rule.

What a rule requires must hold for each element that it mentions, what it forbids for none. The quantifier stands
as far in as it can, so that an empty list decides only the part that is about its elements: requiring
"ALL is dropped & every added capability is allowed" asks for the first even where nothing is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile import ir

if TYPE_CHECKING:
    from collections.abc import Iterator


def fields(node: ir.Expression) -> list[ir.Field]:
    """Give the fields that an expression reads, in order of mention; lists that are quantified over are included."""
    match node:
        case ir.Constant():
            return []
        case ir.Not(part):
            return fields(part)
        case ir.And(parts) | ir.Or(parts):
            return [field for part in parts for field in fields(part)]
        case ir.Some(variable, body) | ir.Every(variable, body):
            return [*variable.lists, *fields(body)]
        case ir.Since(_, body):
            return fields(body)
        case _:
            return [node.field]


def atoms(node: ir.Expression) -> Iterator[ir.Atom]:
    """Give the atoms of an expression, in order of mention."""
    match node:
        case ir.Constant():
            return
        case ir.Not(part):
            yield from atoms(part)
        case ir.And(parts) | ir.Or(parts):
            for part in parts:
                yield from atoms(part)
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            yield from atoms(body)
        case _:
            yield node


def free(node: ir.Expression) -> list[ir.Variable]:
    """Give the elements that an expression is about and that no quantifier in it binds, outermost first."""
    match node:
        case ir.Constant():
            return []
        case ir.Not(part):
            return free(part)
        case ir.And(parts) | ir.Or(parts):
            return list(dict.fromkeys(variable for part in parts for variable in free(part)))
        case ir.Some(variable, body) | ir.Every(variable, body):
            return list(dict.fromkeys([*_ancestors(variable), *(one for one in free(body) if one != variable)]))
        case ir.Since(_, body):
            return free(body)
        case _:
            return [*_ancestors(node.field.of), *([node.field.of] if node.field.of.lists else [])]


def _ancestors(variable: ir.Variable) -> list[ir.Variable]:
    """Give the elements that the lists of a variable are part of, outermost first."""
    parents = dict.fromkeys(field.of for field in variable.lists if field.of.lists)
    return [one for parent in parents for one in [*_ancestors(parent), parent]]


def bind(node: ir.Expression, *, universal: bool, bound: frozenset[ir.Variable] = frozenset()) -> ir.Expression:
    """Close an expression: over each element it mentions (`universal`), or over any."""
    loose = [variable for variable in free(node) if variable not in bound]
    if not loose:
        return node
    match node:
        case ir.Not(part):
            return ir.Not(bind(part, universal=not universal, bound=bound))
        case ir.Since(minor, body):
            return ir.Since(minor, bind(body, universal=universal, bound=bound))
        case ir.And(parts) if universal:
            return ir.And(tuple(bind(part, universal=universal, bound=bound) for part in parts))
        case ir.Or(parts) if not universal:
            return ir.Or(tuple(bind(part, universal=universal, bound=bound) for part in parts))
        case ir.And(parts) | ir.Or(parts):
            shared = [one for one in loose if sum(one in free(part) for part in parts) > 1]
            if not shared:
                joined = tuple(bind(part, universal=universal, bound=bound) for part in parts)
                return ir.And(joined) if isinstance(node, ir.And) else ir.Or(joined)
            first = shared[0]
        case _:
            first = loose[0]
    quantifier = ir.Every if universal else ir.Some
    return quantifier(first, bind(node, universal=universal, bound=bound | {first}))


def parameters(node: ir.Expression) -> tuple[ir.Parameter, ...]:
    """Give the parameters that an expression mentions, sorted by name."""
    return tuple(sorted(_parameters(node), key=lambda one: (one.name, repr(one))))


def _parameters(node: ir.Expression) -> set[ir.Parameter]:
    match node:
        case ir.Constant() | ir.Present():
            return set()
        case ir.Not(part):
            return _parameters(part)
        case ir.And(parts) | ir.Or(parts):
            return {found for part in parts for found in _parameters(part)}
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            return _parameters(body)
        case ir.OneOf(_, among):
            return {among} if isinstance(among, ir.Parameter) else set()
        case _:
            return {node.to} if isinstance(node.to, ir.Parameter) else set()


def versions(node: ir.Expression) -> tuple[int, ...]:
    """Give the minor versions at which an expression changes, oldest first."""
    match node:
        case ir.Since(minor, body):
            return tuple(sorted({minor, *versions(body)}))
        case ir.Not(part):
            return versions(part)
        case ir.And(parts) | ir.Or(parts):
            return tuple(sorted({minor for part in parts for minor in versions(part)}))
        case ir.Some(_, body) | ir.Every(_, body):
            return versions(body)
        case _:
            return ()
