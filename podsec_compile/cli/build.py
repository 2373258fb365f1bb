"""`podsec-compile build`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from podsec_compile import bundle
from podsec_compile.cli import choices


def build(
    specs: choices.Specs = None,
    config: choices.Configuration = None,
    profile: choices.Profile = None,
    target: choices.Targets = None,
    kubernetes: choices.Kubernetes = None,
    out: choices.Out = Path("out"),
    templates: choices.Templates = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Discard edits by hand in the old bundle.")] = False,
) -> None:
    """Compile the rules into a bundle."""
    start = time.perf_counter()
    chosen = choices.choose(config, specs, profile, kubernetes, target)
    choices.warn(chosen.config)
    compiled = chosen.compiled(templates)
    bundle.write(compiled, out, overwrite_edits=force)
    width = max(len(spec.id) for spec in chosen.specs)
    for spec in chosen.specs:
        typer.echo(f"{spec.id:{width}}  {spec.rule.level:10}  {', '.join(chosen.targets)}")
    count = "1 rule" if len(chosen.specs) == 1 else f"{len(chosen.specs)} rules"
    took = f"{time.perf_counter() - start:.2f} s"
    typer.echo(f"{count} for Kubernetes 1.{chosen.minor} in {out}: {len(compiled.files)} files ({took})")
