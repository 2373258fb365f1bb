"""All rules about the same thing in one ConstraintTemplate: what they share, and what stays each rule's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import regorus
import yaml

from podsec_compile.compile import compile_bundle
from podsec_compile.evaluate import Request, judge
from podsec_compile.kinds import POD
from podsec_compile.load import load
from podsec_compile.messages import message
from podsec_compile.render import Renderer
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import ON_REQUEST, TARGETS, Compiled, target
from shipped import SPECS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syrupy.assertion import SnapshotAssertion

    from podsec_compile.load import Spec

RULES = load(Path(__file__).parent / "specs")
OF_PODS = [spec for spec in SPECS if spec.subject is POD]


def joined(specs: Sequence[Spec]) -> dict[str, str]:
    rules = [Compiled(spec, NEWEST_MINOR, spec.defaults) for spec in specs]
    return target("gatekeeper-joined").files(rules, Renderer())


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return joined(RULES)


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    return joined(SPECS)


def sources(template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    rego, cel = yaml.safe_load(template)["spec"]["targets"][0]["code"]
    return rego["source"], cel["source"]


@pytest.mark.parametrize("folder", ["templates", "constraints"])
def test_manifest(files: dict[str, str], folder: str, yaml_snapshot: SnapshotAssertion) -> None:
    assert files[f"{folder}/pod.yaml"] == yaml_snapshot


def test_it_is_compiled_where_asked_for_alone() -> None:
    assert not set(ON_REQUEST) & set(TARGETS)
    bundle = compile_bundle(RULES, minor=NEWEST_MINOR)
    assert not [path for path in bundle.files if path.startswith("gatekeeper-joined/")]
    asked = compile_bundle(RULES, minor=NEWEST_MINOR, targets=["gatekeeper-joined"])
    assert {path.partition("/")[0] for path in asked.files} == {"gatekeeper-joined"}


def test_rules_about_the_same_thing_are_in_one_template_with_one_constraint(files: dict[str, str]) -> None:
    subjects = {spec.subject.type.lower() for spec in RULES}
    assert subjects == {"pod", "configmap", "service", "serviceaccount"}
    for folder in ("templates", "constraints"):
        found = {path for path in files if path.startswith(f"{folder}/")}
        assert found == {f"{folder}/{one}.yaml" for one in (*subjects, "kustomization")}
    for subject in subjects:
        template, constraint = (yaml.safe_load(files[f"{one}/{subject}.yaml"]) for one in ("templates", "constraints"))
        names = template["spec"]["crd"]["spec"]["names"]
        assert constraint["kind"] == names["kind"]
        assert template["metadata"]["name"] == names["kind"].lower()
        assert constraint["metadata"]["name"] == f"podsec-{subject}"


def test_a_rules_parameters_stand_under_its_id(files: dict[str, str]) -> None:
    template, constraint = (yaml.safe_load(files[f"{one}/pod.yaml"]) for one in ("templates", "constraints"))
    schema = template["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]["properties"]
    (hostile,) = (spec for spec in RULES if spec.id == "hostile")
    assert constraint["spec"]["parameters"]["hostile"] == json.loads(json.dumps(hostile.defaults, default=list))
    assert schema["hostile"]["properties"].keys() == hostile.defaults.keys()
    rego, cel = sources(files["templates/pod.yaml"])
    (module,) = (one for one in rego["libs"] if one.startswith("package lib.podsec.hostile\n"))
    assert 'object.get(input, ["parameters", "hostile"], {})' in module
    variables = {one["name"]: one["expression"] for one in cel["variables"]}
    assert variables["hostile_names"].startswith("variables.params.?hostile.?names.orValue(")


def test_each_module_in_rego_is_the_one_that_the_rule_has_alone(shipped: dict[str, str]) -> None:
    rego, _ = sources(shipped["templates/pod.yaml"])
    rules = [Compiled(spec, NEWEST_MINOR, spec.defaults) for spec in OF_PODS]
    alone = target("gatekeeper").files(rules, Renderer())
    for rule, module in zip(rules, rego["libs"], strict=True):
        (code,) = yaml.safe_load(alone[f"templates/{rule.spec.id}.yaml"])["spec"]["targets"][0]["code"]
        own = code["source"]["rego"].replace("package podsec.", "package lib.podsec.")
        assert module.strip() == own.replace('"parameters"', f'["parameters", "{rule.spec.id}"]').strip()
        assert f"data.{module.split()[1]}.violation[_]" in rego["rego"]


def test_together_the_rules_say_what_each_says_by_its_meaning(shipped: dict[str, str]) -> None:
    rego, _ = sources(shipped["templates/pod.yaml"])
    engine = regorus.Engine()
    for number, module in enumerate([rego["rego"], *rego["libs"]]):
        engine.add_policy(f"{number}.rego", module)
    for case in (case for spec in OF_PODS for case in spec.cases):
        engine.set_input_json(json.dumps({"review": {"object": case.object, "operation": "CREATE"}, "parameters": {}}))
        try:
            said = {one["msg"] for one in json.loads(engine.eval_rule_as_json("data.podsec.violation"))}
        except RuntimeError as stopped:  # regorus stops where OPA takes a call for undefined
            if re.search(r"error: `[a-z_.]+` expects \w+ argument", str(stopped)):
                continue
            raise
        request = Request(case.object, None, "CREATE")
        wanted = set()
        for spec in OF_PODS:
            rule = Compiled(spec, NEWEST_MINOR, spec.defaults)
            if places := judge(rule.violation, spec.subject, request, spec.defaults):
                wanted.add(message(spec, places))
        assert said == wanted, case.name


@pytest.mark.parametrize("specs", [RULES, SPECS], ids=["specs", "shipped"])
def test_a_variable_in_cel_stands_before_what_mentions_it(specs: Sequence[Spec]) -> None:
    _, cel = sources(joined(specs)["templates/pod.yaml"])
    known = {"params"}
    for one in cel["variables"]:
        assert one["name"] not in known
        assert set(re.findall(r"\bvariables\.(\w+)", one["expression"])) <= known, one["name"]
        known.add(one["name"])
    for one in cel["validations"]:
        assert set(re.findall(r"\bvariables\.(\w+)", one["expression"] + one["messageExpression"])) <= known


def test_rules_share_the_lists_and_what_they_judge(shipped: dict[str, str]) -> None:
    _, cel = sources(shipped["templates/pod.yaml"])
    names = [one["name"] for one in cel["variables"]]
    assert names.count("pod") == names.count("containers") == 1
    assert "containers_2" not in names
    assert len(cel["validations"]) == len(OF_PODS)


def test_an_object_is_asked_about_its_own_rule_alone(shipped: dict[str, str]) -> None:
    tests = yaml.safe_load(shipped["suite.yaml"])["tests"]
    subjects = {spec.id: spec.subject.type.lower() for spec in SPECS}
    assert {one["name"] for one in tests} == subjects.keys()
    for test in tests:
        file = f"{subjects[test['name']]}.yaml"
        assert (test["template"], test["constraint"]) == (f"templates/{file}", f"constraints/{file}")
        assertions = [one for case in test["cases"] for one in case["assertions"]]
        assert {one.get("message", f"^{test['name']} ") for one in assertions} == {f"^{test['name']} "}
