"""The meaning of a rule: what each node says of an object, and what a verdict is. Every target obeys it.

Objects are JSON values as Python has them. Nothing here raises for any object: a missing field, a null, a missing
parent and a value of another type than the schema's are all absent.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import re2

from podsec_compile import ir
from podsec_compile.binding import fields
from podsec_compile.images import part_of

if TYPE_CHECKING:
    from podsec_compile.kinds import Subject
    from podsec_compile.normalize import Clause, Violation

Json = Mapping[str, object]
Scope = Mapping[ir.Variable, object]
Parameters = Mapping[str, ir.Scalar | tuple[ir.Scalar, ...]]

UNNAMED = "(unnamed)"
_LONGEST_KNOWN = 256  # characters of a text of which is remembered what is found in it


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is asked: an object, the one that it replaces if any, and the operation ("" for a scan)."""

    object: Json
    old: Json | None = None
    operation: str = ""


def has_type(value: object, kind: ir.JsonType) -> bool:
    """Tell whether a JSON value is of a JSON type; null is of none."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, Mapping)
        case "any":
            return value is not None


def at(value: object, path: tuple[str, ...]) -> object:
    """Give the value at a path, None where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def read(field: ir.Field, scope: Scope) -> object:
    """Give the value of a field, None where it is absent."""
    value = at(scope[field.of], field.path)
    if isinstance(field, ir.ImagePart):
        return part_of(value, field.part)
    return value if has_type(value, field.type) else None


def elements(variable: ir.Variable, scope: Scope) -> list[object]:
    """Give what a variable runs over: the elements of its lists, or the entries of its map, that are not null."""
    found: list[object] = []
    for field in variable.lists:
        value = read(field, scope)
        if isinstance(value, Mapping):
            found += [{"key": key, "value": value[key]} for key in value if value[key] is not None]
        elif isinstance(value, list):
            found += [element for element in value if element is not None]
    return found


def same(left: object, right: object) -> bool:
    """Tell whether two JSON scalars are equal; true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


@functools.cache
def pattern(text: str) -> re2._Regexp[str]:
    """Compile a regular expression once."""
    return re2.compile(text)


@functools.lru_cache(maxsize=1 << 17)
def _finds(text: str, value: str) -> bool:
    """Remember what an expression finds a match in: mutants and witnesses ask the same again and again."""
    return pattern(text).search(value) is not None


def holds(node: ir.Expression, scope: Scope, parameters: Parameters) -> bool:
    """Tell whether a closed expression, its versions settled, is true of the objects in scope."""
    match node:
        case ir.Constant(value):
            return value
        case ir.Not(part):
            return not holds(part, scope, parameters)
        case ir.And(parts):
            return all(holds(part, scope, parameters) for part in parts)
        case ir.Or(parts):
            return any(holds(part, scope, parameters) for part in parts)
        case ir.Some(variable, body):
            return any(holds(body, {**scope, variable: one}, parameters) for one in elements(variable, scope))
        case ir.Every(variable, body):
            return all(holds(body, {**scope, variable: one}, parameters) for one in elements(variable, scope))
        case ir.Since():
            raise AssertionError("versions are settled before an object is judged")
        case _:
            return holds_of(node, read(node.field, scope), parameters)


def holds_of(atom: ir.Atom, value: object, parameters: Parameters) -> bool:
    """Tell whether an atom is true of the value of its field, None where that is absent."""
    if value is None:
        return False
    match atom:
        case ir.Present():
            return True
        case ir.Equal(_, to):
            return same(value, _operand(to, parameters))
        case ir.OneOf(_, among):
            return any(same(value, one) for one in operands(among, parameters))
        case ir.Compare(_, operator, to):
            return _compare(value, operator, _operand(to, parameters))
        case ir.Text(_, test, to):
            return isinstance(value, str) and any(_test(value, test, str(one)) for one in operands(to, parameters))


def operands(operand: ir.Value | ir.Values | ir.Parameter, parameters: Parameters) -> tuple[ir.Scalar, ...]:
    """Give the literals that an operand stands for: one, or those of a list."""
    match operand:
        case ir.Value(value):
            return (value,)
        case ir.Values(values):
            return values
        case ir.Parameter(name):
            given = parameters[name]
            return given if isinstance(given, tuple) else (given,)


def _operand(operand: ir.Value | ir.Parameter, parameters: Parameters) -> object:
    return operands(operand, parameters)[0]


def _compare(value: object, operator: str, to: object) -> bool:
    if not has_type(value, "number"):
        return False
    match operator:
        case "<":
            return value < to  # type: ignore[operator,no-any-return]  # both are numbers
        case "<=":
            return value <= to  # type: ignore[operator,no-any-return]
        case ">":
            return value > to  # type: ignore[operator,no-any-return]
        case _:
            return value >= to  # type: ignore[operator,no-any-return]


def _test(value: str, test: str, text: str) -> bool:
    match test:
        case "prefix":
            return value.startswith(text)
        case "suffix":
            return value.endswith(text)
        case "part":
            return text in value
        case "under":
            return value == text or value.startswith(f"{text}/")
        case _:
            return _finds(text, value) if len(value) < _LONGEST_KNOWN else pattern(text).search(value) is not None


def place(variable: ir.Variable, element: object) -> str:
    """Name an element in a message: `container web`; where elements have no name, the list."""
    if variable.named_by is None:
        return ".".join(variable.lists[0].path)
    name = at(element, (variable.named_by,))
    return f"{variable.name} {name if isinstance(name, str) and name else UNNAMED}"


def object_places(condition: ir.Expression, root: ir.Variable) -> tuple[str, ...]:
    """Name the fields that a condition about the object is about, sorted; of nested ones the innermost.

    A condition about no field is the object's own.
    """
    found = {field.path for field in fields(condition) if not field.of.lists}
    inner = [path for path in found if not any(path != other and other[: len(path)] == path for other in found)]
    return tuple(sorted(".".join(path) for path in inner)) or (root.name,)


def places(violation: Violation, root: ir.Variable, value: object, parameters: Parameters) -> tuple[str, ...]:
    """Give what offends in an object, sorted, without repeats; nothing where the rule is kept."""
    scope = {root: value}
    if holds(violation.exempt, scope, parameters):
        return ()
    found: set[str] = set()
    for clause in violation.clauses:
        if not holds(clause.condition, scope, parameters):
            continue
        if clause.element is None:
            found.update(object_places(clause.condition, root))
            continue
        for element in elements(clause.element, scope):
            inner = {**scope, clause.element: element}
            if holds(clause.body, inner, parameters):
                found.update(_places_of(clause, inner, parameters))
    return tuple(sorted(found))


def _places_of(clause: Clause, scope: Scope, parameters: Parameters) -> list[str]:
    """Name an element that offends, or those of its own elements that do: `container web env TOKEN`."""
    element = clause.element or ir.Variable("")
    whole = place(element, scope[element])
    if clause.part is None or not isinstance(clause.body, ir.Some):
        return [whole]
    of, body = clause.part, clause.body.body
    return [f"{whole} {place(of, one)}" for one in elements(of, scope) if holds(body, {**scope, of: one}, parameters)]


def judge(violation: Violation, subject: Subject, request: Request, parameters: Parameters) -> tuple[str, ...]:
    """Give what offends in a request: nothing where it is to be admitted.

    An UPDATE that leaves what the rule reads as it was is admitted, and so is whatever is neither CREATE, UPDATE
    nor a scan, and an object of a kind that the rule is not about.
    """
    resource = subject.resource(request.object)
    if resource is None or request.operation not in ("", "CREATE", "UPDATE"):
        return ()
    new = at(request.object, resource.path)
    if request.operation == "UPDATE" and request.old is not None:
        old = at(request.old, resource.path)
        if all(identical(at(new, path), at(old, path)) for path in violation.reads):
            return ()
    return places(violation, ir.Variable(subject.name), new, parameters)


def identical(left: object, right: object) -> bool:
    """Tell whether two JSON values are the same, with true and 1 apart."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return same(left, right)
