"""The options that several commands share, and the rules that they choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.load import load
from podsec_compile.profiles import select
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR, minor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.load import Spec

Specs = Annotated[
    Path | None,
    typer.Option("--specs", metavar="DIR", help="Folder of rule files (those that ship with this tool)."),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="baseline, restricted, or another level (all)."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="NAME", help="Engine to compile for, repeatable (all)."),
]
Kubernetes = Annotated[str, typer.Option("--kubernetes", metavar="1.NN", help="Version of the standard, or latest.")]
Templates = Annotated[Path | None, typer.Option("--templates", metavar="DIR", help="Folder of templates before ours.")]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder of the bundle.")]


def minor(kubernetes: str) -> int:
    """Give N of `1.N`, or the newest for `latest`."""
    return NEWEST_MINOR if kubernetes == "latest" else minor_of(kubernetes)


def rules(specs: Path | None, profile: str | None, kubernetes: str) -> tuple[Spec, ...]:
    """Load and choose the rules."""
    return select(load(specs or folder("policy_specs")), profile, minor(kubernetes))


def rule_named(specs: Sequence[Spec], name: str) -> Spec:
    """Give a rule by its id, its file's name, or the upstream id of its Pod Security check."""
    wanted = name.replace("_", "-")
    for spec in specs:
        upstream = [one.place for one in spec.rule.sources if one.document == "Pod Security Standards"]
        if wanted == spec.id or name in upstream:
            return spec
    names = [spec.id for spec in specs]
    raise PodsecError(
        f'there is no rule "{name}"',
        hint=did_you_mean(wanted, names) or "podsec-compile list prints them all",
    )
