"""From specs to a bundle: every rule in every target, and what podsec.lock says of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from podsec_compile import __version__
from podsec_compile.bundle import Bundle
from podsec_compile.render import Renderer
from podsec_compile.targets import TARGETS, Compiled, target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podsec_compile.load import Spec


def compile_bundle(
    specs: Sequence[Spec],
    *,
    minor: int,
    profile: str | None = None,
    targets: Sequence[str] = TARGETS,
    templates: Path | None = None,
) -> Bundle:
    """Compile the rules as they stand at Kubernetes 1.`minor`; what a target cannot say raises PodsecError."""
    renderer = Renderer(templates)
    rules = [Compiled(spec, minor, spec.defaults) for spec in specs]
    files: dict[str, bytes] = {}
    for name in dict.fromkeys(targets):
        for path, text in target(name).files(rules, renderer).items():
            files[f"{name}/{path}"] = text.encode()
    lock = {
        "podsec-compile": __version__,
        "kubernetes": f"1.{minor}",
        "profile": profile,
        "targets": sorted(set(targets)),
        "rules": {rule.spec.id: {"level": rule.spec.rule.level, "meaning": meaning(rule)} for rule in rules},
    }
    return Bundle(files, lock)


def meaning(rule: Compiled) -> str:
    """Give a hash that changes when, and only when, what the rule says of objects does."""
    said = repr((rule.spec.subject.name, rule.violation, sorted(rule.parameters.items())))
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"
