"""Witnesses of a rule: a finite set of objects, derived from its tree, that tries it everywhere.

Each field that a rule reads is, in turn, absent, null, empty, each literal that the rule compares it with, a near
miss of it, something else, and of every wrong type; each list has no, one and two elements. For each combination of
truth values that the rule's atoms can have on an element, and on the object, there is one that has it, and each
combination on an element meets each on the object; where fields are many they meet one by one. The tests ask the
engines about them.
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podsec_compile import images, ir
from podsec_compile.binding import atoms
from podsec_compile.evaluate import has_type, holds, operands
from podsec_compile.samples import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from podsec_compile.evaluate import Parameters

ABSENT = object()
_SAMPLES = 3  # strings that a regular expression matches, and as many near misses
_FULL_PRODUCT = 32  # beyond it, fields meet one by one
_OTHERS: dict[ir.JsonType, tuple[Any, ...]] = {
    "string": ("something else", ""),
    "number": (0, 1, -1, 65535, 2.5),
    "boolean": (True, False),
    "list": ([], ["x"]),
    "map": ({}, {"x": "y"}),
    "any": ("something else", "", 0, 1),
}
_WRONG: tuple[Any, ...] = ("true", "0", 0, 1, True, False, [], ["x"], {}, {"x": 1})


@dataclass(slots=True)
class _Node:
    """A variable with what a rule reads of it: its fields, each with the values to try, and the lists below it."""

    variable: ir.Variable
    atoms: list[ir.Atom] = field(default_factory=list)
    values: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    children: dict[ir.Variable, _Node] = field(default_factory=dict)


def witnesses(node: ir.Expression, root: ir.Variable, parameters: Parameters) -> list[Any]:
    """Give the objects that try a closed expression, smallest first, without repeats.

    `node` has its versions settled; `root` is the variable of the object.
    """
    found = _variants(_tree(node, root, parameters), parameters)
    unique: dict[str, Any] = {}
    for one in sorted(found, key=_size):
        unique.setdefault(repr(one), one)
    return list(unique.values())


def _size(value: object) -> int:
    return len(repr(value))


def _tree(node: ir.Expression, root: ir.Variable, parameters: Parameters) -> _Node:
    """Sort the atoms and lists of an expression by the variable that they are about."""
    nodes = {root: _Node(root)}

    def node_of(variable: ir.Variable) -> _Node:
        if variable not in nodes:
            nodes[variable] = _Node(variable)
            parent = node_of(variable.lists[0].of)
            parent.children[variable] = nodes[variable]
        return nodes[variable]

    for atom in atoms(node):
        owner = node_of(atom.field.of)
        owner.atoms.append(atom)
        values = owner.values.setdefault(atom.field.path, [ABSENT, None])
        values += [value for value in values_to_try(atom, parameters) if not _contains(values, value)]
    for variable in _variables(node):
        node_of(variable)
    return nodes[root]


def _contains(values: list[Any], value: Any) -> bool:
    return any(type(one) is type(value) and one == value for one in values)


def _variables(node: ir.Expression) -> Iterator[ir.Variable]:
    match node:
        case ir.Some(variable, body) | ir.Every(variable, body):
            yield variable
            yield from _variables(body)
        case ir.Not(part):
            yield from _variables(part)
        case ir.And(parts) | ir.Or(parts):
            for part in parts:
                yield from _variables(part)
        case ir.Since(_, body):
            yield from _variables(body)


def values_to_try(atom: ir.Atom, parameters: Parameters) -> list[Any]:
    """Give the values to try at the field of an atom: literals, near misses, others, wrong types."""
    literals: tuple[ir.Scalar, ...] = ()
    match atom:
        case ir.Equal(_, to) | ir.Compare(_, _, to) | ir.Text(_, _, to) | ir.OneOf(_, to):
            literals = operands(to, parameters)
    near = [miss for literal in literals for miss in _near(literal)]
    if isinstance(atom, ir.Text) and atom.test == "under":
        near += [f"{literal}/x" for literal in literals]
    if isinstance(atom, ir.Text) and atom.test == "match":
        near = [one for literal in literals for some in samples(str(literal), _SAMPLES) for one in some]
    if isinstance(atom.field, ir.ImagePart):
        return [*_images(atom.field.part, [*literals, *near]), *_OTHERS["string"], *_WRONG]
    return [*literals, *_OTHERS[atom.field.type], *near, *_WRONG]


def _images(part: ir.ImagePartName, texts: Iterable[Any]) -> list[str]:
    """Give the image references that have one of the texts for a part, or nearly, and others."""
    return [*(image for text in texts if isinstance(text, str) for image in images.having(part, text)), *images.SAMPLES]


def _near(literal: ir.Scalar) -> list[Any]:
    """Give what is nearly a literal: other case, more, less, wildcards, look-alikes of another type."""
    if isinstance(literal, bool):
        return [str(literal).lower(), int(literal)]
    if isinstance(literal, int):
        return [literal - 1, literal + 1, str(literal), float(literal), literal + 0.5]
    return [
        literal.swapcase(),
        literal + "x",
        "x" + literal,
        literal[:-1],
        literal + "*",
        "*",
        f" {literal}",
        [literal],
    ]


def _variants(node: _Node, parameters: Parameters) -> list[Any]:
    """Give the values of a variable that try all of a rule below it."""
    if () in node.values:
        return [value for value in node.values[()] if value is not ABSENT]
    below = {child: _variants(tree, parameters) for child, tree in node.children.items()}
    own = list(_combined(node, parameters))
    telling = _telling(own, node.atoms, node.variable, parameters)
    found = [*own]
    for child, values in below.items():
        shapes = _lists(child, values)
        found += [_set(copy.deepcopy(base), child, shape) for base in own[:1] for shape in shapes]
        told = _telling(values, node.children[child].atoms, child, parameters)
        few = _lists(child, told, few=True)
        found += [_set(copy.deepcopy(base), child, shape) for base in telling for shape in few]
        singles = [(0, _listed([value], is_map=child.lists[0].type == "map")) for value in told]
        found += [_set(copy.deepcopy(base), child, shape) for base in own for shape in singles]
    if len(below) > 1:
        firsts = [
            _lists(child, _telling(values, node.children[child].atoms, child, parameters), few=True)
            for child, values in below.items()
        ]
        for chosen in itertools.islice(itertools.product(*firsts), 4 * _FULL_PRODUCT):
            one: Any = {}
            for child, shape in zip(below, chosen, strict=True):
                one = _set(one, child, shape)
            found.append(one)
    found += list(_broken_parents(node))
    return found


def _combined(node: _Node, parameters: Parameters) -> Iterator[Any]:
    """Give objects in which each value of each field meets every telling combination of the other fields.

    Where these combinations are more than `_FULL_PRODUCT`, it meets each telling value of each other field.
    """
    yield {}
    few = {path: _telling_of(path, values, node, parameters) for path, values in node.values.items()}
    for path, values in node.values.items():
        others = {other: told for other, told in few.items() if other != path}
        for value in values:
            for chosen in _choices(others):
                yield _with({}, [(path, value), *chosen])


def _telling_of(path: tuple[str, ...], values: list[Any], node: _Node, parameters: Parameters) -> list[Any]:
    """Give a value for each combination of truth values of the atoms about one field."""
    atoms = [atom for atom in node.atoms if atom.field.path == path]
    told: dict[tuple[bool, ...], Any] = {}
    is_entry = bool(node.variable.lists) and node.variable.lists[0].type == "map"
    for value in values:
        if is_entry and (value is ABSENT or value is None):
            continue  # an entry has a key, and one of null is none
        truth = tuple(holds(atom, {node.variable: _with({}, [(path, value)])}, parameters) for atom in atoms)
        told.setdefault(truth, value)
    return list(told.values())


def _choices(values: Mapping[tuple[str, ...], list[Any]]) -> Iterator[tuple[tuple[tuple[str, ...], Any], ...]]:
    """Give the combinations of values of some fields: all of them where they are few, else one field at a time."""
    total = 1
    for told in values.values():
        total *= len(told)
    if total <= _FULL_PRODUCT:
        yield from (tuple(zip(values, choice, strict=True)) for choice in itertools.product(*values.values()))
        return
    yield ()
    yield from (((path, value),) for path, told in values.items() for value in told)


def _with(target: Any, pairs: Iterable[tuple[tuple[str, ...], Any]]) -> Any:
    """Set values at paths; a value at a path above another is laid first and kept where both cannot stand."""
    for path, value in sorted(pairs, key=lambda pair: len(pair[0])):
        if value is ABSENT or not path:
            continue
        place = target
        for name in path[:-1]:
            place = place.setdefault(name, {}) if isinstance(place, dict) else None
        if isinstance(place, dict) and not (
            path[-1] in place and isinstance(place[path[-1]], dict) and place[path[-1]]
        ):
            place[path[-1]] = copy.deepcopy(value)
    return target


def _telling(values: list[Any], atoms: list[ir.Atom], variable: ir.Variable, parameters: Parameters) -> list[Any]:
    """Give the smallest value, of the right type if one is, for each combination of truth values of its atoms."""
    own = [atom.field.type for atom in atoms if not atom.field.path]
    told: dict[tuple[bool, ...], Any] = {}
    for value in sorted(values, key=lambda one: (any(not has_type(one, kind) for kind in own), _size(one))):
        truth = tuple(holds(atom, {variable: value}, parameters) for atom in atoms)
        told.setdefault(truth, value)
    return list(told.values())


def _lists(variable: ir.Variable, values: list[Any], *, few: bool = False) -> list[tuple[int, Any]]:
    """Give what stands in the lists of a variable: (number of the list, its value)."""
    is_map = variable.lists[0].type == "map"
    found: list[tuple[int, Any]] = []
    for number in range(len(variable.lists)):
        shapes: list[Any] = [] if few else [None, [], {}, "x", [None], 5, True, [["x"]], {"x": {}}]
        shapes += [_listed([value], is_map=is_map) for value in values]
        if few and not is_map:
            shapes += [pair for one in values[:1] for value in values for pair in ([one, value], [value, one])]
        found += [(number, shape) for shape in shapes]
    return found


def _listed(values: list[Any], *, is_map: bool) -> Any:
    if not is_map:
        return list(values)
    entries = [value for value in values if isinstance(value, dict) and isinstance(value.get("key", "x"), str)]
    return {entry.get("key", "x"): entry.get("value") for entry in entries}


def _set(target: Any, variable: ir.Variable, shape: tuple[int, Any]) -> Any:
    number, value = shape
    return _with(target, [(variable.lists[number].path, _named(value, variable))])


def _named(value: Any, variable: ir.Variable) -> Any:
    """Give the elements names, so that messages can be compared."""
    if variable.named_by != "name" or not isinstance(value, list):
        return value
    known = [one.get("name") for one in value if isinstance(one, dict)]
    named = []
    for index, one in enumerate(value):
        free = isinstance(one, dict) and "name" not in one and f"{variable.name}-{index}" not in known
        named.append({"name": f"{variable.name}-{index}", **one} if free else one)
    return named


def _broken_parents(node: _Node) -> Iterator[Any]:
    """Give the object with each parent of a field, or of a list, null or of another type."""
    paths = {*node.values, *(one.path for child in node.children for one in child.lists)}
    parents = sorted({path[:length] for path in paths for length in range(1, len(path))})
    broken: tuple[Any, ...] = (None, "x", [], {}, 1, True, [{}])
    for parent in parents:
        yield from (_with({}, [(parent, value)]) for value in broken)
