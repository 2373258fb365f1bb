"""`podsec-compile scan` as a user runs it: what it prints in each format, and what it exits with."""

from __future__ import annotations

import datetime
import json
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from command_line import command, environment, on_a_terminal, podsec, put

from podsec_compile import waivers
from podsec_compile.evaluate import Request, judge
from podsec_compile.messages import message
from podsec_compile.reports import FORMATS
from shipped import SPECS, violation_of

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from conftest import Cli

PODS = """\
# two objects
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  hostNetwork: true
  containers:
  - name: web
    image: nginx
    ports:
    - containerPort: 80
      hostPort: 80
    securityContext:
      privileged: true
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: api, image: "acme/api:1", securityContext: {privileged: true}}
---
apiVersion: v1
kind: Pod
metadata: {name: fine}
spec:
  containers:
  - name: fine
    image: acme/fine:1
"""
LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: agent, namespace: kube-system}
  spec: {hostPID: true}
- apiVersion: v1
  kind: Pod
  metadata:
    name: "odd|name <b>&\\e[31m"
    namespace: ops
  spec:
    hostPID: true
    hostIPC: true
"""
CONFIG = """\
profile: baseline
exclude: {namespaces: [kube-system]}
waivers:
  - rule: host-namespaces
    match: {namespace: ops}
    owner: team|ops
    reason: It is watched.
    expires: 2027-01-31
"""
BROKEN = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n hostIPC: true\n"
TODAY = datetime.date(2026, 11, 25)


@pytest.fixture
def manifests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(waivers, "today", lambda: TODAY)
    put(tmp_path, {"podsec.yaml": CONFIG, "m/pods.yaml": PODS, "m/below/list.yml": LIST, "m/notes.txt": "no YAML: ["})
    return tmp_path


@pytest.mark.parametrize("form", FORMATS)
def test_it_prints(cli: Cli, manifests: Path, snapshot_text: SnapshotAssertion, form: str) -> None:
    put(manifests, {"m/broken.yaml": BROKEN})
    run = cli("scan", "m", "--format", form)
    assert run.code == 2
    assert run.err == "error: m/broken.yaml:5: no valid YAML: did not find expected key\n"
    assert run.out == snapshot_text


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("scan", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


@pytest.mark.parametrize("form", FORMATS)
def test_without_a_finding_it_exits_with_0(cli: Cli, manifests: Path, form: str) -> None:
    put(manifests, {"fine.yaml": PODS.rpartition("---\n")[2]})
    run = cli("scan", "fine.yaml", "--format", form)
    assert (run.code, run.err) == (0, "")


def test_findings_alone_are_exit_code_1(cli: Cli, manifests: Path) -> None:
    run = cli("scan", "m/pods.yaml")
    assert (run.code, run.err) == (1, "")
    assert run.out.endswith("4 findings in 2 of 3 objects\n")


def test_a_waiver_counts_up_to_its_last_day(cli: Cli, manifests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = cli("scan", "m/below")
    assert run.code == 0
    assert run.out.endswith("0 findings in 0 of 2 objects; 2 waived; 1 object in excluded namespaces\n")
    monkeypatch.setattr(waivers, "today", lambda: datetime.date(2027, 2, 1))
    run = cli("scan", "m/below")
    assert run.code == 1
    assert run.err == (
        "warning: podsec.yaml:4: the waiver of host-namespaces for namespace ops is over since 2027-01-31, and counts"
        " no more\n"
    )


def test_a_parameter_of_the_configuration_counts(cli: Cli, manifests: Path) -> None:
    put(manifests, {"podsec.yaml": "profile: baseline\nrules: {host-ports: {parameters: {allowedPorts: [80]}}}\n"})
    assert "host-ports" not in cli("scan", "m/pods.yaml").out
    assert "host-ports" in cli("scan", "m/pods.yaml", "--config", "/dev/null").out


def test_a_version_and_rules_can_be_chosen(cli: Cli, manifests: Path, rules: Path) -> None:
    assert "seccomp" not in cli("scan", "m/pods.yaml", "--profile", "restricted", "--kubernetes", "1.18").out
    found = cli("scan", "m/pods.yaml", "--specs", str(rules), "--config", "/dev/null").out
    assert found.count("own-rule") == 2


def test_standard_input_is_read(manifests: Path) -> None:
    done = subprocess.run(
        command("scan", "-", "--format", "json"), cwd=manifests, env=environment(), input=PODS.encode(),
        capture_output=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert {one["file"] for one in told["findings"]} == {"(standard input)"}
    assert told["summary"]["findings"] == 4


def test_a_place_is_that_of_the_offending_field(cli: Cli, manifests: Path) -> None:
    told = json.loads(cli("scan", "m/pods.yaml", "--format", "json").out)
    places = {(one["rule"], one["object"]["name"]): one["places"][0] for one in told["findings"]}
    lines = PODS.splitlines()
    for (rule, name), text in {
        ("host-namespaces", "web"): "hostNetwork: true",
        ("host-ports", "web"): "hostPort: 80",
        ("privileged", "web"): "privileged: true",
        ("privileged", "api"): 'privileged: true}}',
    }.items():  # fmt: skip
        place = places[rule, name]
        assert lines[place["line"] - 1][place["column"] - 1 :] == text
    assert places["privileged", "api"]["path"] == [
        "spec", "template", "spec", "containers", 0, "securityContext", "privileged"
    ]  # fmt: skip


def test_the_findings_are_those_of_the_reference(cli: Cli, manifests: Path) -> None:
    told = json.loads(cli("scan", "m/pods.yaml", "--format", "json", "--config", "/dev/null").out)
    found = {(one["object"]["name"], one["message"]) for one in told["findings"]}
    wanted = set()
    for value in yaml.safe_load_all(PODS):
        for spec in SPECS:
            places = judge(violation_of(spec), spec.subject, Request(value), spec.defaults)
            wanted |= {(value["metadata"]["name"], message(spec, places))} if places else set()
    assert found == wanted


def test_several_processes_say_what_one_says(manifests: Path) -> None:
    padding = "#" + "x" * 200 + "\n"
    many = "---\n".join(PODS.replace("name: web", f"name: web-{number}") + padding * 20 for number in range(1200))
    put(manifests, {"many.yaml": many, "broken.yaml": BROKEN})
    runs = [podsec("scan", "many.yaml", "broken.yaml", "--jobs", str(jobs), cwd=manifests) for jobs in (1, 3)]
    assert runs[0] == runs[1]
    assert runs[0].code == 2
    assert runs[0].out.endswith(" in 2400 of 3600 objects; 1 could not be read\n")


def test_a_terminal_sees_colours_and_no_escape_of_a_manifest(manifests: Path) -> None:
    shown = on_a_terminal("scan", "m", cwd=manifests)
    assert "\x1b[31mhigh    \x1b[0m" in shown or "\x1b[1;31mcritical\x1b[0m" in shown
    assert "\\x1b[31m" in shown
    assert "&\x1b[31m" not in shown


# --- the formats ------------------------------------------------------------------------------------------------------


def test_junit_is_xml_whose_counts_are_right(cli: Cli, manifests: Path) -> None:
    put(manifests, {"m/control.yaml": 'apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\e]"}\nspec: {hostPID: true}\n'})
    root = ET.fromstring(cli("scan", "m", "--format", "junit").out)  # noqa: S314  # our own
    assert len(root) == 6
    for suite in root:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.attrib["tests"])
        for name in ("failure", "skipped"):
            attribute = "failures" if name == "failure" else name
            assert len(suite.findall(f"testcase/{name}")) == int(suite.attrib[attribute])


def test_openreports_are_reports_with_a_name_of_their_own(cli: Cli, manifests: Path) -> None:
    told: list[Any] = list(yaml.safe_load_all(cli("scan", "m", "--format", "openreports").out))
    names = [one["metadata"]["name"] for one in told]
    assert len(set(names)) == len(names) == 5
    for one in told:
        assert (one["apiVersion"], one["kind"]) == ("openreports.io/v1alpha1", "Report")
        results = [result["result"] for result in one.get("results", [])]
        assert {name: results.count(name) for name in ("pass", "fail", "warn", "error", "skip")} == one["summary"]


def test_sarif_names_rules_by_their_place_and_suppresses_what_is_waived(cli: Cli, manifests: Path) -> None:
    (run,) = json.loads(cli("scan", "m", "--format", "sarif").out)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    waived = [one for one in run["results"] if "suppressions" in one]
    assert {one["ruleId"] for one in waived} == {"host-namespaces"}
    prints = [one["partialFingerprints"]["podsec/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]} == {
        "m/pods.yaml", "m/below/list.yml",
    }  # fmt: skip


def test_sarif_tells_the_version_of_a_source_and_fences_what_a_case_holds(
    rules: Path, manifests: Path, cli: Cli
) -> None:
    (run,) = json.loads(cli("scan", "m", "--format", "sarif").out)["runs"]
    helped = {one["id"]: one["help"]["markdown"] for one in run["tool"]["driver"]["rules"]}
    assert "- Pod Security Standards, as of Kubernetes 1.37: privileged" in helped["privileged"]
    (own,) = rules.rglob("own_rule.py")
    own.write_text(own.read_text().replace("bad={", 'bad={"fence": "securityContext: {privileged: true}\\n# ```",'))
    told = cli("scan", "m", "--specs", str(rules), "--config", "/dev/null", "--format", "sarif").out
    (rule,) = json.loads(told)["runs"][0]["tool"]["driver"]["rules"]
    assert "````yaml\nsecurityContext: {privileged: true}\n# ```\n````" in rule["help"]["markdown"]


def test_markdown_shows_a_reference_to_a_character_as_it_stands(cli: Cli, tmp_path: Path) -> None:
    put(tmp_path, {"x.yaml": 'apiVersion: v1\nkind: Pod\nmetadata: {name: "&lt;b&gt;"}\nspec: {hostPID: true}\n'})
    assert r"| Pod \&lt;b\&gt; |" in cli("scan", "x.yaml", "--format", "markdown").out


def test_markdown_keeps_its_table_whatever_a_name_holds(cli: Cli, manifests: Path) -> None:
    rows = [line for line in cli("scan", "m", "--format", "markdown").out.splitlines() if line.startswith("| m/")]
    assert len(rows) == 5
    assert {row.replace(r"\|", "").count("|") for row in rows} == {7}
    assert not any("<b>" in row.replace(r"\<b\>", "") for row in rows)
