"""Waivers in the real engines: what they spare and nothing else, and no longer than up to the end of their day."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from comparing import FOLDERS, Reference, disagreements, question, started
from compiled import Bare, write_bare
from engines import gator_verify, kyverno_test
from podsec_compile import ir, waivers
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.config import Match, Waiver, parse
from podsec_compile.kinds import CONFIG_MAP, POD, Resource
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from pathlib import Path

    from comparing import Question
    from podsec_compile.load import Spec

pytestmark = [pytest.mark.engines, pytest.mark.deep]

WITH_A_CLOCK = ("gatekeeper", "kyverno", "kyverno-cel")
HOSTILE = 'a\n"b" {{ request.object }} $(x) */ // # \\ `c` ---\n: d'
KEY = "x{{ y }} '\"`$(z)\\ .|"
HOST_PORTS = {
    "everything together": Match(
        "monitoring", "node-*", (("app", "x"), ("example.com/a.b", "")), "registry.example/team"
    ),
    "a name": Match(name="exporter"),
    "a name's start": Match(name="web*"),
    "a namespace": Match(namespace="legacy"),
    "labels": Match(labels=(("tier", "old"),)),
    "texts that mean something elsewhere": Match(labels=((KEY, HOSTILE),)),
    "a registry": Match(image="localhost:5000"),
    "a repository of Docker Hub": Match(image="docker.io/library/nginx"),
}
CONFIG_MAPS = {"a name": Match(namespace="legacy", name="settings*"), "a label": Match(labels=(("tier", "old"),))}
NAMES = ("exporter", "exporter-2", "web", "webhook", "we", "node-1", "settings-1")
NAMESPACES = ("monitoring", "legacy", "default")
LABELS: tuple[dict[str, Any], ...] = (
    {}, {KEY: HOSTILE}, {KEY: HOSTILE[:-1]},
    {"tier": "old"}, {"tier": "older"}, {"app": "x", "example.com/a.b": ""}, {"app": "x"}, {"tier": None},
)  # fmt: skip
IMAGES: tuple[tuple[str, ...], ...] = (
    ("registry.example/team/a:1", "registry.example/team@sha256:" + "0" * 64),
    ("registry.example/team/a:1", "registry.example/teams/a"),
    ("localhost:5000/a", "localhost:5000/b/c:1"),
    ("localhost:5000/a", "localhost:5001/a"),
    ("nginx", "docker.io/nginx:1"),
    ("nginx", "nginx/nginx"),
    ("Not an image",),
)


def waiver(rule: str, match: Match, days: int = 0) -> Waiver:
    """A waiver whose last day is some days from today."""
    return Waiver(rule, match, "team " + HOSTILE, HOSTILE, waivers.today() + datetime.timedelta(days=days))


def pod(name: str, labels: dict[str, Any], images: tuple[str, ...], volume: str | None = None) -> dict[str, Any]:
    """A pod that takes a port of the node; its last image is that of an init container."""
    containers = [{"name": f"c{n}", "image": one, "ports": [{"hostPort": 80}]} for n, one in enumerate(images)]
    spec: dict[str, Any] = {"containers": containers[:1], "initContainers": containers[1:]}
    if volume is not None:
        spec["volumes"] = [{"name": "v", "image": {"reference": volume}}, {"name": "w", "emptyDir": {}}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def carried(value: dict[str, Any], resource: Resource, namespace: str) -> dict[str, Any]:
    """A pod as a resource holds it: its own name and namespace, labels that decide nothing, the pod's below."""
    own = {"name": value["metadata"]["name"], "namespace": namespace}
    if not resource.path:
        return {**value, "metadata": {**value["metadata"], **own}}
    inner: Any = {"metadata": {"labels": value["metadata"]["labels"]}, "spec": value["spec"]}
    for name in reversed(resource.path):
        inner = {name: inner}
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    return {**head, "metadata": {**own, "labels": {"tier": "decides nothing"}}, **inner}


def asked() -> list[Question]:
    """Requests that a waiver fits or nearly fits, of every kind, operation and subresource."""
    pods = [pod(name, {}, ("x",)) for name in NAMES]
    pods += [pod("node-1", labels, images) for labels in LABELS for images in IMAGES]
    pods += [pod("a", {}, ("localhost:5000/a",), volume) for volume in ("localhost:5000/v", "localhost/v")]
    found = []
    for number, one in enumerate(pods):
        for namespace in NAMESPACES:
            resource = POD.resources[number % len(POD.resources)]
            for each in (POD.resources[0], resource):
                found.append(question(carried(one, each, namespace), None, "CREATE"))
        found.append(question(carried(one, POD.resources[0], "legacy")))
    clean = pod("exporter", {}, ("x",))
    clean["spec"]["containers"][0].pop("ports")
    for namespace in NAMESPACES:
        bad = carried(pod("exporter", {"tier": "old"}, ("x",)), POD.resources[0], namespace)
        old = carried(clean, POD.resources[0], namespace)
        found.append(question(bad, old, "UPDATE"))
        found.append(question(carried(pod("b", {}, ("x",)), POD.resources[0], namespace), old, "UPDATE"))
        debugged = {**old, "spec": {**old["spec"], "ephemeralContainers": bad["spec"]["containers"]}}
        found.append(question(debugged, old, "UPDATE", "ephemeralcontainers"))
        for name in NAMES:
            for labels in LABELS:
                meta = {"name": name, "namespace": namespace, "labels": labels}
                data = {"password": "Tr0ub4dor-and-3-more"}
                found.append(
                    question({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}, None, "CREATE")
                )
    return found


class WaivedReference(Reference):
    """The meaning of rules with their waivers, all of which count today."""

    def __init__(self, rules: list[Bare]) -> None:
        super().__init__([rule.spec for rule in rules])
        self.waived = {f"podsec-{rule.spec.id}": rule for rule in rules}

    def messages(self, asked: Question, engine: str = "") -> dict[str, str]:
        return {
            policy: text
            for policy, text in super().messages(asked, engine).items()
            if not any(
                waivers.fits(one, self.waived[policy].spec.subject, asked["object"])
                for one in self.waived[policy].waived
            )
        }


@pytest.fixture(scope="module")
def rules(specs: tuple[Spec, ...]) -> list[Bare]:
    """Two rules with a waiver of each kind, which all end today."""
    known = {spec.id: spec for spec in specs}
    found = []
    for rule, matches, subject in (
        ("host-ports", HOST_PORTS, POD),
        ("config-map-credential", CONFIG_MAPS, CONFIG_MAP),
        ("untrusted-registry", {"a name": Match(name="web*")}, POD),
    ):
        ones = [waiver(rule, one) for one in matches.values()]
        waived = waivers.of_rule(ones, rule, subject)
        found.append(Bare(known[rule], NEWEST_MINOR, known[rule].defaults, waived=waived))
    return found


@pytest.mark.parametrize("engine", FOLDERS)
def test_a_waiver_spares_what_it_fits_and_nothing_else(engine: str, rules: list[Bare], tmp_path: Path) -> None:
    write_bare(rules, engine, tmp_path)
    reference, bare = WaivedReference(rules), Reference([rule.spec for rule in rules])
    questions = asked()
    spared = sum(reference.messages(one) != bare.messages(one) for one in questions)
    assert len(questions) // 8 < spared < len(questions) * 7 // 8, f"{spared} of {len(questions)}"
    with started(engine, tmp_path) as judge:
        found = disagreements(judge, reference, questions)
    assert not found, f"{len(found)} of {len(questions)}, the first:\n{found[0]}"


def denied(engine: str, spec: Spec, waived: ir.Waived, folder: Path, wait: float = 0) -> list[bool]:
    """Whether an engine denies what a waiver fits: at once, and if asked for, once more after a while."""
    write_bare([Bare(spec, NEWEST_MINOR, spec.defaults, waived=(waived,))], engine, folder)
    one = question(carried(pod("exporter", {}, ("x",)), POD.resources[0], "legacy"), None, "CREATE")
    found = []
    with started(engine, folder) as judge:
        for pause in (0.0, wait) if wait else (0.0,):
            time.sleep(pause)
            answer = judge.ask([one])[0]
            assert answer["errors"] == []
            found.append(bool(answer["violations"]))
    return found


@pytest.fixture(scope="module")
def host_ports(specs: tuple[Spec, ...]) -> Spec:
    return next(spec for spec in specs if spec.id == "host-ports")


@pytest.mark.parametrize("engine", WITH_A_CLOCK)
@pytest.mark.parametrize(("days", "over"), [(-365, True), (-1, True), (0, False), (1, False), (365, False)])
def test_an_engine_with_a_clock_knows_the_day(
    engine: str, days: int, over: bool, host_ports: Spec, tmp_path: Path
) -> None:
    waived = waivers.waived(waiver("host-ports", HOST_PORTS["a name"], days), POD)
    assert denied(engine, host_ports, waived, tmp_path) == [over]


@pytest.mark.parametrize("engine", WITH_A_CLOCK)
def test_a_waiver_ends_while_the_engine_runs(engine: str, host_ports: Spec, tmp_path: Path) -> None:
    wait = 25.0  # the engine has to have started by then
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=wait - 1)
    waived = replace(
        waivers.waived(waiver("host-ports", HOST_PORTS["a name"]), POD), until=f"{until:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert denied(engine, host_ports, waived, tmp_path, wait) == [False, True]


@pytest.mark.parametrize("engine", sorted({*FOLDERS} - {*WITH_A_CLOCK}))
def test_an_engine_without_a_clock_holds_a_waiver_as_compiled(engine: str, host_ports: Spec, tmp_path: Path) -> None:
    """So `build` and `check` refuse one that is over (tests/test_waivers.py)."""
    waived = waivers.waived(waiver("host-ports", HOST_PORTS["a name"], 0), POD)
    assert denied(engine, host_ports, waived, tmp_path) == [False]
    assert denied(engine, host_ports, replace(waived, carrier=ir.Constant(value=False)), tmp_path) == [True]


BESIDE = """\
rules: {host-ports: {enforcement: audit}, privileged: {enforcement: warn}}
waivers:
  - {rule: host-ports, match: {image: registry.example/app}, owner: o, reason: r, expires: DAY}
  - {rule: privileged, match: {namespace: default}, owner: o, reason: r, expires: DAY}
  - {rule: untrusted-registry, match: {name: untrusted-registry-b*}, owner: o, reason: r, expires: DAY}
"""


@pytest.mark.parametrize("excluded", ["", "exclude: {namespaces: [default]}\n"])
@pytest.mark.parametrize("target", ["gatekeeper", "gatekeeper-cel", "gatekeeper-joined", "kyverno", "kyverno-cel"])
def test_an_engines_own_tests_pass_beside_waivers(
    target: str, excluded: str, specs: tuple[Spec, ...], tmp_path: Path
) -> None:
    text = BESIDE.replace("DAY", str(waivers.today())) + excluded
    if target == "gatekeeper-joined":
        text = text.partition("\n")[2]
    chosen = [spec for spec in specs if spec.id in ("host-ports", "privileged", "untrusted-registry", "node-port")]
    write(compile_bundle(chosen, minor=NEWEST_MINOR, targets=[target], config=parse(text)), tmp_path / "out")
    folder = tmp_path / "out" / target
    if target.startswith("kyverno") and excluded:
        assert not list(folder.rglob("kyverno-test.yaml"))
        return
    done = (kyverno_test if target.startswith("kyverno") else gator_verify)(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
