"""Literals, paths and lines of CEL."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podsec_compile import ir

LONGEST_LINE = 96
_PLAIN = re.compile(r"(?!(?:true|false|null|in)$)[A-Za-z_][A-Za-z0-9_]*")


def quote(value: ir.Scalar | tuple[ir.Scalar, ...]) -> str:
    """Give a literal; everything that does not print is escaped."""
    if isinstance(value, tuple):
        mixed = len({type(one) for one in value}) > 1
        return f"[{', '.join(f'dyn({quote(one)})' if mixed else quote(one) for one in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    return f'"{"".join(map(_escape, value))}"'


def _escape(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char) or (
        f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
    )


def select(of: str, path: Iterable[str]) -> str:
    """Give the optional value at a path; the empty path is the value itself."""
    return of + "".join(f".?{name}" if _PLAIN.fullmatch(name) else f"[?{quote(name)}]" for name in path)


def value(of: str, path: Sequence[str]) -> str:
    """Give the value at a path, null where there is none."""
    if not path:
        return of
    optional = select(of, path)
    return f"{optional}.orValue(dyn(null))" if optional.endswith("]") else f"{optional}.orValue(null)"


def wrapped(texts: Iterable[str]) -> str:
    """Give a list, on several lines where it is long."""
    texts = list(texts)
    together = f"[{', '.join(texts)}]"
    if len(together) <= LONGEST_LINE - 16:
        return together
    lines = [""]
    for text in texts:
        if lines[-1] and len(lines[-1]) + len(text) > LONGEST_LINE - 16:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{text},"
    return "[\n" + indent("\n".join(lines)) + "\n]"


def join(texts: Sequence[str], operator: str) -> str:
    """Join conditions, on lines of their own where they are long."""
    if len(texts) == 1:
        return texts[0]
    apart = [grouped(text) if compound(text, operator) else text for text in texts]
    together = f" {operator} ".join(apart)
    if len(together) <= LONGEST_LINE and "\n" not in together:
        return together
    return f"\n{operator} ".join(apart)


def compound(text: str, beside: str = "") -> bool:
    """Tell whether an operator other than the one beside it stands in a text, outside of brackets."""
    bare, before = re.sub(r'"(?:[^"\\]|\\.)*"', "", text), ""
    while bare != before:
        bare, before = re.sub(r"\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]|\{[^()\[\]{}]*\}", "", bare), bare
    return any(operator in bare and operator != beside for operator in ("&&", "||", " ? "))


def call(function: str, name: str, body: str, lead: int = 0) -> str:
    """Give the call of a macro, its body on lines of its own where it is long behind what leads it."""
    if lead + len(body) <= LONGEST_LINE - 8 and "\n" not in body:
        return f"{function}({name}, {body})"
    return f"{function}({name},\n{indent(body)}\n)"


def grouped(text: str) -> str:
    """Give a text in parentheses."""
    return f"(\n{indent(text)}\n)" if "\n" in text else f"({text})"


def indent(text: str, width: int = 2) -> str:
    """Indent all lines."""
    return "\n".join(f"{' ' * width}{one}" for one in text.split("\n"))


def hang(text: str) -> str:
    """Indent all lines but the first."""
    return text.replace("\n", "\n  ")
