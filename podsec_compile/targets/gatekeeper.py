"""OPA Gatekeeper: a ConstraintTemplate in Rego and a Constraint for each rule, and a Suite for `gator verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile import __version__, cases
from podsec_compile.languages import rego
from podsec_compile.messages import description, frame, kind, sources
from podsec_compile.overlays import Kustomized
from podsec_compile.targets import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

_KUSTOMIZATION = "kustomization.yaml.j2"
ACTIONS = {"deny": "deny", "warn": "warn", "audit": "dryrun"}


@dataclass(frozen=True)
class Policy:
    """A ConstraintTemplate and its Constraint: the name of their files, their texts, and the rules in them."""

    name: str
    template: str
    constraint: str
    rules: tuple[Compiled, ...]


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give templates/ and constraints/, to be applied in this order, and the Suite with its objects."""
    return bundle("gatekeeper", [policy(rule, renderer) for rule in rules], renderer)


def bundle(name: str, policies: Sequence[Policy], renderer: Renderer) -> dict[str, str]:
    """Give the files of a target by its name."""
    found: dict[str, str] = {}
    tests: list[dict[str, object]] = []
    names = [f"{one.name}.yaml" for one in policies]
    for one in policies:
        found[f"templates/{one.name}.yaml"] = one.template
        found[f"constraints/{one.name}.yaml"] = one.constraint
        for rule in one.rules:
            # What other rules of the policy say of an object is not asked here.
            message = f"^{rule.spec.id} " if len(one.rules) > 1 else ""
            tried = _cases(rule, found)
            tests.append({"id": rule.spec.id, "policy": one.name, "message": message, "cases": tried})
    for folder in ("templates", "constraints"):
        found[f"{folder}/kustomization.yaml"] = renderer.render(
            _KUSTOMIZATION, name=f"podsec-{folder}", resources=names
        )
    folders = ["templates", "constraints"]
    found["kustomization.yaml"] = renderer.render(_KUSTOMIZATION, name=f"podsec-{name}", resources=folders)
    found["suite.yaml"] = renderer.render("gatekeeper/suite.yaml.j2", name=name, tests=tests)
    return found


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's overlay."""
    return kustomized("gatekeeper").files(environment, {f"podsec-{rule.spec.id}": rule for rule in rules}, renderer)


def kustomized(name: str, *, large: bool = False) -> Kustomized:
    """Say how the constraints of a target, by its name, are changed for an environment."""
    return Kustomized(
        name,
        {"group": "constraints.gatekeeper.sh"},
        enforced=lambda enforcement: {"/spec/enforcementAction": ACTIONS[enforcement]},
        excluded=lambda namespaces: {"/spec/match/excludedNamespaces": namespaces},
        first=("templates",),
        then="constraints",
        large=large,
        ready={"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "field": "status.created"},
    )


def _cases(rule: Compiled, found: dict[str, str]) -> list[dict[str, object]]:
    """Add the objects that a rule is tried with to the files, and give the cases of the Suite."""
    taken: set[str] = set()
    tried = []
    witnesses = [cases.Review(one.name, one.object) for one in rule.witnesses]
    for review in [one for one in [*cases.reviews(rule.spec), *witnesses] if not rule.spares(one.new)]:
        verdict = "bad" if rule.denies(review.request) else "good"
        file = f"tests/{rule.spec.id}/{cases.unique(f'{verdict}-{cases.slug(review.name)}', taken)}.yaml"
        found[file] = cases.document(review.document)
        tried.append({"name": f"{verdict}: {review.name}", "file": file, "denied": verdict == "bad"})
    return tried


def policy(rule: Compiled, renderer: Renderer, native: object = None) -> Policy:
    """Give the policy of one rule, with `native` beside Rego as the source of the engine for CEL, if given."""
    return Policy(rule.spec.id, template(rule, renderer, native), _constraint(rule, renderer), (rule,))


def _names(rule: Compiled) -> dict[str, object]:
    spec = rule.spec
    return {
        "spec": spec,
        "source": spec.file,
        "kind": kind(spec),
        "name": f"podsec-{spec.id}",
        "version": __version__,
        "description": description(spec),
        "sources": sources(spec),
        "parameters": declared(rule),
    }


def template(rule: Compiled, renderer: Renderer, native: object = None) -> str:
    """Give a rule's ConstraintTemplate, with `native` beside Rego as the source of the engine for CEL, if given."""
    package = f"podsec.{rule.spec.id.replace('-', '_')}"
    text = module(rule, renderer, package, "parameters")
    return renderer.render("gatekeeper/template.yaml.j2", **_names(rule), native=native, module=text)


def module(rule: Compiled, renderer: Renderer, package: str, given: str | tuple[str, ...]) -> str:
    """Give a rule's module in Rego; `given` is the key, or the path, of its parameters in the input."""
    spec = rule.spec
    before, behind = frame(spec)
    defaults = ", ".join(f"{rego.quote(one.name)}: {rego.quote(one.default)}" for one in spec.parameters)
    return renderer.render(
        "gatekeeper/module.rego.j2",
        package=package,
        given=rego.quote(given),
        parameters=declared(rule),
        rego=rego.render(rule.violation, spec.root, rule.waived),
        before=rego.quote(before),
        behind=rego.quote(behind),
        root=spec.root.name,
        defaults=f"{{{defaults}}}",
        paths=[f"{rego.quote(one.kind)}: {rego.quote(one.path)}" for one in spec.subject.unusual],
        usual=rego.quote(spec.subject.usual),
        reads=[rego.quote(path) for path in rule.violation.reads],
    )


def _constraint(rule: Compiled, renderer: Renderer) -> str:
    groups = {group: [one.kind for one in ones] for group, ones in rule.spec.subject.groups.items()}
    action = ACTIONS[rule.enforcement]
    return renderer.render(
        "gatekeeper/constraint.yaml.j2", **_names(rule), groups=groups, action=action, excluded=rule.excluded
    )
