"""Kyverno: a ClusterPolicy for each rule, its conditions in JMESPath, and a test of it for `kyverno test`.

ClusterPolicy is deprecated since Kyverno 1.17; it is what clusters up to 1.19 run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.languages import jmespath
from podsec_compile.messages import description, frame, sources
from podsec_compile.overlays import Kustomized
from podsec_compile.targets import resources, tests_of_kyverno

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give policies/, apart from the role for reports and tests/: `kyverno apply` drops policies beside other files."""
    found = {f"policies/{rule.spec.id}.yaml": _policy(rule, renderer) for rule in rules}
    names = ["reports.yaml", *sorted(found)]
    found["reports.yaml"] = renderer.render(
        "kyverno/reports.yaml.j2", name="podsec-kyverno-reports", resources=resources(rules)
    )
    found["kustomization.yaml"] = renderer.render("kustomization.yaml.j2", name="podsec-kyverno", resources=names)
    return found | tests_of_kyverno(rules, renderer, "kyverno/test.yaml.j2")


_ACTIONS = {"deny": "Enforce", "warn": "Audit", "audit": "Audit"}
_KUSTOMIZED = Kustomized(
    "kyverno",
    {"kind": "ClusterPolicy"},
    enforced=lambda enforcement: {
        "/spec/rules/0/validate/failureAction": _ACTIONS[enforcement],
        "/spec/emitWarning": enforcement == "warn",
    },
    excluded=lambda namespaces: {"/spec/rules/0/exclude": {"any": [{"resources": {"namespaces": namespaces}}]}},
)


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    return _KUSTOMIZED.files(environment, {f"podsec-{rule.spec.id}": rule for rule in rules}, renderer)


def _policy(rule: Compiled, renderer: Renderer) -> str:
    spec = rule.spec
    before, behind = frame(spec)
    judged = jmespath.judged(spec.subject)
    return renderer.render(
        "kyverno/policy.yaml.j2",
        spec=spec,
        source=spec.file,
        name=f"podsec-{spec.id}",
        kubernetes=f"1.{rule.minor}",
        description=description(spec),
        sources=sources(spec),
        action=_ACTIONS[rule.enforcement],
        warns=rule.enforcement == "warn",
        excluded=rule.excluded,
        waived=[(one.note, jmespath.not_waived(one, spec.subject)) for one in rule.waived],
        judged=judged,
        places=jmespath.render(rule.settled, spec.root),
        unchanged=jmespath.unchanged(judged, rule.settled.reads),
        message=jmespath.message(before, behind),
    )
