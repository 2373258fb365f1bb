"""Parts of a condition, as CEL has to know them: what they are about, and what type of value they can be asked of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.evaluate import holds
from podsec_compile.normalize import conjunction, disjunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.languages import Siblings


def needs(atom: ir.Expression) -> ir.JsonType | None:
    """Give the type of a value of which something can be asked without an error; None where any will do."""
    match atom:
        case ir.Compare():
            return "number"
        case ir.Text():
            return "string"
        case _:
            return None


def field_of(part: ir.Expression | Siblings) -> ir.Field | None:
    """Give the place that an atom is about, whatever type it is asked for there."""
    atom = part.part if isinstance(part, ir.Not) else part
    return replace(atom.field, type="any") if isinstance(atom, ir.Atom) else None


def merged(parts: Sequence[ir.Expression | Siblings], operator: str) -> list[ir.Expression | Siblings]:
    """Join what is asked of some element of the same lists, or of every one, where the operator allows it."""
    bodies: dict[ir.Variable, list[ir.Expression]] = {}
    quantifier = ir.Some if operator == "||" else ir.Every
    for part in parts:
        if isinstance(part, quantifier):
            bodies.setdefault(part.variable, []).append(part.body)
    merge = disjunction if operator == "||" else conjunction
    joined = [
        quantifier(part.variable, merge(bodies[part.variable])) if isinstance(part, quantifier) else part
        for part in parts
    ]
    return list(dict.fromkeys(joined))


def possible(node: ir.Expression, variable: ir.Variable, key: bool = True) -> bool:
    """Tell whether an expression may hold where a variable is absent, or (`key`: of any key) an entry's value is."""
    match node:
        case ir.And(parts):
            return all(possible(part, variable, key) for part in parts)
        case ir.Or(parts):
            return any(possible(part, variable, key) for part in parts)
        case _ if (of := field_of(node)) and of.of.lists and of.of.lists[0].type == "map" and of.path == ("key",):
            return key
        case _:
            return holds(node, {variable: None}, {})
