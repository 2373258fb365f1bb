"""OPA Gatekeeper: a ConstraintTemplate in Rego and a Constraint for each rule, and a Suite for `gator verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile import __version__, cases
from podsec_compile.languages import rego
from podsec_compile.messages import description, frame, kind, sources
from podsec_compile.targets import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

_KUSTOMIZATION = "kustomization.yaml.j2"


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give templates/ and constraints/, to be applied in this order, and the Suite with its objects."""
    templates = {rule.spec.id: template(rule, renderer) for rule in rules}
    return bundle("gatekeeper", rules, templates, renderer)


def bundle(name: str, rules: Sequence[Compiled], templates: Mapping[str, str], renderer: Renderer) -> dict[str, str]:
    """Give the files of a target by its name, with a ConstraintTemplate for each rule's id."""
    found: dict[str, str] = {}
    names = [f"{rule.spec.id}.yaml" for rule in rules]
    tests: dict[str, list[dict[str, object]]] = {}
    for rule in rules:
        found[f"templates/{rule.spec.id}.yaml"] = templates[rule.spec.id]
        found[f"constraints/{rule.spec.id}.yaml"] = _constraint(rule, renderer)
        taken: set[str] = set()
        witnesses = [cases.Review(one.name, one.object) for one in rule.witnesses]
        for review in [*cases.reviews(rule.spec), *witnesses]:
            verdict = "bad" if rule.denies(review.request) else "good"
            file = f"tests/{rule.spec.id}/{cases.unique(f'{verdict}-{cases.slug(review.name)}', taken)}.yaml"
            found[file] = cases.document(review.document)
            case = {"name": f"{verdict}: {review.name}", "file": file, "denied": verdict == "bad"}
            tests.setdefault(rule.spec.id, []).append(case)
    for folder in ("templates", "constraints"):
        found[f"{folder}/kustomization.yaml"] = renderer.render(
            _KUSTOMIZATION, name=f"podsec-{folder}", resources=names
        )
    folders = ["templates", "constraints"]
    found["kustomization.yaml"] = renderer.render(_KUSTOMIZATION, name=f"podsec-{name}", resources=folders)
    found["suite.yaml"] = renderer.render("gatekeeper/suite.yaml.j2", name=name, tests=tests)
    return found


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
    spec = rule.spec
    before, behind = frame(spec)
    defaults = ", ".join(f"{rego.quote(one.name)}: {rego.quote(one.default)}" for one in spec.parameters)
    return renderer.render(
        "gatekeeper/template.yaml.j2",
        **_names(rule),
        native=native,
        package=f"podsec.{spec.id.replace('-', '_')}",
        rego=rego.render(rule.violation, spec.root),
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
    return renderer.render("gatekeeper/constraint.yaml.j2", **_names(rule), groups=groups)
