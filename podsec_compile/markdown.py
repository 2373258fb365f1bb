"""Texts in Markdown and HTML: what a rule says stays text there, whatever it holds."""

from __future__ import annotations

import html
import re
import textwrap

from podsec_compile.render import visible

_PLAIN = re.compile(r"[^\W_]|[ ,./;()-]")
"""What means nothing within a line of Markdown or HTML; `_` is in neither part."""


def inline(text: str) -> str:
    """Give a text as a part of a line of Markdown: every character that could mean something is a reference."""
    return "".join(_reference(char, first=not place) for place, char in enumerate(visible(text)))


def _reference(char: str, *, first: bool) -> str:
    plain = char.isalpha() if first else _PLAIN.fullmatch(char)  # at the start of a line `-` and `1.` begin a list
    return char if plain else f"&#{ord(char)};"


def escaped(text: str) -> str:
    """Give a text as text, or as the value of an attribute, of HTML."""
    return html.escape(visible(text), quote=True)


def fenced(text: str, language: str, *, title: str = "", indent: int = 0) -> str:
    """Give a text as a block of code, closed by more backticks than it holds; the title is a path of ours."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    opened = f'{fence} {{ .{language} title="{title}" }}' if title else f"{fence}{language}"
    return textwrap.indent(f"{opened}\n{text.rstrip(chr(10))}\n{fence}", " " * indent)
