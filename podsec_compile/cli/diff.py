"""`podsec-compile diff`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from podsec_compile import diff_report
from podsec_compile.cli import choices
from podsec_compile.diff import differences
from podsec_compile.impact import impact
from podsec_compile.manifests import read
from podsec_compile.revisions import RULES, rules


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    markdown = "markdown"
    json = "json"


_WRITERS = {Format.text: diff_report.text, Format.markdown: diff_report.markdown, Format.json: diff_report.as_json}


def diff(
    old: Annotated[str, typer.Argument(help="A git revision, a folder of rules, or a checkout.")],
    new: Annotated[str, typer.Argument(help="Likewise.")] = ".",
    against: Annotated[
        list[str] | None,
        typer.Option("--against", metavar="PATH", help="Manifests to judge by both; repeatable, - is standard input."),
    ] = None,
    specs: Annotated[str, typer.Option("--specs", metavar="DIR", help="Where the rules lie in a revision.")] = RULES,
    profile: choices.Profile = None,
    kubernetes: choices.Kubernetes = None,
    output: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,
) -> None:
    """Say what a change of the rules means, and whom it hits; exit 1 if some verdict changes."""
    before, after = (
        rules(named, specs=specs, profile=profile, minor=choices.minor(kubernetes)) for named in (old, new)
    )
    found = differences(before, after)
    hit = impact(before, after, read(against)) if against else None
    typer.echo(_WRITERS[output](found, hit), nl=False)
    if any(one.is_of_meaning for one in found):
        raise typer.Exit(1)
