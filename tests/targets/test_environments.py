"""Azure Policy and joined rules as a configuration has them: effects, initiatives, what is excluded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from azure import DEFINITION, INITIATIVE
from jsonschema import Draft202012Validator

from podsec_compile.compile import compile_bundle
from podsec_compile.config import parse
from podsec_compile.errors import PodsecError
from podsec_compile.schema import NEWEST_MINOR
from shipped import SPECS

CONFIGURED = """\
rules: {privileged: {enforcement: audit}, host-ports: {enforcement: warn}}
exclude: {namespaces: [sandbox]}
environments: {dev: {enforcement: audit, exclude: {namespaces: [lab]}}, prod: {rules: {privileged: deny}}}
"""
OTHERS = ["kube-system", "gatekeeper-system", "azure-arc"]


@pytest.fixture(scope="module")
def configured() -> dict[str, Any]:
    """Three rules of the baseline, as a configuration has them."""
    specs = [spec for spec in SPECS if spec.id in ("privileged", "host-ports", "proc-mount")]
    made = compile_bundle(specs, minor=NEWEST_MINOR, targets=["azure-policy"], config=parse(CONFIGURED))
    return {path: json.loads(content) for path, content in made.files.items()}


def effects(initiative: Any) -> dict[str, str]:
    """What is done about each rule where the initiative is assigned as it is."""
    parameters = {name: one["defaultValue"] for name, one in initiative["properties"]["parameters"].items()}
    passed = {
        one["policyDefinitionReferenceId"]: one["parameters"]["effect"]["value"]
        for one in initiative["properties"]["policyDefinitions"]
    }
    return {name: parameters["effect"] if text.startswith("[") else text for name, text in passed.items()}


def test_azure_accepts_what_is_configured(configured: dict[str, Any]) -> None:
    for path, value in configured.items():
        schema = INITIATIVE if "initiatives" in path else DEFINITION
        assert [one.message for one in Draft202012Validator(schema).iter_errors(value)] == [], path


@pytest.mark.parametrize(
    ("folder", "wanted", "excluded"),
    [
        ("azure-policy", ("audit", "audit", "deny"), ["sandbox"]),
        ("overlays/dev/azure-policy", ("audit", "audit", "audit"), ["lab", "sandbox"]),
        ("overlays/prod/azure-policy", ("audit", "deny", "deny"), ["sandbox"]),
    ],
)
def test_a_rule_has_its_effect_in_each_environment(
    configured: dict[str, Any], folder: str, wanted: tuple[str, ...], excluded: list[str]
) -> None:
    initiative = configured[f"{folder}/initiatives/baseline.json"]
    found = effects(initiative)
    assert tuple(found[f"podsec-{name}"] for name in ("host-ports", "privileged", "proc-mount")) == wanted
    assert initiative["properties"]["parameters"]["excludedNamespaces"]["defaultValue"] == [*OTHERS, *excluded]


def test_an_environments_initiative_has_a_name_of_its_own(configured: dict[str, Any]) -> None:
    names = [value["name"] for path, value in configured.items() if "initiatives" in path]
    assert names == ["podsec-baseline", "podsec-baseline-dev", "podsec-baseline-prod"]


def test_a_definition_alone_has_its_rules_effect(configured: dict[str, Any]) -> None:
    for name, effect in (("privileged", "audit"), ("host-ports", "audit"), ("proc-mount", "deny")):
        definition = configured[f"azure-policy/definitions/{name}.json"]["properties"]["parameters"]
        assert definition["effect"]["defaultValue"] == effect
        assert definition["excludedNamespaces"]["defaultValue"] == [*OTHERS, "sandbox"]


def test_rules_joined_in_one_constraint_have_one_enforcement() -> None:
    specs = [spec for spec in SPECS if spec.id in ("privileged", "host-ports")]
    with pytest.raises(PodsecError, match=r"host-ports .deny. and privileged .warn. in one Constraint") as raised:
        compile_bundle(
            specs,
            minor=NEWEST_MINOR,
            targets=["gatekeeper-joined"],
            config=parse("rules: {privileged: {enforcement: warn}}"),
        )
    assert "--target gatekeeper " in (raised.value.hint or "")


def test_joined_rules_are_refused_in_an_environment_that_enforces_them_otherwise() -> None:
    specs = [spec for spec in SPECS if spec.id in ("privileged", "host-ports")]
    config = parse("environments: {dev: {enforcement: audit, rules: {privileged: deny}}}")
    with pytest.raises(PodsecError, match="in one Constraint"):
        compile_bundle(specs, minor=NEWEST_MINOR, targets=["gatekeeper-joined"], config=config)
    config = parse("environments: {dev: {enforcement: audit}}")
    made = compile_bundle(specs, minor=NEWEST_MINOR, targets=["gatekeeper-joined"], config=config)
    below = "overlays/dev/gatekeeper-joined"
    assert "dryrun" in made.files[f"{below}/then/kustomization.yaml"].decode()
    assert "ServerSideApply=true" in made.files[f"{below}/first/kustomization.yaml"].decode()
