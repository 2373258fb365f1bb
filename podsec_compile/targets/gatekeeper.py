"""OPA Gatekeeper: a ConstraintTemplate in Rego and a Constraint for each rule, and a Suite for `gator verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile import __version__, cases
from podsec_compile.languages import rego
from podsec_compile.messages import description, frame, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.load import Spec
    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

_KUSTOMIZATION = "kustomization.yaml.j2"
_OPENAPI = {"string": "string", "number": "integer"}


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give templates/ and constraints/, to be applied in this order, and the Suite with its objects."""
    found: dict[str, str] = {}
    names = [f"{rule.spec.id}.yaml" for rule in rules]
    tests: dict[str, list[dict[str, object]]] = {}
    for rule in rules:
        found[f"templates/{rule.spec.id}.yaml"] = _template(rule, renderer)
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
    found["kustomization.yaml"] = renderer.render(_KUSTOMIZATION, name="podsec-gatekeeper", resources=folders)
    found["suite.yaml"] = renderer.render("gatekeeper/suite.yaml.j2", tests=tests)
    return found


def kind(spec: Spec) -> str:
    """Give the kind of a rule's constraints: `PodsecHostPorts`."""
    return "Podsec" + "".join(word.capitalize() for word in spec.id.split("-"))


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
        "parameters": [
            {
                "name": one.name,
                "help": one.help,
                "type": _OPENAPI[one.items],
                "listed": isinstance(one.default, tuple),
                "value": rule.parameters[one.name],
            }
            for one in spec.parameters
        ],
    }


def _template(rule: Compiled, renderer: Renderer) -> str:
    spec = rule.spec
    before, behind = frame(spec)
    defaults = ", ".join(f"{rego.quote(one.name)}: {rego.quote(one.default)}" for one in spec.parameters)
    return renderer.render(
        "gatekeeper/template.yaml.j2",
        **_names(rule),
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
    groups: dict[str, list[str]] = {}
    for resource in rule.spec.subject.resources:
        groups.setdefault(resource.group, []).append(resource.kind)
    return renderer.render("gatekeeper/constraint.yaml.j2", **_names(rule), groups=groups)
