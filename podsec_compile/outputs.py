"""What each target makes of one rule, for a reader: the manifests, without the tests and what gathers several rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile.languages import Unsupported
from podsec_compile.targets import TARGETS, Compiled, target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.load import Spec
    from podsec_compile.render import Renderer

_BESIDE = {"tests", "initiatives"}


@dataclass(frozen=True, slots=True)
class Output:
    """What a target makes of a rule: files by their path in the bundle, or the reason why there are none."""

    target: str
    files: tuple[tuple[str, str], ...]
    refused: str | None = None


def outputs(spec: Spec, minor: int, renderer: Renderer, targets: Sequence[str] = TARGETS) -> list[Output]:
    """Give what each target makes of a rule at Kubernetes 1.`minor`, with the defaults of its parameters."""
    compiled = Compiled(spec, minor, spec.defaults)
    found = []
    for name in targets:
        try:
            files = target(name).files([compiled], renderer)
        except Unsupported as wrong:
            found.append(Output(name, (), wrong.message))
            continue
        own = [(f"{name}/{path}", text) for path, text in files.items() if _is_a_manifest(path)]
        found.append(Output(name, tuple(own)))
    return found


def _is_a_manifest(path: str) -> bool:
    folder, _, name = path.partition("/")
    return bool(name) and folder not in _BESIDE and name != "kustomization.yaml"
