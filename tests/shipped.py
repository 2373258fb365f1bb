"""The rules that ship with the package, as tests name and use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.load import Spec, load
from podsec_compile.normalize import Violation, normalize
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile import ir

FOLDER: Path = folder("policy_specs")
SPECS: tuple[Spec, ...] = load(FOLDER)
IDS: tuple[str, ...] = tuple(spec.id for spec in SPECS)


def violation_of(spec: Spec, minor: int = NEWEST_MINOR) -> Violation:
    """Give what breaks a rule, at the newest version of Kubernetes by default."""
    return normalize(spec.broken, spec.exempt, minor)


def parameters_set(spec: Spec) -> dict[str, ir.Scalar | tuple[ir.Scalar, ...]]:
    """Give a rule's parameters such that each says something: a list that is empty by default has two of its own."""
    return {one.name: _two(one) if one.default == () else one.default for one in spec.parameters}


def _two(one: ir.Parameter) -> tuple[ir.Scalar, ...]:
    return (one.name, f"a*{one.name}") if one.items == "string" else (8080, 9090)
