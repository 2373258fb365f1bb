"""The options that several commands share, and what they and podsec.yaml choose together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from podsec_compile import agreement, config
from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.load import load
from podsec_compile.render import folder
from podsec_compile.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.bundle import Bundle
    from podsec_compile.load import Spec

Specs = Annotated[
    Path | None,
    typer.Option("--specs", metavar="DIR", help="Folder of rule files (those that ship with this tool)."),
]
Configuration = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration (podsec.yaml of this folder, where there is one)."),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="baseline, restricted, or another level (all)."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="NAME", help="Engine to compile for, repeatable (all)."),
]
Kubernetes = Annotated[
    str | None, typer.Option("--kubernetes", metavar="1.NN", help="Version of the standard (latest).")
]
Templates = Annotated[Path | None, typer.Option("--templates", metavar="DIR", help="Folder of templates before ours.")]
Out = Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder of the bundle.")]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is built: the configuration with the options laid over it, and the rules that they choose together."""

    config: config.Config
    specs: tuple[Spec, ...]

    @property
    def minor(self) -> int:
        """N of the version 1.N of Kubernetes."""
        return agreement.minor(self.config.kubernetes)

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets to compile for."""
        return tuple(dict.fromkeys(self.config.targets or TARGETS))

    def compiled(self, templates: Path | None) -> Bundle:
        """Give the bundle."""
        from podsec_compile.compile import compile_bundle  # only those who compile need it

        return compile_bundle(
            self.specs,
            minor=self.minor,
            profile=self.config.profile,
            targets=self.targets,
            templates=templates,
            config=self.config,
        )


def choose(
    file: Path | None,
    specs: Path | None,
    profile: str | None = None,
    kubernetes: str | None = None,
    targets: Sequence[str] | None = None,
    *,
    with_cases: bool = True,
) -> Choice:
    """Read the configuration, hold it against the rules, and lay the options over it."""
    given = configured(file)
    loaded = load(specs or folder("policy_specs"), with_cases=with_cases)
    agreement.check(given, loaded)
    over = {"profile": profile, "kubernetes": kubernetes, "targets": tuple(targets or ()) or None}
    options = {name: one for name, one in over.items() if one is not None}
    laid = replace(given, **options)  # type: ignore[arg-type]
    # What an option asks for in vain is no fault of the file's.
    blamed = replace(laid, file=None) if options else laid
    return Choice(laid, agreement.chosen(blamed, loaded))


def minor(kubernetes: str | None) -> int:
    """Give N of `1.N`, or the newest for `latest`, which it is where nothing is given."""
    return agreement.minor(kubernetes or "latest")


def warn(given: config.Config) -> None:
    """Tell on stderr of each waiver that is soon over."""
    if not given.waivers:
        return
    from podsec_compile import waivers

    for one in waivers.ending(given, waivers.today()):
        typer.echo(f"{typer.style('warning:', fg='yellow', bold=True)} {one}", err=True)


def configured(file: Path | None) -> config.Config:
    """Read a configuration: the file given, podsec.yaml of the working directory, or none."""
    if file is None and not config.FILE.exists():
        return config.Config()
    return config.read(file or config.FILE)


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
