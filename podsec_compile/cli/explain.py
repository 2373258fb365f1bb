"""`podsec-compile explain`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from podsec_compile import catalogue
from podsec_compile.cli import choices
from podsec_compile.languages import Unsupported
from podsec_compile.load import load
from podsec_compile.render import Renderer, folder
from podsec_compile.targets import TARGETS, Compiled, target

if TYPE_CHECKING:
    from podsec_compile.load import Spec


def explain(
    rule: Annotated[str, typer.Argument(help="A rule's id, or the upstream id of a Pod Security check.")],
    specs: choices.Specs = None,
    kubernetes: choices.Kubernetes = None,
) -> None:
    """Explain one rule: what, why, a bad and a good object, the fix, the sources, and each target's output."""
    spec = choices.rule_named(load(specs or folder("policy_specs")), rule)
    for heading, text in catalogue.sections(spec):
        typer.echo(typer.style(heading, bold=True))
        typer.echo(textwrap.indent(text, "  ") + "\n")
    for heading, text in _outputs(spec, choices.minor(kubernetes)):
        typer.echo(typer.style(heading, bold=True))
        typer.echo(text)


def _outputs(spec: Spec, minor: int) -> list[tuple[str, str]]:
    """Give what each target makes of the rule, or why it makes nothing: path and text; not the tests."""
    compiled = Compiled(spec, minor, spec.defaults)
    found = []
    for name in TARGETS:
        try:
            files = target(name).files([compiled], Renderer())
        except Unsupported as wrong:
            found.append((name, f"# {wrong.message}\n"))
            continue
        for path, text in files.items():
            if path.endswith(f"{spec.id}.yaml") and not path.startswith("tests/"):
                found.append((f"{name}/{path}", text))
    return found
