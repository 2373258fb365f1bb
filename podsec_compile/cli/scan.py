"""`podsec-compile scan`."""

from __future__ import annotations

import gc
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from podsec_compile import waivers
from podsec_compile.cli import choices
from podsec_compile.parallel import processes
from podsec_compile.reports import FORMATS, report
from podsec_compile.scan import Scanner
from podsec_compile.scanning import Progress, written

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError

Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]  # what lies in the folder


def scan(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Manifests, or folders of them; - is standard input.")
    ],
    specs: choices.Specs = None,
    config: choices.Configuration = None,
    profile: choices.Profile = None,
    kubernetes: choices.Kubernetes = None,
    output: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,  # type: ignore[attr-defined]
    jobs: Annotated[
        int, typer.Option("--jobs", min=0, help="Processes for a long input; 0 is one for each processor.")
    ] = 0,
) -> None:
    """Judge manifests: exit 1 if they break a rule, 2 if one cannot be read."""
    gc.set_threshold(50_000, 20, 100)  # much is made, and hardly anything of it refers to itself
    chosen = choices.choose(config, specs, profile, kubernetes, with_cases=False)
    choices.warn(chosen.config)
    for one in waivers.over(chosen.config, waivers.today()):
        typer.echo(f"{typer.style('warning:', fg='yellow', bold=True)} {one}", err=True)
    scanner = Scanner(chosen.specs, chosen.config, chosen.minor, waivers.today())
    if hasattr(sys.stdout, "reconfigure"):  # a reader's terminal may know fewer characters; programs read UTF-8
        is_text = str(output) == "text"
        sys.stdout.reconfigure(encoding=None if is_text else "utf-8", errors="backslashreplace")
    writer = report(str(output), scanner, colour=sys.stdout.isatty())
    progress = Progress(sys.stderr if sys.stderr.isatty() else None)

    def tell(wrong: PodsecError) -> None:
        progress.clear()
        typer.echo(f"{typer.style('error:', fg='red', bold=True)} {wrong}", err=True)

    summary = written(paths, scanner, writer, sys.stdout, tell, progress, jobs=jobs or processes())
    if summary.broken or summary.findings:
        raise typer.Exit(2 if summary.broken else 1)
