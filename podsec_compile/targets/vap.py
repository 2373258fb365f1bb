"""Kubernetes itself: a ValidatingAdmissionPolicy and its binding for each rule, and a kind for its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.languages import cel
from podsec_compile.messages import bare, description, frame, kind, sources
from podsec_compile.overlays import Kustomized
from podsec_compile.targets import VALIDATION_ACTIONS, declared, outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

_KUSTOMIZATION = "kustomization.yaml.j2"
_GROUP = "parameters.podsec-compile"


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give crds/, where a rule has parameters, policies/ and bindings/, to be applied in this order."""
    found: dict[str, str] = {}
    for rule in rules:
        if rule.spec.parameters:
            found[f"crds/{rule.spec.id}.yaml"] = _rendered("crd", rule, renderer)
    for folder in ("policy", "binding"):
        plural = {"policy": "policies", "binding": "bindings"}[folder]
        for rule in rules:
            found[f"{plural}/{rule.spec.id}.yaml"] = _rendered(folder, rule, renderer)
    folders = list(dict.fromkeys(path.partition("/")[0] for path in found))
    for folder in folders:
        names = [path.partition("/")[2] for path in found if path.startswith(f"{folder}/")]
        found[f"{folder}/kustomization.yaml"] = renderer.render(
            _KUSTOMIZATION, name=f"podsec-{folder}", resources=names
        )
    found["kustomization.yaml"] = renderer.render(_KUSTOMIZATION, name="podsec-vap", resources=folders)
    return found


_KUSTOMIZED = {
    parameters: Kustomized(
        "vap",
        {"kind": "ValidatingAdmissionPolicyBinding"},
        enforced=lambda enforcement: {"/spec/validationActions": VALIDATION_ACTIONS[enforcement]},
        excluded=lambda namespaces: {"/spec/matchResources": {"namespaceSelector": outside(namespaces)}},
        first=("crds", "policies") if parameters else ("policies",),
        then="bindings",
    )
    for parameters in (True, False)
}


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    parameters = any(rule.spec.parameters for rule in rules)
    objects = {f"podsec-{rule.spec.id}": rule for rule in rules}
    return _KUSTOMIZED[parameters].files(environment, objects, renderer)


def _rendered(template: str, rule: Compiled, renderer: Renderer) -> str:
    spec = rule.spec
    return renderer.render(
        f"vap/{template}.yaml.j2",
        spec=spec,
        source=spec.file,
        name=f"podsec-{spec.id}",
        group=_GROUP,
        kind=kind(spec),
        description=description(spec),
        sources=sources(spec),
        parameters=declared(rule),
        actions=VALIDATION_ACTIONS[rule.enforcement],
        excluded=rule.excluded,
        cel=cel.render(rule.violation, spec.subject, spec.parameters, "dyn(params).?spec", rule.waived),
        bare=cel.one_line(bare(spec)),
        message=cel.message(*frame(spec)),
    )
