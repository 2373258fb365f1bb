"""`podsec-compile docs`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from podsec_compile.cli import choices
from podsec_compile.load import load
from podsec_compile.profiles import select
from podsec_compile.render import Renderer, folder
from podsec_compile.website import generator, pages


def docs(
    specs: choices.Specs = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder of the site.")] = Path("site"),
    kubernetes: choices.Kubernetes = None,
    templates: choices.Templates = None,
    *,
    sources: Annotated[
        bool, typer.Option("--sources", help="Write the Markdown and the configuration of the site, unrendered.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Discard edits by hand in the old site.")] = False,
) -> None:
    """Render the catalogue of the rules as a static site: no server and no other host is needed to read it."""
    start = time.perf_counter()
    if not sources:
        generator.check_installed()
    minor = choices.minor(kubernetes)
    rules = select(load(specs or folder("policy_specs")), None, minor)
    made = pages.sources(rules, minor, Renderer(templates))
    files = {path: text.encode() for path, text in made.items()} if sources else generator.render(made)
    generator.put(files, minor, out, overwrite_edits=force)
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    first = out / ("docs/index.md" if sources else "index.html")
    typer.echo(f"{count} for Kubernetes 1.{minor} in {first} ({time.perf_counter() - start:.2f} s)")
