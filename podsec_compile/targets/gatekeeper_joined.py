"""OPA Gatekeeper with one ConstraintTemplate for all rules about the same thing, in Rego and CEL, and one Constraint.

An admission costs about a third of what it costs with a template for each rule (docs/benchmarks.md); the rules have one
`match` and one `enforcementAction` together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile import __version__
from podsec_compile.languages import Unsupported, cel
from podsec_compile.messages import bare, frame
from podsec_compile.targets import declared, gatekeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.kinds import Subject
    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give what the target gatekeeper gives, with a template and a constraint for each subject of rules."""
    policies = [_policy(subject, joined, renderer) for subject, joined in _subjects(rules).items()]
    return gatekeeper.bundle("gatekeeper-joined", policies, renderer)


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    objects = {f"podsec-{subject.type.lower()}": joined[0] for subject, joined in _subjects(rules).items()}
    return gatekeeper.kustomized("gatekeeper-joined", large=True).files(environment, objects, renderer)


def _subjects(rules: Sequence[Compiled]) -> dict[Subject, list[Compiled]]:
    """Give the rules by what they judge; those about the same that are enforced otherwise cannot be joined."""
    subjects: dict[Subject, list[Compiled]] = {}
    for rule in rules:
        joined = subjects.setdefault(rule.spec.subject, [rule])
        if joined[0] is not rule:
            joined.append(rule)
        if rule.enforcement != joined[0].enforcement:
            one = f"{joined[0].spec.id} ({joined[0].enforcement}) and {rule.spec.id} ({rule.enforcement})"
            raise Unsupported("gatekeeper-joined", f"{one} in one Constraint, which has one enforcement")
    return subjects


def _policy(subject: Subject, rules: Sequence[Compiled], renderer: Renderer) -> gatekeeper.Policy:
    name = subject.type.lower()
    names: dict[str, object] = {
        "kind": f"Podsec{subject.type}",
        "name": f"podsec-{name}",
        "version": __version__,
        "rules": [{"id": rule.spec.id, "title": rule.spec.rule.title, "parameters": declared(rule)} for rule in rules],
        "configurable": any(rule.spec.parameters for rule in rules),
    }
    modules = {(package := _package(rule)): _module(rule, package, renderer) for rule in rules}
    template = renderer.render(
        "gatekeeper-joined/template.yaml.j2", **names, modules=modules, native=_native(subject, rules)
    )
    groups = {group: [one.kind for one in ones] for group, ones in subject.groups.items()}
    constraint = renderer.render(
        "gatekeeper-joined/constraint.yaml.j2",
        **names,
        groups=groups,
        action=gatekeeper.ACTIONS[rules[0].enforcement],
        excluded=rules[0].excluded,
    )
    return gatekeeper.Policy(name, template, constraint, tuple(rules))


def _package(rule: Compiled) -> str:
    return f"lib.podsec.{rule.spec.id.replace('-', '_')}"


def _module(rule: Compiled, package: str, renderer: Renderer) -> str:
    return gatekeeper.module(rule, renderer, package, ("parameters", rule.spec.id))


def _native(subject: Subject, rules: Sequence[Compiled]) -> dict[str, object]:
    """Give the source of the engine for CEL: variables that the rules share or own, and a validation for each rule."""
    variables: dict[str, str] = {}
    validations = []
    for rule in rules:
        spec = rule.spec
        joined = cel.join_rule(
            spec.id, rule.violation, subject, spec.parameters, "variables.params", variables, rule.waived
        )
        validations.append(
            {
                "kept": joined.kept,
                "bare": cel.one_line(bare(spec)),
                "message": cel.message(*frame(spec), joined.places),
            }
        )
    return {"variables": variables, "validations": validations}
