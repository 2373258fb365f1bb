"""From a rule's violation to the form that every language renders: clauses, one for each way of breaking the rule.

The steps keep the meaning; a property test holds them to `evaluate`. Versions are settled, negation moves inward
to the atoms, and each quantifier is narrowed until its body speaks of its own element alone, because JMESPath
cannot look outward from inside a filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from podsec_compile import ir
from podsec_compile.binding import fields
from podsec_compile.errors import PodsecError
from podsec_compile.literals import distinct

Parameters = Mapping[str, ir.Scalar | tuple[ir.Scalar, ...]]

TRUE = ir.Constant(value=True)
FALSE = ir.Constant(value=False)
_MOST_ALTERNATIVES = 64
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One way of breaking a rule.

    `condition` is about the object; where `element` is set, the elements of its lists for which `body` holds
    offend and are named; where it is None, the object itself offends and the fields of `condition` are named.
    Where `part` is set, `body` is `Some` of it, and the elements of its list that offend are named as well.
    """

    condition: ir.Expression
    element: ir.Variable | None = None
    body: ir.Expression = TRUE
    part: ir.Variable | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule at one version of Kubernetes: broken where a clause holds, unless `exempt` does.

    `reads` are the object's own fields that decide it, two levels deep at most (`spec.containers`).
    """

    exempt: ir.Expression
    clauses: tuple[Clause, ...]
    reads: tuple[tuple[str, ...], ...]


def normalize(broken: ir.Expression, exempt: ir.Expression, minor: int) -> Violation:
    """Give the clauses of a closed violation, and its exemption, as they stand at Kubernetes 1.`minor`.

    Raises PodsecError where a condition is too entangled to be taken apart.
    """
    spared = narrow(negative_normal(settle(exempt, minor)))
    clauses: dict[Clause, list[ir.Expression]] = {}
    for clause in _clauses(narrow(negative_normal(settle(broken, minor)))):
        clauses.setdefault(replace(clause, body=TRUE), []).append(clause.body)
    merged = tuple(replace(clause, body=_any_of(bodies, clause.part)) for clause, bodies in clauses.items())
    return Violation(spared, merged, _reads(spared, merged))


def _any_of(bodies: list[ir.Expression], part: ir.Variable | None) -> ir.Expression:
    if part is None:
        return disjunction(bodies)
    return ir.Some(part, disjunction([body.body for body in bodies if isinstance(body, ir.Some)]))


def settle(node: ir.Expression, minor: int) -> ir.Expression:
    """Replace what depends on the version by what holds at 1.`minor`, and join neighbouring lists of values."""
    match node:
        case ir.Since(since, body):
            return settle(body, minor) if minor >= since else FALSE
        case ir.Not(part):
            return negation(settle(part, minor))
        case ir.And(parts):
            return conjunction([settle(part, minor) for part in parts])
        case ir.Or(parts):
            flat = disjunction([settle(part, minor) for part in parts])
            return disjunction(_joined(flat.parts)) if isinstance(flat, ir.Or) else flat
        case ir.Some(variable, body):
            inner = settle(body, minor)
            return FALSE if inner == FALSE else ir.Some(variable, inner)
        case ir.Every(variable, body):
            inner = settle(body, minor)
            return TRUE if inner == TRUE else ir.Every(variable, inner)
        case ir.OneOf(field, ir.Values((value,))):
            return ir.Equal(field, ir.Value(value))
        case _:
            return node


def _joined(parts: tuple[ir.Expression, ...]) -> list[ir.Expression]:
    """Join alternatives that list values of one field into one list, where the first of them stands."""
    listed: dict[ir.Field, list[ir.Scalar]] = {}
    for part in parts:
        match part:
            case ir.OneOf(field, ir.Values(values)):
                listed.setdefault(field, []).extend(values)
            case ir.Equal(field, ir.Value(value)):
                listed.setdefault(field, []).append(value)
    joined: list[ir.Expression] = []
    for part in parts:
        match part:
            case ir.OneOf(field, ir.Values()) | ir.Equal(field, ir.Value()):
                values = distinct(listed[field])
                joined.append(ir.OneOf(field, ir.Values(values)) if len(values) > 1 else part)
            case _:
                joined.append(part)
    return joined


def with_parameters(node: ir.Expression, given: Parameters) -> ir.Expression:
    """Put values in the place of parameters, for an engine whose policies have none."""

    def value(operand: ir.Value | ir.Values | ir.Parameter) -> Any:
        if not isinstance(operand, ir.Parameter):
            return operand
        known = given[operand.name]
        return ir.Values(known) if isinstance(known, tuple) else ir.Value(known)

    match node:
        case ir.Not(part):
            return ir.Not(with_parameters(part, given))
        case ir.And(parts):
            return ir.And(tuple(with_parameters(part, given) for part in parts))
        case ir.Or(parts):
            return ir.Or(tuple(with_parameters(part, given) for part in parts))
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            return replace(node, body=with_parameters(body, given))
        case ir.OneOf(_, among):
            return replace(node, among=value(among))
        case ir.Equal(_, to) | ir.Compare(_, _, to) | ir.Text(_, _, to):
            return replace(node, to=value(to))
        case _:
            return node


def negation(node: ir.Expression) -> ir.Expression:
    """Give the opposite, without a double negation."""
    match node:
        case ir.Constant(value):
            return ir.Constant(not value)
        case ir.Not(part):
            return part
        case _:
            return ir.Not(node)


def conjunction(parts: list[ir.Expression]) -> ir.Expression:
    """Join parts that must all hold, flat, without repeats and constants."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, ir.And) else (part,))]
    kept = tuple(dict.fromkeys(part for part in flat if part != TRUE))
    if FALSE in kept:
        return FALSE
    return ir.And(kept) if len(kept) > 1 else kept[0] if kept else TRUE


def disjunction(parts: list[ir.Expression]) -> ir.Expression:
    """Join parts of which one must hold, flat, without repeats and constants."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, ir.Or) else (part,))]
    kept = tuple(dict.fromkeys(part for part in flat if part != FALSE))
    if TRUE in kept:
        return TRUE
    return ir.Or(kept) if len(kept) > 1 else kept[0] if kept else FALSE


def negative_normal(node: ir.Expression, *, negated: bool = False) -> ir.Expression:
    """Move negation inward until only atoms are negated, and no comparison of numbers is."""
    match node:
        case ir.Not(part):
            return negative_normal(part, negated=not negated)
        case ir.And(parts):
            inner = [negative_normal(part, negated=negated) for part in parts]
            return disjunction(inner) if negated else conjunction(inner)
        case ir.Or(parts):
            inner = [negative_normal(part, negated=negated) for part in parts]
            return conjunction(inner) if negated else disjunction(inner)
        case ir.Some(variable, body):
            return (ir.Every if negated else ir.Some)(variable, negative_normal(body, negated=negated))
        case ir.Every(variable, body):
            return (ir.Some if negated else ir.Every)(variable, negative_normal(body, negated=negated))
        case ir.Compare(field, operator, to) if negated:
            number = replace(field, type="number")
            return ir.Or((ir.Not(ir.Present(number)), ir.Compare(field, _INVERSE[operator], to)))  # type: ignore[arg-type]
        case _:
            return negation(node) if negated else node


def narrow(node: ir.Expression) -> ir.Expression:
    """Move out of each quantifier what its element does not decide; `node` is in negative normal form."""
    match node:
        case ir.And(parts):
            return conjunction([narrow(part) for part in parts])
        case ir.Or(parts):
            return disjunction([narrow(part) for part in parts])
        case ir.Some(variable, body):
            pairs = _split(narrow(body), variable)
            local: dict[ir.Expression, list[ir.Expression]] = {}
            for outer, inner in pairs:
                local.setdefault(outer, []).append(inner)
            return disjunction(
                [conjunction([outer, ir.Some(variable, disjunction(inner))]) for outer, inner in local.items()]
            )
        case ir.Every(variable, body) if _roots(narrow(body)) <= {variable}:
            return ir.Every(variable, narrow(body))
        case ir.Every(variable, body):
            opposite = ir.Some(variable, negative_normal(body, negated=True))
            return negative_normal(narrow(opposite), negated=True)
        case _:
            return node


def _split(node: ir.Expression, variable: ir.Variable) -> list[tuple[ir.Expression, ir.Expression]]:
    """Give alternatives, each as what does not mention the variable and what mentions nothing outside of it."""
    mentioned = _roots(node)
    if variable not in mentioned:
        return [(node, TRUE)]
    if mentioned == {variable}:
        return [(TRUE, node)]
    match node:
        case ir.Or(parts):
            return [pair for part in parts for pair in _split(part, variable)]
        case ir.And(parts):
            ways = [_split(part, variable) for part in parts]
            count = prod(map(len, ways))
            if count > _MOST_ALTERNATIVES:
                raise PodsecError(
                    f"the condition mixes {variable.name} with what is outside of it in {count} ways",
                    hint="split the rule into several",
                )
            return [(conjunction([c[0] for c in one]), conjunction([c[1] for c in one])) for one in product(*ways)]
        case _:  # a quantifier is narrow already, so it mentions either the variable or what is outside
            raise AssertionError(node)


def _roots(node: ir.Expression) -> set[ir.Variable]:
    """Give the variables that an expression mentions and does not bind."""
    match node:
        case ir.Some(variable, body) | ir.Every(variable, body):
            return {field.of for field in variable.lists} | (_roots(body) - {variable})
        case ir.And(parts) | ir.Or(parts):
            return {root for part in parts for root in _roots(part)}
        case _:
            return {field.of for field in fields(node)}


def _clauses(node: ir.Expression) -> list[Clause]:
    """Give the ways in which a violation can come about."""
    match node:
        case ir.Constant(value=False):
            return []
        case ir.Or(parts):
            return [clause for part in parts for clause in _clauses(part)]
        case ir.Some():
            return _clauses_of(node, TRUE)
        case ir.And(parts):
            first = next((part for part in parts if isinstance(part, ir.Some)), None)
            if first is not None:
                return _clauses_of(first, conjunction([part for part in parts if part is not first]))
    return [Clause(node)]


def _clauses_of(node: ir.Some, condition: ir.Expression) -> list[Clause]:
    """Give a clause for each list of an element whose own elements have names, and one for all else."""
    bodies = node.body.parts if isinstance(node.body, ir.Or) else (node.body,)
    parts = [body for body in bodies if isinstance(body, ir.Some) and body.variable.is_named]
    rest = disjunction([body for body in bodies if body not in parts])
    named = [Clause(condition, node.variable, body, body.variable) for body in parts]
    return named if rest == FALSE else [*named, Clause(condition, node.variable, rest)]


def _reads(exempt: ir.Expression, clauses: tuple[Clause, ...]) -> tuple[tuple[str, ...], ...]:
    """Give the object's own fields that decide a violation."""
    found = [*fields(exempt)]
    for clause in clauses:
        found += [
            *fields(clause.condition),
            *(clause.element.lists if clause.element else ()),
            *fields(clause.body),
        ]
    own = dict.fromkeys(field.path[:2] for field in found if not field.of.lists)
    return tuple(path for path in own if not any(path != other and path[: len(other)] == other for other in own))
