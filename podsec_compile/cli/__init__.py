"""The command line: one module a command. What goes wrong on the user's side is one message and exit code 2."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from podsec_compile import __version__
from podsec_compile.errors import PodsecError

COMMANDS = {
    "build": "build",
    "check": "check",
    "list": "list_rules",
    "explain": "explain",
    "init": "init",
    "waivers": "list_waivers",
    "diff": "diff",
    "scan": "scan",
    "docs": "docs",
}
"""The commands, each with the function that it is, in the module of its name."""


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"podsec-compile {__version__}")
        raise typer.Exit


def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile Kubernetes pod security rules into the policy engines that clusters run."""


def app(arguments: list[str]) -> typer.Typer:
    """Give the application, with the one command that is asked for, or all: to import one takes a tenth of a second."""
    made = typer.Typer(
        name="podsec-compile",
        help="Compile Kubernetes pod security rules into the policy engines that clusters run.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.callback()(options)
    first = arguments[0] if arguments else ""
    wanted = () if first == "--version" else (first,) if first in COMMANDS else COMMANDS
    for name in wanted:
        module = importlib.import_module(f"{__name__}.{name}")
        made.command(name)(getattr(module, COMMANDS[name]))
    return made


def main() -> None:
    """Run the command line."""
    try:
        app(sys.argv[1:])(prog_name="podsec-compile")
    except PodsecError as wrong:
        typer.echo(f"{typer.style('error:', fg='red', bold=True)} {wrong}", err=True)
        sys.exit(2)
    except OSError as wrong:  # of stdout: everything else is reported where it happens
        sys.stderr.write(f"error: the output could not be written: {wrong.strerror}\n")
        os._exit(2)  # the interpreter would try to flush stdout again
