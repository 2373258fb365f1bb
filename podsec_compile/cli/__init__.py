"""The command line: one module a command. What goes wrong on the user's side is one message and exit code 2."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from podsec_compile import __version__
from podsec_compile.cli.build import build
from podsec_compile.cli.check import check
from podsec_compile.cli.diff import diff
from podsec_compile.cli.docs import docs
from podsec_compile.cli.explain import explain
from podsec_compile.cli.init import init
from podsec_compile.cli.list import list_rules
from podsec_compile.cli.waivers import list_waivers
from podsec_compile.errors import PodsecError

app = typer.Typer(
    name="podsec-compile",
    help="Compile Kubernetes pod security rules into the policy engines that clusters run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(build)
app.command()(check)
app.command("list")(list_rules)
app.command()(explain)
app.command()(init)
app.command("waivers")(list_waivers)
app.command()(diff)
app.command()(docs)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"podsec-compile {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile Kubernetes pod security rules into the policy engines that clusters run."""


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="podsec-compile")
    except PodsecError as wrong:
        typer.echo(f"{typer.style('error:', fg='red', bold=True)} {wrong}", err=True)
        sys.exit(2)
    except OSError as wrong:  # of stdout: everything else is reported where it happens
        sys.stderr.write(f"error: the output could not be written: {wrong.strerror}\n")
        os._exit(2)  # the interpreter would try to flush stdout again
