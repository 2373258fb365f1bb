"""Manifests: what is in each file, and that no text of a rule can become anything but text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from manifests import Manifests, literals, message, strings

from podsec_compile.catalogue import page, sections
from podsec_compile.compile import compile_bundle
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import Request, judge
from podsec_compile.load import load, load_file
from podsec_compile.messages import frame
from podsec_compile.profiles import select
from podsec_compile.render import Renderer
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import TARGETS, Compiled, target
from podsec_compile.targets.gatekeeper import kind
from shipped import SPECS

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from podsec_compile.load import Spec

RULES = load(Path(__file__).parent / "specs")
HOSTILE = next(spec for spec in RULES if spec.id == "hostile")
SPECIAL = HOSTILE.rule.title
RULE = '''"""Why."""
from podsec_compile.dsl import *

RULE = Rule(
    title="Title",
    level="own",
    forbid=pod.spec.hostPID.is_true(),
    remedy="mend it",
    good={"unset": ""},
    bad={"on": "spec: {hostPID: true}"},
)
'''
CONDITION = "pod.spec.hostPID.is_true()"
POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}
REVIEW = {"object": POD, "operation": "CREATE"}


def rule_file(folder: Path, text: str, name: str = "own_rule.py") -> Spec:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:  # its cases fit one of the conditions that are tried
        patch.setattr("podsec_compile.load._check_cases", lambda spec: None)
        return load_file(folder / name, folder)


# What is in each file


@pytest.mark.parametrize("rule", ["hostile", "plain"])
@pytest.mark.parametrize(
    "path",
    [
        "gatekeeper/templates",
        "gatekeeper/constraints",
        "gatekeeper-cel/templates",
        "kyverno/policies",
        "kyverno-cel/policies",
        "vap/crds",
        "vap/policies",
        "vap/bindings",
        "azure-policy/definitions",
    ],
    ids=lambda path: path.replace("/", "-"),
)
def test_manifest(manifests: Manifests, path: str, rule: str, yaml_snapshot: SnapshotAssertion) -> None:
    suffix = "json" if path.startswith("azure-policy") else "yaml"
    assert manifests.files[f"{path}/{rule}.{suffix}"] == yaml_snapshot


def test_every_file_is_yaml_of_the_expected_kind(manifests: Manifests) -> None:
    kinds = {
        r"gatekeeper(-cel)?/templates/(?!kustomization).*": "ConstraintTemplate",
        r"gatekeeper(-cel)?/constraints/(?!kustomization).*": r"Podsec[A-Z]\w*",
        r"gatekeeper(-cel)?/suite\.yaml": "Suite",
        r"kyverno/policies/(?!kustomization).*": "ClusterPolicy",
        r"kyverno-cel/policies/(?!kustomization).*": "ValidatingPolicy",
        r"kyverno(-cel)?/tests/[^/]+/kyverno-test\.yaml": "Test",
        r"kyverno(-cel)?/reports\.yaml": "ClusterRole",
        r"vap/crds/(?!kustomization).*": "CustomResourceDefinition",
        r"vap/policies/(?!kustomization).*": "ValidatingAdmissionPolicy",
        r"vap/bindings/(?!kustomization).*": r"ValidatingAdmissionPolicyBinding|Podsec[A-Z]\w*",
        r".*/kustomization\.yaml": "Kustomization",
        r"(kyverno(-cel)?/tests/[^/]+/resources|gatekeeper(-cel)?/tests/.*)\.yaml": r"[A-Z]\w*",
    }
    for path in (path for path in manifests.files if not path.startswith("azure-policy/")):
        (expected,) = (kind for pattern, kind in kinds.items() if re.fullmatch(pattern, path))
        documents = manifests.documents(path)
        assert documents, path
        assert len(documents) == 1 or path.endswith("resources.yaml") or path.startswith("vap/bindings/"), path
        for document in documents:
            assert re.fullmatch(expected, document["kind"]), path
            assert document["apiVersion"], path


def test_every_manifest_has_a_name_that_kubernetes_takes(manifests: Manifests) -> None:
    for rule in manifests.specs:
        for document in (manifests.template(rule), manifests.constraint(rule), manifests.policy(rule)):
            assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", document["metadata"]["name"])
        # Gatekeeper: a ConstraintTemplate is called as its kind is, in lower case.
        names = manifests.template(rule)["spec"]["crd"]["spec"]["names"]
        assert manifests.template(rule)["metadata"]["name"] == names["kind"].lower()
        assert manifests.constraint(rule)["kind"] == names["kind"] == kind(manifests.specs[rule])


def test_every_file_names_what_it_was_made_from_and_lists_are_complete(manifests: Manifests) -> None:
    for rule, spec in manifests.specs.items():
        for path in ("gatekeeper/templates", "gatekeeper/constraints", "kyverno/policies"):
            first = manifests.files[f"{path}/{rule}.yaml"].split("\n", 1)[0]
            assert first == f"# Generated by podsec-compile from {spec.file}; do not edit."
    for folder in ("gatekeeper/templates", "gatekeeper/constraints"):
        listed = manifests.only(f"{folder}/kustomization.yaml")["resources"]
        assert listed == [f"{rule}.yaml" for rule in manifests.specs]
    for name in ("kyverno", "kyverno-cel"):
        assert manifests.only(f"{name}/kustomization.yaml")["resources"] == [
            "reports.yaml",
            *(f"policies/{rule}.yaml" for rule in manifests.specs),
        ]


@pytest.mark.parametrize("name", ["kyverno", "kyverno-cel"])
def test_kyvernos_reports_controller_may_read_what_the_policies_match_and_nothing_else(
    manifests: Manifests, name: str
) -> None:
    role = manifests.only(f"{name}/reports.yaml")
    assert role["metadata"]["labels"] == {"rbac.kyverno.io/aggregate-to-reports-controller": "true"}
    assert role["metadata"]["name"] == f"podsec-{name}-reports"
    readable = {(group, one) for entry in role["rules"] for group in entry["apiGroups"] for one in entry["resources"]}
    assert all(entry["verbs"] == ["get", "list", "watch"] for entry in role["rules"])
    matched = {
        (group, one)
        for rule in manifests.specs
        for entry in manifests.only(f"kyverno-cel/policies/{rule}.yaml")["spec"]["matchConstraints"]["resourceRules"]
        for group in entry["apiGroups"]
        for one in entry["resources"]
    }
    assert readable == matched
    assert {("", "pods/ephemeralcontainers"), ("", "podtemplates"), ("batch", "cronjobs")} < readable


def test_every_path_that_a_file_names_is_in_the_bundle(manifests: Manifests) -> None:
    suite = manifests.only("gatekeeper/suite.yaml")
    for test in suite["tests"]:
        named = [test["template"], test["constraint"], *(case["object"] for case in test["cases"])]
        assert {f"gatekeeper/{path}" for path in named} <= manifests.files.keys()
    for rule in manifests.specs:
        test = manifests.only(f"kyverno/tests/{rule}/kyverno-test.yaml")
        assert test["policies"] == [f"../../policies/{rule}.yaml"]
        assert f"kyverno/policies/{rule}.yaml" in manifests.files
    for path in manifests.files:
        if path.endswith("kustomization.yaml"):
            for resource in manifests.only(path)["resources"]:
                place = (Path(path).parent / resource).as_posix()
                assert place in manifests.files or f"{place}/kustomization.yaml" in manifests.files


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        ("no-key-in-config-map", {"": ["ConfigMap"]}),
        ("no-node-port", {"": ["Service"]}),
        ("no-mounted-token", {"": ["ServiceAccount"]}),
        (
            "plain",
            {
                "": ["Pod", "PodTemplate", "ReplicationController"],
                "apps": ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
                "batch": ["CronJob", "Job"],
            },
        ),
    ],
)
def test_both_targets_match_the_kinds_of(manifests: Manifests, rule: str, kinds: dict[str, list[str]]) -> None:
    matched = manifests.constraint(rule)["spec"]["match"]["kinds"]
    assert {group: one["kinds"] for one in matched for group in one["apiGroups"]} == kinds
    (kyverno_rule,) = manifests.policy(rule)["spec"]["rules"]
    (resources,) = kyverno_rule["match"]["any"]
    assert sorted(resources["resources"]["kinds"]) == sorted(
        f"{group}/v1/{one}".lstrip("/") for group, ones in kinds.items() for one in ones
    )


def test_parameters_are_declared_with_type_and_help_and_set_to_their_defaults(manifests: Manifests) -> None:
    schema = manifests.template("plain")["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]
    assert schema["properties"] == {
        "allowedPorts": {
            "description": "Host ports that may be used.",
            "type": "array",
            "items": {"type": "integer"},
        }
    }
    assert manifests.constraint("plain")["spec"]["parameters"] == {"allowedPorts": [8080]}
    assert "parameters" not in manifests.constraint("no-node-port")["spec"]


@pytest.mark.parametrize("name", ["no", "on", "off", "yes", "null", "true", "y", "n", "allowedPorts"])
def test_a_parameter_may_be_called(tmp_path: Path, name: str) -> None:
    condition = f'each_container.image.one_of(param.strings("{name}", default=["a"], help=""))'
    manifests = Manifests([rule_file(tmp_path, RULE.replace(CONDITION, condition))])
    assert manifests.constraint("own-rule")["spec"]["parameters"] == {name: ["a"]}
    schema = manifests.template("own-rule")["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]
    assert list(schema["properties"]) == [name]
    assert manifests.violations("own-rule", REVIEW, {name: ["a"]}) == []


@pytest.mark.parametrize("name", ["default", "in", "null", "true", "import", "contains", "some_word"])
def test_a_rule_whose_name_is_a_word_of_rego_is_refused_or_compiles(tmp_path: Path, name: str) -> None:
    try:
        rule = rule_file(tmp_path, RULE, f"{name}.py")
    except PodsecError:
        return
    assert Manifests([rule]).violations(rule.id, REVIEW, {}) == []


def test_a_rules_id_has_47_characters_at_most_and_its_objects_names_63(tmp_path: Path) -> None:
    longest = rule_file(tmp_path, RULE, f"{'long_' * 9}er.py")
    assert len(longest.id) == 47
    manifests = Manifests([longest])
    for document in (
        manifests.template(longest.id),
        manifests.constraint(longest.id),
        manifests.policy(longest.id),
        *manifests.documents(f"kyverno/tests/{longest.id}/resources.yaml"),
    ):
        assert len(document["metadata"]["name"]) <= 63
    with pytest.raises(PodsecError, match="47 characters at most"):
        rule_file(tmp_path, RULE, f"{'long_' * 9}est.py")


# The engines' own tests


@pytest.mark.parametrize("minor", [0, 21, 24, 30, NEWEST_MINOR])
@pytest.mark.parametrize("engine", TARGETS)
def test_the_engines_tests_expect_what_the_shipped_rules_say_at(engine: str, minor: int) -> None:
    """A bundle for an older Kubernetes must pass its own tests, too."""
    manifests = Manifests(select(SPECS, None, minor), minor)
    wrong = [
        f"{rule}: {name}"
        for rule, name, review, is_bad in (gatekeeper_cases if engine == "gatekeeper" else kyverno_cases)(manifests)
        if bool(verdict(manifests.specs[rule], minor, review)) != is_bad
    ]
    assert wrong == []


def verdict(spec: Spec, minor: int, review: Any) -> tuple[str, ...]:
    compiled = Compiled(spec, minor, spec.defaults)
    asked = review.get("request", {})
    request = (
        Request(asked["object"], asked.get("oldObject"), asked["operation"])
        if asked
        else Request(review, None, "CREATE")
    )
    return judge(compiled.violation, spec.subject, request, spec.defaults)


def gatekeeper_cases(manifests: Manifests) -> list[tuple[str, str, Any, bool]]:
    return [
        (
            test["name"],
            case["name"],
            manifests.only(f"gatekeeper/{case['object']}"),
            case["assertions"][0]["violations"],
        )
        for test in manifests.only("gatekeeper/suite.yaml")["tests"]
        for case in test["cases"]
    ]


def kyverno_cases(manifests: Manifests) -> list[tuple[str, str, Any, bool]]:
    found = []
    for rule in manifests.specs:
        below = f"kyverno/tests/{rule}"
        objects = {one["metadata"]["name"]: one for one in manifests.documents(f"{below}/resources.yaml")}
        found += [
            (result["rule"], name, objects[name], result["result"] == "fail")
            for result in manifests.only(f"{below}/kyverno-test.yaml")["results"]
            for name in result["resources"]
        ]
    return found


@pytest.mark.parametrize(
    "names",
    [("on", "ON"), ("a b", "a-b"), ("!", "?"), ("é", "è"), ("x" * 60 + "1", "x" * 60 + "2")],
    ids=["case", "punctuation", "only punctuation", "accents", "long"],
)
def test_cases_with_names_alike_are_kept_apart_or_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    (one, ports), (other, network) = zip(names, ("hostPID: true", "hostPID: true, hostNetwork: true"), strict=True)
    bad = f'bad={{"{one}": "spec: {{{ports}}}", "{other}": "spec: {{{network}}}"}},'
    try:
        rule = rule_file(tmp_path, re.sub(r"bad=.*", lambda _: bad, RULE))
    except PodsecError:
        return
    manifests = Manifests([rule])
    (test,) = manifests.only("gatekeeper/suite.yaml")["tests"]
    objects = {case["name"]: manifests.only(f"gatekeeper/{case['object']}") for case in test["cases"]}
    assert "hostNetwork" not in objects[f"bad: {one}"]["spec"]
    assert "hostNetwork" in objects[f"bad: {other}"]["spec"]
    results = manifests.only(f"kyverno/tests/{rule.id}/kyverno-test.yaml")["results"]
    named = [name for result in results for name in result["resources"]]
    assert len(named) == len(set(named))


# Hostile texts


def test_the_hostile_texts_have_every_character_that_matters() -> None:
    for part in ["{{ x }}", "\\{{", "$(x)", "\\$(x)", "*", "|", "`", "'", '"', "\\", "\n", "\t", "\0", "\u2028"]:
        assert part in SPECIAL
    for part in ["\ufeff", "\U0001f600", "#", "---", "%}", "{%", "{#", "${", "%s", "!", "- ", "? ", ": "]:
        assert part in SPECIAL
    assert SPECIAL.endswith("  ")


@pytest.mark.parametrize("manifest", ["template", "policy"])
def test_annotations_hold_the_texts_to_the_letter(manifests: Manifests, manifest: str) -> None:
    annotations = getattr(manifests, manifest)("hostile")["metadata"]["annotations"]
    title = "metadata.gatekeeper.sh/title" if manifest == "template" else "policies.kyverno.io/title"
    described = "description" if manifest == "template" else "policies.kyverno.io/description"
    assert annotations[title] == SPECIAL
    assert annotations["podsec-compile/remedy"] == SPECIAL
    assert annotations["podsec-compile/sources"] == f"Pod Security Standards: {SPECIAL}"
    assert annotations[described] == f"{' '.join(SPECIAL.split())} To fix: {SPECIAL}"
    assert all(isinstance(text, str) for pair in annotations.items() for text in pair)


def test_parameters_hold_the_texts_to_the_letter(manifests: Manifests) -> None:
    schema = manifests.template("hostile")["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]
    assert {one["description"] for one in schema["properties"].values()} == {SPECIAL}
    assert manifests.constraint("hostile")["spec"]["parameters"] == {"names": [SPECIAL, "plain"], "suffix": SPECIAL}


def test_case_names_stand_in_the_suite_to_the_letter(manifests: Manifests) -> None:
    tests = {test["name"]: test["cases"] for test in manifests.only("gatekeeper/suite.yaml")["tests"]}
    names = [case["name"] for case in tests["hostile"]]
    assert names[:2] == [f"good: a {SPECIAL}", f"bad: a {SPECIAL}"]


def test_gatekeepers_message_and_literals_hold_the_texts_to_the_letter(manifests: Manifests) -> None:
    (bad,) = (case for case in HOSTILE.cases if case.verdict == "bad")
    before, behind = frame(HOSTILE)
    given: list[Any] = [{}, manifests.constraint("hostile")["spec"]["parameters"]]
    for parameters in given:
        (violation,) = manifests.violations("hostile", {"object": bad.object, "operation": "CREATE"}, parameters)
        assert violation["msg"] == f"{before}container plain{behind}"
    nearly = {**bad.object["spec"]["containers"][0], "image": SPECIAL.strip()}
    review = {"object": {**bad.object, "spec": {"containers": [nearly]}}, "operation": "CREATE"}
    assert manifests.violations("hostile", review, {}) == []


def test_kyvernos_message_and_literals_hold_the_texts_to_the_letter(manifests: Manifests) -> None:
    policy = manifests.policy("hostile")
    assert message(policy) == frame(HOSTILE)
    (rule,) = policy["spec"]["rules"]
    (context,) = rule["context"]
    found = list(strings(literals(context["variable"]["jmesPath"])))
    assert found.count(SPECIAL) == 7  # image, the two parameters, env, command, annotation, label
    (regex,) = (text for text in found if text.startswith("^"))
    assert regex == "^[`'\"{}$()*|#%!: -]{2,}\\n$"


def test_kyverno_finds_no_variable_reference_or_wildcard_in_a_text(manifests: Manifests) -> None:
    """Kyverno substitutes {{ }} and $( ) in every string of a rule, and a backslash before them is an escape."""
    for text in strings(manifests.policy("hostile")["spec"]):
        inner = text.removeprefix("{{ ").removesuffix(" }}")
        assert (text == inner) == ("{{" not in text)
        assert not re.search(r"\{\{|\}\}|\$\(|\\[{$]", inner), inner


def test_catalogue_and_explanation_hold_the_texts(manifests: Manifests) -> None:
    assert {one.heading: one.text for one in sections(HOSTILE)}["Fix"] == SPECIAL
    assert page(list(manifests.specs.values())).count("\n## ") == len(manifests.specs)


@pytest.mark.parametrize("folder", ["a\nkind: Evil", "a: b # c", "{{ x }}", "é"])
def test_the_path_of_a_rule_file_is_but_a_comment(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "own").mkdir(parents=True)
    (tmp_path / folder / "own/own_rule.py").write_text(RULE)
    try:
        rules = load(tmp_path)
    except PodsecError:
        return
    manifests = Manifests(rules)
    plain = Manifests([rule_file(tmp_path / "plain", RULE)])
    for path in ("gatekeeper/templates", "gatekeeper/constraints", "kyverno/policies"):
        assert manifests.only(f"{path}/own-rule.yaml") == plain.only(f"{path}/own-rule.yaml")


# Any text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=150)
@given(title=TEXTS, remedy=TEXTS, literal=TEXTS)
@example(title="a\x85b", remedy="\u2028", literal="\x85\u2029")
@example(title="\ud7ff\ue000", remedy="\uffff", literal="\ufffe\U0010ffff")
@example(title="{{", remedy="`", literal="'`'\\`")
@example(title="\x7f", remedy=" \xa0 .", literal="\r")
def test_any_text_comes_back_from_the_manifests(
    tmp_path_factory: pytest.TempPathFactory, title: str, remedy: str, literal: str
) -> None:
    assume(title.strip())
    assume(remedy.strip())
    condition = f"pod.spec.hostname == {literal!r}"
    folder = tmp_path_factory.getbasetemp() / "any-text"
    text = RULE.replace('"Title"', repr(title)).replace('"mend it"', repr(remedy)).replace(CONDITION, condition)
    manifests = Manifests([rule_file(folder, text)])
    template, policy = manifests.template("own-rule"), manifests.policy("own-rule")
    assert template["metadata"]["annotations"]["metadata.gatekeeper.sh/title"] == title
    assert policy["metadata"]["annotations"]["policies.kyverno.io/title"] == title
    for manifest in (template, policy):
        assert manifest["metadata"]["annotations"]["podsec-compile/remedy"] == remedy
    before, behind = frame(manifests.specs["own-rule"])
    assert (before, behind) == (f"own-rule ({title}): ", f". Fix: {remedy}{'' if remedy[-1] in '.!?' else '.'}")
    assert message(policy) == (before, behind)
    review = {"object": {**POD, "spec": {"hostname": literal}}, "operation": "CREATE"}
    (violation,) = manifests.violations("own-rule", review, {})
    assert violation["msg"] == f"{before}spec.hostname{behind}"


# Targets


def test_a_target_by_its_name_and_an_unknown_one_refused() -> None:
    for name in TARGETS:
        assert isinstance(target(name).files([], Renderer()), dict)
    with pytest.raises(PodsecError, match='no target "gatekeper"') as caught:
        target("gatekeper")
    assert caught.value.hint == 'did you mean "gatekeeper"?'


def test_a_bundle_of_one_target_has_the_same_files_as_the_bundle_of_all() -> None:
    whole = compile_bundle(RULES, minor=NEWEST_MINOR).files
    parts = [compile_bundle(RULES, minor=NEWEST_MINOR, targets=[name]).files for name in TARGETS]
    assert {path: content for part in parts for path, content in part.items()} == dict(whole)
