"""Kyverno: a ValidatingPolicy for each rule, its conditions in CEL, and a test of it for `kyverno test`.

A policy that names pods/ephemeralcontainers gets no generated rules: it lists every kind, and chooses the path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.languages import cel
from podsec_compile.messages import bare, description, frame, sources
from podsec_compile.overlays import Kustomized
from podsec_compile.targets import VALIDATION_ACTIONS, outside, resources, tests_of_kyverno

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give policies/, apart from the role for reports and tests/: `kyverno apply` drops policies beside other files."""
    found = {f"policies/{rule.spec.id}.yaml": _policy(rule, renderer) for rule in rules}
    names = ["reports.yaml", *sorted(found)]
    found["reports.yaml"] = renderer.render(
        "kyverno/reports.yaml.j2", name="podsec-kyverno-cel-reports", resources=resources(rules)
    )
    found["kustomization.yaml"] = renderer.render("kustomization.yaml.j2", name="podsec-kyverno-cel", resources=names)
    return found | tests_of_kyverno(rules, renderer, "kyverno-cel/test.yaml.j2")


_KUSTOMIZED = Kustomized(
    "kyverno-cel",
    {"kind": "ValidatingPolicy"},
    enforced=lambda enforcement: {"/spec/validationActions": VALIDATION_ACTIONS[enforcement]},
    excluded=lambda namespaces: {"/spec/matchConstraints/namespaceSelector": outside(namespaces)},
)


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    return _KUSTOMIZED.files(environment, {f"podsec-{rule.spec.id}": rule for rule in rules}, renderer)


def _policy(rule: Compiled, renderer: Renderer) -> str:
    spec = rule.spec
    return renderer.render(
        "kyverno-cel/policy.yaml.j2",
        spec=spec,
        source=spec.file,
        name=f"podsec-{spec.id}",
        kubernetes=f"1.{rule.minor}",
        description=description(spec),
        sources=sources(spec),
        actions=VALIDATION_ACTIONS[rule.enforcement],
        excluded=rule.excluded,
        cel=cel.render(rule.settled, spec.subject, waived=rule.waived, clock=cel.KYVERNO_CLOCK),
        bare=cel.one_line(bare(spec)),
        message=cel.message(*frame(spec)),
    )
