"""How an engine's expression language says each node of `ir`.

A language is a module with `quote(value) -> str`, the only way in which a literal reaches its output, and a
function that renders a `Violation`. Every node is handled in an exhaustive `match`, or refused with `Unsupported`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEWEST_SIBLINGS = 3


class Unsupported(PodsecError):  # noqa: N818  # the field's own word
    """A language, or an engine's manifests, cannot say something; the build stops, and nothing is written."""

    def __init__(self, language: str, what: str) -> None:
        super().__init__(f"{language} cannot say {what}")


def several(operand: ir.Value | ir.Values | ir.Parameter) -> bool:
    """Tell whether an operand stands for a list of literals."""
    return isinstance(operand, ir.Values) or (isinstance(operand, ir.Parameter) and isinstance(operand.default, tuple))


@dataclass(frozen=True, slots=True)
class Siblings:
    """Presence of several fields of one object, which a language can say once: some are there, or (`none`) none is."""

    of: ir.Variable
    parent: tuple[str, ...]
    names: tuple[str, ...]
    type: ir.JsonType
    none: bool


def _is_plain(node: ir.Expression) -> bool:
    """Tell whether a node is the presence of a field of some object."""
    return isinstance(node, ir.Present) and bool(node.field.path) and not isinstance(node.field, ir.ImagePart)


def siblings(parts: Iterable[ir.Expression], *, none: bool) -> list[ir.Expression | Siblings]:
    """Join the presences of fields of one object among the parts of an `Or`, or (`none`) their absences in an `And`."""
    groups: dict[tuple[ir.Variable, tuple[str, ...], ir.JsonType], list[ir.Expression]] = {}
    joined: list[ir.Expression | Siblings] = []
    keys = []
    for part in parts:
        inner = part.part if none and isinstance(part, ir.Not) else part
        is_sibling = _is_plain(inner) and (inner is not part) == none
        key = (inner.field.of, inner.field.path[:-1], inner.field.type) if is_sibling else None  # type: ignore[union-attr]
        keys.append((part, inner, key))
        if key is not None:
            groups.setdefault(key, []).append(inner)
    for part, inner, key in keys:
        if key is None or len(groups[key]) < _FEWEST_SIBLINGS:
            joined.append(part)
        elif inner is groups[key][0]:
            names = tuple(one.field.path[-1] for one in groups[key])  # type: ignore[union-attr]
            joined.append(Siblings(key[0], key[1], names, key[2], none))
    return joined
