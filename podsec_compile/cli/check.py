"""`podsec-compile check`."""

from __future__ import annotations

from pathlib import Path

import typer

from podsec_compile import bundle
from podsec_compile.cli import choices


def check(
    specs: choices.Specs = None,
    config: choices.Configuration = None,
    profile: choices.Profile = None,
    target: choices.Targets = None,
    kubernetes: choices.Kubernetes = None,
    out: choices.Out = Path("out"),
    templates: choices.Templates = None,
) -> None:
    """Tell whether the bundle is what `build` with the same options would write; exit 1 and list the files if not."""
    chosen = choices.choose(config, specs, profile, kubernetes, target)
    choices.warn(chosen.config)
    compiled = chosen.compiled(templates)
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
