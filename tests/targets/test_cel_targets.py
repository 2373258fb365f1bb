"""The targets whose policies are in CEL: what each engine asks of their shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from manifests import Manifests

from podsec_compile.kinds import POD, SUBJECTS
from podsec_compile.messages import frame
from shipped import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICIES = ("vap", "kyverno-cel")


@pytest.fixture(scope="module")
def shipped() -> Manifests:
    return Manifests(SPECS)


def sources(manifests: Manifests) -> Iterator[tuple[str, Any, Any]]:
    """Give each rule with the CEL of each of its policies: its conditions, and the rest."""
    for rule in manifests.specs:
        for name in POLICIES:
            spec = manifests.only(f"{name}/policies/{rule}.yaml")["spec"]
            yield rule, spec["matchConditions"], spec
        (target,) = manifests.only(f"gatekeeper-cel/templates/{rule}.yaml")["spec"]["targets"]
        (native,) = (code["source"] for code in target["code"] if code["engine"] == "K8sNativeValidation")
        yield rule, native["matchCondition"], native


def test_conditions_mention_no_variable_and_each_variable_only_earlier_ones(
    manifests: Manifests, shipped: Manifests
) -> None:
    for rule, conditions, spec in (*sources(manifests), *sources(shipped)):
        assert not [one for one in conditions if "variables." in one["expression"]], rule
        known = {"params"}
        for one in spec["variables"]:
            bare = re.sub(r'"(?:[^"\\\\]|\\\.)*"', "", one["expression"])
            assert set(re.findall(r"\bvariables\.(\w+)", bare)) <= known, rule
            known.add(one["name"])


def test_every_policy_fails_closed_and_has_a_message_to_fall_back_on(manifests: Manifests) -> None:
    for rule, _, spec in sources(manifests):
        (validation,) = spec["validations"]
        before, _ = frame(manifests.specs[rule])
        assert spec["failurePolicy"] == "Fail"
        assert validation["message"].startswith(re.sub(r"[\r\n]+", " ", before)[:-2])
        assert "\n" not in validation["message"]


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_matches_every_resource_of_its_subject_on_create_and_update(manifests: Manifests, name: str) -> None:
    for rule, spec in manifests.specs.items():
        rules = manifests.only(f"{name}/policies/{rule}.yaml")["spec"]["matchConstraints"]["resourceRules"]
        found = {(group, one) for entry in rules for group in entry["apiGroups"] for one in entry["resources"]}
        assert found == {(one.group, plural) for one in spec.subject.resources for plural in one.plurals}
        assert all(entry["operations"] == ["CREATE", "UPDATE"] for entry in rules)
        assert (("", "pods/ephemeralcontainers") in found) == (spec.subject is POD)


def test_every_kind_has_the_plural_that_kubernetes_gives_it() -> None:
    plurals = {one.plurals[0] for subject in SUBJECTS.values() for one in subject.resources}
    assert plurals == {
        "pods", "podtemplates", "replicationcontrollers", "daemonsets", "deployments", "replicasets", "statefulsets",
        "cronjobs", "jobs", "configmaps", "services", "serviceaccounts", "secretproviderclasses", "azureidentities",
        "azureidentitybindings",
    }  # fmt: skip


def test_parameters_have_a_kind_an_object_and_a_binding_that_denies_without_it(manifests: Manifests) -> None:
    crd = manifests.only("vap/crds/plain.yaml")
    binding, given = manifests.documents("vap/bindings/plain.yaml")
    kind = manifests.only("vap/policies/plain.yaml")["spec"]["paramKind"]
    assert kind == {"apiVersion": given["apiVersion"], "kind": given["kind"]}
    assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
    assert kind == {"apiVersion": f"{crd['spec']['group']}/v1", "kind": crd["spec"]["names"]["kind"]}
    assert binding["spec"]["paramRef"] == {"name": given["metadata"]["name"], "parameterNotFoundAction": "Deny"}
    assert given["spec"] == {"allowedPorts": [8080]}
    assert "paramKind" not in manifests.only("vap/policies/no-node-port.yaml")["spec"]
    assert len(manifests.documents("vap/bindings/no-node-port.yaml")) == 1


def test_gatekeeper_gets_the_same_rego_constraints_and_suite_with_cel_beside(shipped: Manifests) -> None:
    for path, text in shipped.files.items():
        if path.startswith("gatekeeper/") and not path.endswith(("kustomization.yaml", "suite.yaml")):
            with_cel = shipped.files[path.replace("gatekeeper/", "gatekeeper-cel/", 1)]
            assert with_cel.startswith(text.rstrip("\n")), path
