"""A rule in a terminal: headings, colours and lines that fit, or plain text of the same order in a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

from podsec_compile.catalogue import Section
from podsec_compile.render import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

    from podsec_compile.outputs import Output

WIDTH = 100
"""The widest line of prose: beyond it a reader loses the next one."""
_SEVERITIES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "green"}
_LEXERS = {"diff": "diff", "yaml": "yaml"}


def overview(rule: str, found: Iterable[Output]) -> Section:
    """Give which files each target makes of a rule, how long they are, and how to see them."""
    lines = []
    for one in found:
        lines += [f"{path} ({text.count(chr(10))} lines)" for path, text in one.files]
        if one.refused is not None:
            lines.append(f"{one.target}: none, {one.refused}")
    lines.append(f"podsec-compile explain {rule} --target NAME prints them (all: every target's).")
    return Section("Compiles to", "\n".join(lines), "lines")


def files(found: Iterable[Output]) -> list[tuple[str, str]]:
    """Give path and text of each file that the targets make of a rule; of a refusal, the target and the reason."""
    pairs: list[tuple[str, str]] = []
    for one in found:
        pairs += one.files if one.refused is None else [(one.target, f"# {one.refused}\n")]
    return pairs


def write(sections: Sequence[Section], manifests: Sequence[tuple[str, str]]) -> None:
    """Print what there is to say of a rule, and whole files after it."""
    out = sys.stdout
    if out.isatty() or os.environ.get("FORCE_COLOR"):
        _show(sections, manifests, out)
        return
    for one in sections:
        out.write(f"{printable(one.heading)}\n{textwrap.indent(_wrapped(one, WIDTH - 2), '  ')}\n\n")
    for path, text in manifests:
        out.write(f"{path}\n{text}")


def _wrapped(section: Section, width: int) -> str:
    if section.form in _LEXERS:
        return printable(section.text)
    hanging = "  " if section.form == "lines" else ""
    return "\n".join(
        textwrap.fill(printable(line), width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
        for line in section.text.split("\n")
    )


def _show(sections: Sequence[Section], manifests: Sequence[tuple[str, str]], out: TextIO) -> None:
    from rich.console import Console  # it takes as long as `list` does
    from rich.padding import Padding

    console = Console(file=out, highlight=False)
    whole = console.width
    console.width = min(whole, WIDTH)
    (title, what, *rest) = sections
    _show_title(console, title, what)
    for one in rest:
        console.print(_text(one.heading, "bold cyan"))
        console.print(Padding(_body(one, console.width - 2), (0, 0, 1, 2)))
    console.width = whole
    for path, text in manifests:
        console.rule(_text(path, "bold"), align="left", style="dim")
        console.print(_code(text, "json" if path.endswith(".json") else "yaml"))


def _show_title(console: Console, title: Section, what: Section) -> None:
    level, _, severity = what.text.partition(", ")
    line = _text(title.heading).append("  ").append(level, "cyan").append("  ")
    line.stylize("bold", 0, len(title.heading))
    console.print(line.append(f" {severity} ", _SEVERITIES.get(severity, "")))
    console.print(_text(title.text))
    console.rule(style="dim")


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(printable(text), style)


def _body(section: Section, width: int) -> RenderableType:
    lexer = _LEXERS.get(section.form)
    return _code(section.text, lexer) if lexer else _text(_wrapped(section, width))


def _code(text: str, lexer: str) -> RenderableType:
    from rich.syntax import Syntax

    return Syntax(printable(text).rstrip("\n"), lexer, theme="ansi_dark", background_color="default", word_wrap=True)
