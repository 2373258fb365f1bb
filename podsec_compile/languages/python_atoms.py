"""How Python says an atom of `ir`, of a value that a local holds."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.evaluate import operands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from podsec_compile.evaluate import Parameters

FIXED = frozenset((
    *keyword.kwlist, *keyword.softkwlist, "NUMBERS", "bool", "dict", "enumerate", "float", "found", "image_parts",
    "int", "list", "matching", "str", "type",
))  # fmt: skip
"""Names that no local has."""
PARTS = ("repository", "tag", "digest")
"""What `image_parts` gives, in its order."""

Key = tuple[ir.Variable, tuple[str, ...], str | None]
Scope = dict[Key, str]
"""The local that holds the value at a place."""

_TYPES = {"string": "str", "boolean": "bool", "list": "list", "map": "dict"}
_KINDS: dict[type, ir.JsonType] = {str: "string", bool: "boolean", int: "number", float: "number"}


def quote(value: object) -> str:
    """Give a literal in ASCII."""
    return ascii(value)


def unique(name: str, taken: set[str]) -> str:
    """Give a name like this one that is not taken, and take it."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = f"_{plain}" if plain[:1].isdigit() or not plain else plain
    number, found = 1, plain
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    taken.add(found)
    return found


def key(field: ir.Field) -> Key:
    """Give what tells a value apart in a scope."""
    return field.of, field.path, field.part if isinstance(field, ir.ImagePart) else None


def has_type(local: str, kind: ir.JsonType, *, negated: bool = False) -> str:
    """Ask whether a local holds a value of a type."""
    if kind == "any":
        return f"{local} is {'' if negated else 'not '}None"
    if kind == "number":
        return f"type({local}) {'not ' if negated else ''}in NUMBERS"
    return f"type({local}) is {'not ' if negated else ''}{_TYPES[kind]}"


def atom(
    node: ir.Atom,
    scope: Mapping[Key, str],
    parameters: Parameters,
    matching: Callable[[tuple[ir.Scalar, ...]], str],
    *,
    negated: bool,
) -> str:
    """Ask whether an atom is true, or false; `matching` gives the name of what asks for patterns."""
    local, kind = scope[key(node.field)], node.field.type
    match node:
        case ir.Present():
            return has_type(local, "any" if isinstance(node.field, ir.ImagePart) else kind, negated=negated)
        case ir.Equal(_, to) | ir.OneOf(_, to):
            return _one_of(local, kind, operands(to, parameters), negated=negated)
        case ir.Compare(_, operator, to):
            text = f"{has_type(local, 'number')} and {local} {operator} {quote(operands(to, parameters)[0])}"
            return _maybe(text if kind in ("number", "any") else None, negated=negated)
        case ir.Text(_, test, to):
            texts = tuple(dict.fromkeys(map(str, operands(to, parameters))))
            asked = _text(local, test, texts, matching) if texts and kind in ("string", "any") else None
            return _maybe(asked and f"{has_type(local, 'string')} and {asked}", negated=negated)


def _maybe(text: str | None, *, negated: bool) -> str:
    """Give a condition in parentheses; None is one that is never true."""
    if text is None:
        return str(negated)
    return f"not ({text})" if negated else f"({text})"


def _one_of(local: str, kind: ir.JsonType, values: tuple[ir.Scalar, ...], *, negated: bool) -> str:
    """Ask whether a value is one of some, with true and 1 apart."""
    fitting = [one for one in values if kind in (_KINDS[type(one)], "any")]
    flags = [one for one in dict.fromkeys(fitting) if isinstance(one, bool)]
    plain = [*dict.fromkeys(one for one in fitting if not isinstance(one, bool))]
    ways = [f"{local} is {'not ' if negated else ''}{flag}" for flag in dict.fromkeys(map(bool, flags))]
    if plain:
        operator = ("!=" if negated else "==") if len(plain) == 1 else ("not in" if negated else "in")
        said = f"{local} {operator} {quote(plain[0] if len(plain) == 1 else tuple(plain))}"
        if not {0, 1}.isdisjoint(plain):  # true is 1 to Python
            said = f"({said} {'or' if negated else 'and'} type({local}) is {'' if negated else 'not '}bool)"
        ways.append(said)
    if not ways:
        return str(negated)
    return ways[0] if len(ways) == 1 else f"({(' and ' if negated else ' or ').join(ways)})"


def _text(local: str, test: str, texts: tuple[str, ...], matching: Callable[[tuple[ir.Scalar, ...]], str]) -> str:
    """Ask whether a string has one of some prefixes, suffixes or parts, lies under or matches one."""
    given = quote(texts[0] if len(texts) == 1 else texts)
    match test:
        case "prefix":
            return f"{local}.startswith({given})"
        case "suffix":
            return f"{local}.endswith({given})"
        case "part":
            found = " or ".join(f"{quote(one)} in {local}" for one in texts)
            return found if len(texts) == 1 else f"({found})"
        case "under":
            below = tuple(f"{one}/" for one in texts)
            return f"({local} in {quote(texts)} or {local}.startswith({quote(below)}))"
        case _:
            return f"{matching(texts)}({local})"
