"""Bundles that the lab makes for itself: of some rules, with parameters set, and without the tests that ship."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.decisive import violated
from podsec_compile.mutants import Mutant, mutants
from podsec_compile.render import Renderer
from podsec_compile.targets import Compiled, target
from shipped import parameters_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podsec_compile.cases import Case
    from podsec_compile.load import Spec


@dataclass(frozen=True)
class Bare(Compiled):
    """A rule compiled without witnesses for the engine's own tests."""

    @property
    def witnesses(self) -> tuple[Case, ...]:  # type: ignore[override]
        """None."""
        return ()


def write_bare(rules: Sequence[Compiled], engine: str, out: Path) -> None:
    """Write an engine's policies of some rules below a folder."""
    for path, text in target(engine).files(rules, Renderer()).items():
        file = out / engine / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def mutated(spec: Spec, minor: int) -> tuple[ir.Expression, dict[str, tuple[Mutant, Spec]]]:
    """Give a rule's condition with its parameters set, and its mutants as rules of their own, by their ids."""
    node = violated(spec, minor, parameters_set(spec))
    spared = ir.Constant(value=False)
    found: dict[str, tuple[Mutant, Spec]] = {}
    for number, mutant in enumerate(mutants(node)):
        name = f"m{number}-{spec.id}"
        found[name] = (mutant, replace(spec, id=name, broken=mutant.node, exempt=spared, parameters=()))
    return node, found
