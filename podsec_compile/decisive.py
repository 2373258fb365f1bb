"""Decisive objects: near a rule's own cases, small enough to read, and told apart from them by one value.

The cases of a rule notice many of its mutants. For each one that they miss, one value of one field is changed in
one of the cases, so that the rule and its mutant disagree. With these objects an engine's own test files notice a
slip in any operator, literal or path of the compiled policy.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from podsec_compile import ir
from podsec_compile.binding import atoms
from podsec_compile.cases import Case, placements, unique
from podsec_compile.mutants import Mutant, mutants
from podsec_compile.normalize import conjunction, negation, settle, with_parameters
from podsec_compile.predicates import Predicates
from podsec_compile.samples import samples
from podsec_compile.witnesses import ABSENT, values_to_try

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podsec_compile.evaluate import Parameters
    from podsec_compile.load import Spec


def violated(spec: Spec, minor: int, parameters: Parameters) -> ir.Expression:
    """Give the condition under which a rule is broken and nothing exempts, versions and parameters settled."""
    broken = settle(with_parameters(spec.broken, parameters), minor)
    return conjunction([broken, negation(settle(with_parameters(spec.exempt, parameters), minor))])


def decisive(spec: Spec, minor: int, parameters: Parameters) -> tuple[Case, ...]:
    """Give the objects that notice the mutants that the cases of a rule do not, as far as one change can."""
    node, predicates = violated(spec, minor, parameters), Predicates(spec.root)

    def broken(value: Any, condition: ir.Expression = node) -> bool:
        return predicates.holds(condition, value)

    known = [(case.object, broken(case.object)) for case in spec.cases]
    good = next((case for case in spec.cases if case.verdict == "good" and case.container), None)
    placed = [(f"{case.name}, in {group}", pod) for case in spec.cases for group, pod in placements(case, good)]
    chosen: list[Case] = []
    taken: set[str] = set()
    for mutant in mutants(node):
        if any(broken(value, mutant.node) != verdict for value, verdict in known):
            continue
        near = _near(spec, node, mutant, placed, predicates)
        found = next(((name, one) for name, one in near if broken(one, mutant.node) != broken(one)), None)
        if found is None:
            continue
        name, value = found
        value["metadata"] = {**value["metadata"], "name": unique(f"{spec.id}-witness-{len(chosen) + 1}", taken)}
        known.append((value, broken(value)))
        chosen.append(Case(name, "bad" if broken(value) else "good", value))
    return tuple(chosen)


def _near(
    spec: Spec, node: ir.Expression, mutant: Mutant, placed: Sequence[tuple[str, Any]], predicates: Predicates
) -> Iterator[tuple[str, Any]]:
    """Give a rule's cases with one value changed in a field that a mutant is about: what was changed, the object.

    Where it is about a list, those come in which a case's container stands in each of them in turn (`placed`).
    """
    if not mutant.fields:
        yield from ((name, copied(pod)) for name, pod in placed)
    for field in dict.fromkeys(mutant.fields):
        values = [value for atom in atoms(node) if atom.field == field for value in values_to_try(atom, {})]
        tried = [*_missed(node, mutant.node, field), *values, ABSENT]
        for value in _telling(node, mutant.node, field, tried, predicates):
            for case in spec.cases:
                changed = copied(case.object)
                if _put(changed, field, value):
                    told = "nothing" if value is ABSENT else json.dumps(value)
                    yield f"{case.name}, with {told} in {_name(field)}", changed


def _telling(
    node: ir.Expression, mutant: ir.Expression, field: ir.Field, values: list[Any], predicates: Predicates
) -> list[Any]:
    """Give the values of a field that tell a mutant: of one in which a single atom is another, few do."""
    old, new = ({one for one in atoms(of) if one.field == field} for of in (node, mutant))
    match tuple(old - new), tuple(new - old):
        case (was,), (become,):
            before, after = predicates.test(was), predicates.test(become)
            given = [(value, None if value is ABSENT else value) for value in values]
            return [value for value, there in given if before(there) != after(there)]
        case _:
            return values


def _missed(node: ir.Expression, mutant: ir.Expression, field: ir.Field) -> list[str]:
    """Give texts for a field that a pattern finds, where a mutant is without this one of several patterns."""
    old, new = ({one for one in atoms(of) if one.field == field} for of in (node, mutant))
    match tuple(old - new), tuple(new - old):
        case (ir.Text(_, "match", ir.Values(patterns)),), (ir.Text(_, "match", ir.Values(left)),):
            (lost,) = set(patterns) - set(left)
            return list(samples(str(lost)).matching)
        case _:
            return []


def _name(field: ir.Field) -> str:
    listed = f"{field.of.name}." if field.of.lists else ""
    return f"{listed}{'.'.join(field.path)}".rstrip(".")


def _put(target: Any, field: ir.Field, value: Any) -> bool:
    """Set the value of a field, of the first element where it is one's; tell whether it could be set."""
    variable = field.of
    if variable.lists and variable.lists[0].type == "map":
        return _put_entry(_listed(target, variable, {}), field, value)
    if not field.path:
        listed = _listed(target, variable, [])
        if isinstance(listed, list):
            listed[:] = [] if value is ABSENT else [value]
        return isinstance(listed, list)
    place = _below(_element(target, variable), field.path[:-1])
    if not isinstance(place, dict):
        return False
    place.pop(field.path[-1], None)
    if value is not ABSENT:
        place[field.path[-1]] = copied(value)
    return True


def _put_entry(entries: Any, field: ir.Field, value: Any) -> bool:
    """Set the key, or the value, of the first entry of a map."""
    if not isinstance(entries, dict) or value is ABSENT:
        return False
    key = next(iter(entries), "x")
    known = entries.pop(key, "x")
    if field.path == ("key",):
        entries[value if isinstance(value, str) else key] = known
        return isinstance(value, str)
    entries[key] = value
    return True


def _element(target: Any, variable: ir.Variable) -> Any:
    """Give the object, or the first element that a variable runs over, made where there is none."""
    if not variable.lists:
        return target
    listed = _listed(target, variable, [])
    if not isinstance(listed, list):
        return None
    if not listed:
        listed.append({})
    return listed[0]


def _listed(target: Any, variable: ir.Variable, empty: Any) -> Any:
    """Give the first list or map that a variable runs over, made where there is none."""
    path = variable.lists[0].path
    place = _below(_element(target, variable.lists[0].of), path[:-1])
    return place.setdefault(path[-1], empty) if isinstance(place, dict) else None


def copied(value: Any) -> Any:
    """Give a copy of a value of JSON that shares no map or list with it."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def _below(place: Any, path: tuple[str, ...]) -> Any:
    """Give the object at a path, made where there is none."""
    for name in path:
        if isinstance(place, dict) and place.get(name) is None:
            place[name] = {}
        place = place.get(name) if isinstance(place, dict) else None
    return place
