"""`podsec-compile check`."""

from __future__ import annotations

from pathlib import Path

import typer

from podsec_compile import bundle
from podsec_compile.cli import choices
from podsec_compile.compile import compile_bundle
from podsec_compile.targets import TARGETS


def check(
    specs: choices.Specs = None,
    profile: choices.Profile = None,
    target: choices.Targets = None,
    kubernetes: choices.Kubernetes = "latest",
    out: choices.Out = Path("out"),
    templates: choices.Templates = None,
) -> None:
    """Tell whether the bundle is what `build` with the same options would write; exit 1 and list the files if not."""
    chosen = choices.rules(specs, profile, kubernetes)
    compiled = compile_bundle(
        chosen,
        minor=choices.minor(kubernetes),
        profile=profile,
        targets=target or TARGETS,
        templates=templates,
    )
    found = bundle.differences(compiled, out)
    for one in found:
        typer.echo(f"{one.what:8} {out / one.path}")
    if found:
        typer.echo(
            "The bundle is not what the rules say; `podsec-compile build` with the same options writes it anew.",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(f"{out} is what the rules say: {len(compiled.files)} files.")
