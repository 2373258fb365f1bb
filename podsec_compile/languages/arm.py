"""Azure Resource Manager's templates, as far as a policy definition is one: JSON, whose texts may be expressions.

A text from `[` to `]` is an expression; one that begins with `[[` is a text again, with one bracket less.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podsec_compile import ir


def quote(value: ir.Scalar | tuple[ir.Scalar, ...]) -> str:
    """Give a literal as JSON; no text of it is an expression."""
    return json.dumps(_escaped(value) if not isinstance(value, tuple) else [_escaped(one) for one in value])


def _escaped(value: ir.Scalar) -> ir.Scalar:
    # Azure takes the bracket away only where both are there: "[a" stays as it is.
    return f"[{value}" if isinstance(value, str) and value.startswith("[") and value.endswith("]") else value


def parameter(name: str) -> str:
    """Give the expression of a parameter's value, as JSON."""
    return json.dumps(f"[parameters('{name}')]")


def shortened(text: str, most: int) -> str:
    """Give as much of a text as has room in `most` characters, escaped; Azure counts those beyond U+FFFF twice."""
    if _size(text) < most:  # an escape adds one
        return text
    kept = text[: most - 2]
    while _size(kept) > most - 2:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
