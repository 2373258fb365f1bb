"""Azure Policy: definitions and initiatives are what Azure takes, and no text of a rule is evaluated there."""

from __future__ import annotations

import base64
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure import DEFINITION, INITIATIVE, read
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from manifests import Manifests, strings
from test_manifests import RULE, TEXTS, rule_file

from podsec_compile.languages.arm import shortened
from podsec_compile.messages import description
from podsec_compile.profiles import LADDER, select
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets.azure_policy import OWN
from shipped import SPECS

if TYPE_CHECKING:
    from collections.abc import Callable

OUT = Path(__file__).parents[2] / "out/azure-policy"
FILES = sorted(OUT.rglob("*.json"))
# github.com/Azure/azure-policy, built-in-policies/policyDefinitions/Kubernetes: ContainerAllowedCapabilities.json
BUILT_IN = {
    "properties": {"displayName", "policyType", "mode", "description", "metadata", "parameters", "policyRule"},
    "details": {"templateInfo", "apiGroups", "kinds", "excludedNamespaces", "namespaces", "labelSelector", "values"},
    "effects": ["audit", "Audit", "deny", "Deny", "disabled", "Disabled"],
}


@pytest.fixture(scope="module")
def shipped() -> Manifests:
    return Manifests(SPECS)


def faults(document: Any) -> list[str]:
    """What the schema has against a definition or an initiative."""
    schema = INITIATIVE if document.get("type", "").endswith("policySetDefinitions") else DEFINITION
    return [f"{one.json_path}: {one.message[:200]}" for one in Draft202012Validator(schema).iter_errors(document)]


def definition(manifests: Manifests, rule: str) -> Any:
    return json.loads(manifests.files[f"azure-policy/definitions/{rule}.json"], object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), "a key twice: the last wins, and nobody says so"
    return dict(pairs)


# Shape


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.relative_to(OUT).as_posix())
def test_azure_accepts(file: Path) -> None:
    assert faults(json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)) == []


def test_there_are_definitions_and_initiatives() -> None:
    assert [one for one in FILES if one.parent.name == "definitions"]
    assert [one for one in FILES if one.parent.name == "initiatives"]


SPOILT: dict[str, Callable[[Any], object]] = {
    "another mode": lambda one: one.update(mode="All"),
    "no rule": lambda one: one.pop("policyRule"),
    "an unknown effect": lambda one: one["policyRule"]["then"].update(effect="block"),
    "an effect beside none": lambda one: one["policyRule"]["then"].pop("effect"),
    "two operators": lambda one: one["policyRule"]["if"].update(equals="a"),
    "all kinds": lambda one: one["policyRule"]["then"]["details"].update(kinds=["*"]),
    "a deprecated template": lambda one: one["policyRule"]["then"]["details"].update(constraintTemplate="https://a"),
    "another source": lambda one: one["policyRule"]["then"]["details"]["templateInfo"].update(sourceType="Inline"),
    "no excluded namespaces": lambda one: one["policyRule"]["then"]["details"].pop("excludedNamespaces"),
    "a type of a parameter": lambda one: one["parameters"]["effect"].update(type="Text"),
    "a long name": lambda one: one.update(displayName="a" * 129),
    "a long description": lambda one: one.update(description="a" * 513),
    "21 parameters": lambda one: one.update(
        parameters={f"a{number}": one["parameters"]["effect"] for number in range(21)}
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_the_schema_refuses(shipped: Manifests, spoil: Callable[[Any], object]) -> None:
    document = deepcopy(definition(shipped, "host-ports"))
    assert faults(document) == []
    spoil(document["properties"])
    assert faults(document)


def test_a_definition_has_what_built_in_ones_have(shipped: Manifests) -> None:
    properties = definition(shipped, "host-ports")["properties"]
    assert set(properties) == BUILT_IN["properties"]
    assert set(properties["policyRule"]["then"]["details"]) == BUILT_IN["details"]
    assert properties["parameters"]["effect"]["allowedValues"] == BUILT_IN["effects"]
    assert tuple(properties["parameters"])[: len(OWN)] == OWN
    selector = Draft202012Validator(properties["parameters"]["labelSelector"]["schema"])
    assert selector.is_valid({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]})
    assert not selector.is_valid({"matchLabels": {"a": 1}})
    assert not selector.is_valid({"matchExpressions": [{"key": "a", "operator": "Is"}]})


def test_azure_gets_gatekeepers_template_and_every_parameter_is_used(shipped: Manifests) -> None:
    for rule in shipped.specs:
        properties = definition(shipped, rule)["properties"]
        then = properties["policyRule"]["then"]
        assert then["effect"] == "[parameters('effect')]"
        content = base64.b64decode(then["details"]["templateInfo"]["content"], validate=True).decode()
        assert content == shipped.files[f"gatekeeper/templates/{rule}.yaml"]
        constraint = shipped.constraint(rule)["spec"]
        kinds = constraint["match"]["kinds"]
        assert {*then["details"]["kinds"]} == {one for entry in kinds for one in entry["kinds"]}
        assert {*then["details"]["apiGroups"]} == {one for entry in kinds for one in entry["apiGroups"]}
        assert then["details"].get("values", {}).keys() == constraint.get("parameters", {}).keys()
        own = {name: properties["parameters"][name]["defaultValue"] for name in constraint.get("parameters", {})}
        assert own == constraint.get("parameters", {})
        used = set(re.findall(r"\[parameters\('([^']+)'\)]", json.dumps(properties["policyRule"])))
        assert used == properties["parameters"].keys()


def test_each_profile_is_an_initiative_of_definitions_in_the_bundle(shipped: Manifests) -> None:
    for profile in LADDER:
        initiative = json.loads(shipped.files[f"azure-policy/initiatives/{profile}.json"])["properties"]
        listed = initiative["policyDefinitions"]
        ids = [one["policyDefinitionId"].rpartition("/podsec-")[2] for one in listed]
        assert len(ids) == len(select(SPECS, profile, NEWEST_MINOR))
        given: set[str] = set()
        for rule, one in zip(ids, listed, strict=True):
            assert one["parameters"].keys() == definition(shipped, rule)["properties"]["parameters"].keys()
            values = [re.fullmatch(r"\[parameters\('(.+)'\)]", each["value"]) for each in one["parameters"].values()]
            given |= {found[1] for found in values if found}
            assert all(values)
        assert given == initiative["parameters"].keys()


# Parameters of a rule


def one_of(name: str) -> str:
    return f'each_container.image.one_of(param.strings("{name}", default=["{name}"], help="Help."))'


def test_a_parameter_may_be_called_as_one_that_every_definition_has(tmp_path: Path) -> None:
    names = [*OWN, "allowed", "alloWed"]
    condition = " | ".join(map(one_of, names))
    manifests = Manifests([rule_file(tmp_path, RULE.replace("pod.spec.hostPID.is_true()", condition))])
    document = definition(manifests, "own-rule")
    assert faults(document) == []
    declared = document["properties"]["parameters"]
    assert len({name.lower() for name in declared}) == len(OWN) + len(names)
    values = document["properties"]["policyRule"]["then"]["details"]["values"]
    for name in names:
        own = re.fullmatch(r"\[parameters\('(.+)'\)]", values[name])
        assert own
        assert declared[own[1]]["defaultValue"] == [name]
    initiative = json.loads(manifests.files["azure-policy/initiatives/own.json"], object_pairs_hook=_once)
    assert faults(initiative) == []
    (reference,) = initiative["properties"]["policyDefinitions"]
    assert reference["parameters"].keys() == declared.keys()
    assert {one["value"][13:-3] for one in reference["parameters"].values()} == initiative["properties"][
        "parameters"
    ].keys()


# Texts

LOOKALIKES = st.sampled_from(["{}", "[{}]", "[[{}]", "[{}", "{}]", "[[{}]]", "[concat('a', '{}')]", "[]", "[[]", "["])
HOSTILE = st.builds(lambda text, frame: frame.replace("{}", text), TEXTS, LOOKALIKES)


@settings(max_examples=150)
@given(title=HOSTILE, why=HOSTILE, remedy=HOSTILE, default=HOSTILE)
@example(title="[x]", why="[x]", remedy="[resourceGroup().location]", default="[parameters('effect')]")
@example(title="[a\nb]", why="[a", remedy="b]", default="[[parameters('effect')]")
@example(title="a", why="[" + "a" * 600, remedy="a" * 600 + "]", default="[]")
@example(title="\U0001f600" * 64, why="\U0001f600" * 300, remedy="]", default="[\n]")
def test_azure_evaluates_no_text_of_a_rule(
    tmp_path_factory: pytest.TempPathFactory, title: str, why: str, remedy: str, default: str
) -> None:
    assume(all(text.strip() for text in (title, why, remedy)))
    condition = (
        f"each_container.image.one_of(param.strings('images', default=[{default!r}, 'b'], help={remedy!r}))"
        f" | (pod.spec.hostname == param.string('host', default={default!r}, help={title!r}))"
    )
    text = RULE.replace("pod.spec.hostPID.is_true()", condition)
    text = text.replace('"Title"', repr(title)).replace('"mend it"', repr(remedy))
    text = text.replace('"""Why."""', "__doc__ = " + repr(why))
    manifests = Manifests([rule_file(tmp_path_factory.getbasetemp() / "any-arm-text", text)])
    for path in ("definitions/own-rule", "initiatives/own"):
        document = json.loads(manifests.files[f"azure-policy/{path}.json"])
        properties = document["properties"]
        expressions = {one for one in strings(document) if re.fullmatch(r"\[parameters\('[A-Za-z0-9_-]+'\)]", one)}
        assert all(one[13:-3] in properties["parameters"] for one in expressions)
        for one in strings(document):
            if one not in expressions:
                read(one)
        prefix = "" if path.startswith("definitions") else "podsec-own-rule-"
        images, host = (properties["parameters"][prefix + name] for name in ("images", "host"))
        assert (images["defaultValue"], host["defaultValue"]) == ([*map(escaped, (default, "b"))], escaped(default))
        assert read(host["metadata"]["description"]) == shortened(title, 1024)
        assert faults(document) == []
    spec, told = manifests.specs["own-rule"], definition(manifests, "own-rule")["properties"]
    whole = description(spec)
    assert read(told["displayName"]) == shortened(f"Kubernetes: {title}", 128)
    assert read(told["description"]) == (whole if len(whole.encode("utf-16-le")) < 1024 else shortened(whole, 512))
    assert all(
        len(told[name].encode("utf-16-le")) // 2 <= most for name, most in (("displayName", 128), ("description", 512))
    )


def escaped(text: str) -> str:
    """The text in a definition that Azure reads as this one."""
    found = f"[{text}" if text[:1] == "[" and text[-1:] == "]" else text
    assert read(found) == text
    return found
