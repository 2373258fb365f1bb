"""`podsec-compile list`."""

from __future__ import annotations

import typer

from podsec_compile.cli import choices


def list_rules(
    specs: choices.Specs = None,
    config: choices.Configuration = None,
    profile: choices.Profile = None,
    kubernetes: choices.Kubernetes = None,
) -> None:
    """List the rules: id, level, severity and title."""
    chosen = choices.choose(config, specs, profile, kubernetes, with_cases=False).specs
    width = max(len(spec.id) for spec in chosen)
    for spec in chosen:
        typer.echo(f"{spec.id:{width}}  {spec.rule.level:10}  {spec.rule.severity:8}  {spec.rule.title}")
