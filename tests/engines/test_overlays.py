"""Overlays built by the real kustomize and judged by the engines: enforcement, excluded namespaces, and the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from binaries import binary, run
from comparing import question
from engines import Judge, gator_verify, kyverno_test
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.config import parse
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile.load import Spec

pytestmark = pytest.mark.engines

CONFIG = """\
rules:
  privileged: {enforcement: warn}
  host-probes-and-host-lifecycle: {enforcement: audit}
exclude: {namespaces: [kube-system]}
environments:
  dev: {enforcement: audit, rules: {host-ports: deny, untrusted-registry: warn}, exclude: {namespaces: [sandbox]}}
  staging: {enforcement: warn}
  prod: {}
"""
RULES = (
    "host-ports",
    "privileged",
    "host-probes-and-host-lifecycle",
    "untrusted-registry",
    "config-map-credential",
    "node-port",
)
JUDGED = {name: name for name in ("gatekeeper", "gatekeeper-cel", "kyverno", "kyverno-cel", "vap")}
# What each engine calls what a configuration calls deny, warn and audit.
ACTIONS = {
    "gatekeeper": {"deny": "deny", "warn": "warn", "audit": "dryrun"},
    "kyverno": {"deny": "Enforce", "warn": "Audit", "audit": "Audit"},
    "kyverno-cel": {"deny": "Deny", "warn": "Warn", "audit": "Audit"},
    "vap": {"deny": "Deny", "warn": "Warn,Audit", "audit": "Audit"},
}
ACTIONS["gatekeeper-cel"] = ACTIONS["gatekeeper"]
ENVIRONMENTS = {"": (), "dev": ("sandbox",), "staging": (), "prod": ()}
NAMESPACES = ("default", "kube-system", "sandbox", "kube-system-2")

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "spec": {
        "containers": [
            {
                "name": "c",
                "image": "quay.io/x",
                "ports": [{"hostPort": 80}],
                "securityContext": {"privileged": True},
                "livenessProbe": {"httpGet": {"host": "192.0.2.1", "port": 80}},
            }
        ]
    },
}
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"password": "Tr0ub4dor-and-3-more"}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "spec": {"type": "NodePort", "ports": [{"port": 80}]}}


@pytest.fixture(scope="module")
def chosen(specs: tuple[Spec, ...]) -> list[Spec]:
    return [spec for spec in specs if spec.id in RULES]


@pytest.fixture(scope="module")
def out(chosen: list[Spec], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with an overlay for each environment."""
    folder = tmp_path_factory.mktemp("overlays") / "out"
    write(compile_bundle(chosen, minor=NEWEST_MINOR, config=parse(CONFIG)), folder)
    return folder


def built(folder: Path) -> str:
    """What kustomize makes of a folder."""
    return run([binary("kustomize"), "build", folder], cwd=folder).stdout


def documents(folder: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(built(folder)))


def place(out: Path, environment: str, target: str) -> Path:
    return out / "overlays" / environment / target if environment else out / target


def expected(environment: str, rule: str) -> str:
    """The enforcement, said once more by hand."""
    return {
        "": {"privileged": "warn", "host-probes-and-host-lifecycle": "audit"}.get(rule, "deny"),
        "dev": {"host-ports": "deny", "untrusted-registry": "warn"}.get(rule, "audit"),
        "staging": {"host-probes-and-host-lifecycle": "audit"}.get(rule, "warn"),
        "prod": {"privileged": "warn", "host-probes-and-host-lifecycle": "audit"}.get(rule, "deny"),
    }[environment]


@pytest.mark.parametrize("target", JUDGED)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_overlay_is_judged_as_its_environment_says(
    environment: str, target: str, out: Path, chosen: list[Spec], tmp_path: Path
) -> None:
    file = tmp_path / "built.yaml"
    file.write_text(built(place(out, environment, target)))
    with Judge(target, file) as judge:
        for namespace in NAMESPACES:
            said: dict[str, str] = {}
            for value in (POD, CONFIG_MAP, SERVICE):
                there = {**value, "metadata": {"name": "x", "namespace": namespace}}
                for asked in (question(there, None, "CREATE"), question(there)):
                    answer = judge.ask([asked])[0]
                    assert answer["errors"] == []
                    said |= {one["policy"]: one["action"] for one in answer["violations"]}
            excluded = namespace in ("kube-system", *ENVIRONMENTS[environment])
            wanted = {
                f"podsec-{spec.id}": ACTIONS[target][expected(environment, spec.id)] for spec in chosen if not excluded
            }
            assert said == wanted, namespace


@pytest.mark.parametrize("target", JUDGED)
@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_an_overlay_holds_what_its_target_holds(environment: str, target: str, out: Path) -> None:
    def names(folder: Path) -> set[tuple[str, str]]:
        return {(one["kind"], one["metadata"]["name"]) for one in documents(folder)}

    assert names(place(out, environment, target)) == names(out / target)


@pytest.mark.parametrize("target", ["gatekeeper", "gatekeeper-cel", "vap"])
def test_what_needs_a_kind_of_another_waits_for_it(target: str, out: Path) -> None:
    later, earlier = "argocd.argoproj.io/sync-wave", {"ConstraintTemplate", "CustomResourceDefinition"}
    folder = place(out, "dev", target)
    for one in documents(folder):
        waits = one["metadata"].get("annotations", {})
        is_first = one["kind"] in {*earlier, "ValidatingAdmissionPolicy"}
        assert waits.get(later) == (None if is_first else "1"), one["kind"]
        skips = waits.get("argocd.argoproj.io/sync-options") == "SkipDryRunOnMissingResource=true"
        assert skips != is_first
    first, then = documents(folder / "first"), documents(folder / "then")
    assert len(first) + len(then) == len(documents(folder))
    flux = list(yaml.safe_load_all((folder / "flux.yaml").read_text()))
    assert [one["spec"]["path"] for one in flux] == [
        f"./out/overlays/dev/{target}/first", f"./out/overlays/dev/{target}/then"
    ]  # fmt: skip
    assert flux[1]["spec"]["dependsOn"] == [{"name": flux[0]["metadata"]["name"]}]


def test_a_warning_of_kyverno_is_one_of_the_policy(out: Path) -> None:
    for environment in ENVIRONMENTS:
        for one in documents(place(out, environment, "kyverno")):
            if one["kind"] == "ClusterPolicy":
                rule = one["metadata"]["name"].removeprefix("podsec-")
                assert one["spec"].get("emitWarning", False) == (expected(environment, rule) == "warn")


@pytest.mark.parametrize("target", ["gatekeeper", "gatekeeper-cel"])
def test_gators_own_tests_pass_whatever_the_enforcement(target: str, out: Path) -> None:
    done = gator_verify(out / target)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("target", ["kyverno", "kyverno-cel"])
def test_kyvernos_own_tests_pass_whatever_the_enforcement(target: str, out: Path) -> None:
    done = kyverno_test(out / target)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
