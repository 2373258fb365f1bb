"""`podsec-compile explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from podsec_compile import explanation
from podsec_compile.catalogue import sections
from podsec_compile.cli import choices
from podsec_compile.load import load
from podsec_compile.outputs import outputs
from podsec_compile.render import Renderer, folder
from podsec_compile.targets import TARGETS

ALL = "all"


def explain(
    rule: Annotated[str, typer.Argument(help="A rule's id, or the upstream id of a Pod Security check.")],
    specs: choices.Specs = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="NAME", help="Print what this target makes of it, repeatable; or all."),
    ] = None,
    kubernetes: choices.Kubernetes = None,
    templates: choices.Templates = None,
) -> None:
    """Explain one rule: why, the fix, a bad and a good object, parameters, versions, sources, what it compiles to."""
    known = load(specs or folder("policy_specs"))
    spec = choices.rule_named(known, rule)
    wanted = TARGETS if not target or ALL in target else tuple(dict.fromkeys(target))
    found = outputs(spec, choices.minor(kubernetes), Renderer(templates), wanted)
    said = sections(spec, known)
    if target:
        explanation.write(said, explanation.files(found))
    else:
        explanation.write([*said, explanation.overview(spec.id, found)], ())
