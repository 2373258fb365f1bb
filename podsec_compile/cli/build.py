"""`podsec-compile build`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from podsec_compile import bundle
from podsec_compile.cli import choices
from podsec_compile.compile import compile_bundle
from podsec_compile.targets import TARGETS


def build(
    specs: choices.Specs = None,
    profile: choices.Profile = None,
    target: choices.Targets = None,
    kubernetes: choices.Kubernetes = "latest",
    out: choices.Out = Path("out"),
    templates: choices.Templates = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Discard edits by hand in the old bundle.")] = False,
) -> None:
    """Compile the rules into a bundle."""
    start = time.perf_counter()
    minor = choices.minor(kubernetes)
    chosen = choices.rules(specs, profile, kubernetes)
    targets = tuple(dict.fromkeys(target or TARGETS))
    compiled = compile_bundle(chosen, minor=minor, profile=profile, targets=targets, templates=templates)
    bundle.write(compiled, out, overwrite_edits=force)
    width = max(len(spec.id) for spec in chosen)
    for spec in chosen:
        typer.echo(f"{spec.id:{width}}  {spec.rule.level:10}  {', '.join(targets)}")
    count = "1 rule" if len(chosen) == 1 else f"{len(chosen)} rules"
    typer.echo(
        f"{count} for Kubernetes 1.{minor} in {out}: {len(compiled.files)} files ({time.perf_counter() - start:.2f} s)"
    )
