"""How Python reads the fields of one object: each once, and none below a map that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.binding import fields
from podsec_compile.languages.python_atoms import PARTS, Key, Scope, has_type, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Path = tuple[str, ...]

_LONGEST_LINE = 100


@dataclass(slots=True)
class _Node:
    """A place below an object: the local that holds its value, what is read below it, the parts of an image."""

    local: str
    below: dict[str, _Node] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)


class Reads:
    """The fields of a variable that some conditions need, as a tree of locals.

    An entry of a map is held by two locals, its value's and its key's.
    """

    def __init__(self, variable: ir.Variable, local: str, unique: Callable[[str], str], key: str | None = None) -> None:
        self.variable = variable
        self._unique = unique
        self._root = _Node(local)
        self._is_entry = key is not None
        if key is not None:
            self._root.below = {"key": _Node(key), "value": _Node(local)}

    def want(self, field: ir.Field) -> None:
        """Ask for a field; one of another variable is left to that one's reads."""
        if field.of != self.variable:
            return
        node = self._root
        for name in field.path:
            if name not in node.below:
                node.below[name] = _Node(self._unique(f"{node.local}_{name}"))
            node = node.below[name]
        if isinstance(field, ir.ImagePart) and not node.parts:
            node.parts = {part: self._unique(f"{node.local}_{part}") for part in PARTS}

    def want_all(self, nodes: Iterable[ir.Expression]) -> None:
        """Ask for the fields of some conditions, less those of the elements that they bind."""
        for node in nodes:
            for one in fields(node):
                self.want(one)

    def scope(self) -> Scope:
        """Give the local of each field."""
        found: dict[Key, str] = {}

        def visit(node: _Node, path: Path) -> None:
            found[self.variable, path, None] = node.local
            for part, local in node.parts.items():
                found[self.variable, path, part] = local
            for name, below in node.below.items():
                visit(below, (*path, name))

        visit(self._root, ())
        return found

    def guard(self, needed: set[Path]) -> str:
        """Ask for the deepest of some maps that are needed; nothing where none is, or that was asked already."""
        found, node = "", self._root
        for name in max(needed, key=len, default=()):
            node = node.below[name]
            found = has_type(node.local, "map")
        return found

    def lines(self) -> list[str]:
        """Give the lines that read the fields, from a local that holds the object."""
        if not self._is_entry:
            return _read(self._root)
        lines = []
        for name, node in self._root.below.items():
            lines += _read(node) if name in ("key", "value") else _unset(_nothing(node))
        return lines


def _read(node: _Node) -> list[str]:
    """Give the lines that read what is below a local."""
    lines = []
    if node.parts:
        lines.append(f"{', '.join(node.parts.values())} = image_parts({node.local})")
    if not node.below:
        return lines
    inside = [f"{below.local} = {node.local}.get({quote(name)})" for name, below in node.below.items()]
    inside += [line for below in node.below.values() for line in _read(below)]
    absent = [local for below in node.below.values() for local in _nothing(below)]
    indented = [f"    {line}" for line in inside]
    return [*lines, f"if {has_type(node.local, 'map')}:", *indented, "else:", *map("    {}".format, _unset(absent))]


def _unset(locals_: list[str]) -> list[str]:
    """Give the lines that set locals to None, as many in a line as one can read."""
    lines = [""]
    for local in locals_:
        if len(lines[-1]) + len(local) > _LONGEST_LINE:
            lines.append("")
        lines[-1] += f"{local} = "
    return [f"{line}None" for line in lines]


def _nothing(node: _Node) -> list[str]:
    """Give the locals that are None where a place is absent."""
    return [node.local, *node.parts.values(), *(local for below in node.below.values() for local in _nothing(below))]


def needed(node: ir.Expression, variable: ir.Variable) -> set[Path]:
    """Give the maps of an object that are there wherever an expression is true of it."""
    match node:
        case ir.And(parts):
            return {path for part in parts for path in needed(part, variable)}
        case ir.Or(parts):
            return set.intersection(*(needed(part, variable) for part in parts))
        case ir.Some(inner, _):
            return set.intersection(*(_above(one, variable) for one in inner.lists))
        case ir.Constant() | ir.Not() | ir.Every() | ir.Since():
            return set()
        case _:
            return _above(node.field, variable)


def _above(field: ir.Field, variable: ir.Variable) -> set[Path]:
    if field.of != variable:
        return set()
    path = field.path[1:] if _is_entry(variable) else field.path
    first = field.path[:1] if _is_entry(variable) else ()
    return {(*first, *path[:length]) for length in range(1, len(path))}


def _is_entry(variable: ir.Variable) -> bool:
    return bool(variable.lists) and variable.lists[0].type == "map"
