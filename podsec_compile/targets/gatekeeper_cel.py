"""OPA Gatekeeper with CEL beside Rego in each ConstraintTemplate, from which it makes ValidatingAdmissionPolicies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.languages import cel
from podsec_compile.messages import bare, frame
from podsec_compile.targets import gatekeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give what the target gatekeeper gives, with CEL in each template."""
    policies = [gatekeeper.policy(rule, renderer, _native(rule)) for rule in rules]
    return gatekeeper.bundle("gatekeeper-cel", policies, renderer)


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    objects = {f"podsec-{rule.spec.id}": rule for rule in rules}
    return gatekeeper.kustomized("gatekeeper-cel").files(environment, objects, renderer)


def _native(rule: Compiled) -> dict[str, object]:
    spec = rule.spec
    return {
        "cel": cel.render(rule.violation, spec.subject, spec.parameters, "variables.params", rule.waived),
        "bare": cel.one_line(bare(spec)),
        "message": cel.message(*frame(spec)),
    }
