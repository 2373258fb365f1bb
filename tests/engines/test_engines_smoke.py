"""The lab itself: each judge denies what is bad, admits what is good, and never takes an error for a pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import engines

pytestmark = pytest.mark.engines

SMOKE = Path(__file__).parent / "smoke"
BUNDLES = ["gatekeeper", "gatekeeper-cel", "kyverno", "kyverno-cel", "vap"]
Object = dict[str, Any]


def pod(*privileged: bool, name: str = "pod", ephemeral: bool | None = None) -> Object:
    def container(label: str, value: bool) -> Object:
        return {"name": label, "image": "x", "securityContext": {"privileged": value}}

    spec: Object = {"containers": [container(f"c{n}", value) for n, value in enumerate(privileged)]}
    if ephemeral is not None:
        spec["ephemeralContainers"] = [container("debug", ephemeral)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def deployment(privileged: bool) -> Object:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod(privileged)["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "deployment"}, "spec": spec}


def requests(bad: bool) -> list[Object]:
    debug: Object = {"operation": "UPDATE", "subresource": "ephemeralcontainers"}
    return [
        {"id": "create", "operation": "CREATE", "object": pod(bad)},
        {"id": "second container", "operation": "CREATE", "object": pod(False, bad)},
        {"id": "update", "operation": "UPDATE", "object": pod(bad), "oldObject": pod(False)},
        {"id": "still", "operation": "UPDATE", "object": pod(bad, False), "oldObject": pod(bad)},
        {"id": "debug", **debug, "object": pod(False, ephemeral=bad), "oldObject": pod(False)},
        {"id": "deployment", "operation": "CREATE", "object": deployment(bad), "namespace": "shop"},
        {"id": "cluster", "object": pod(bad)},
        {"id": "cluster deployment", "object": deployment(bad), "namespace": "shop"},
    ]


@pytest.mark.parametrize("engine", BUNDLES)
def test_bad_is_denied_and_good_admitted(engine: str) -> None:
    with engines.Judge(engine, SMOKE / engine) as judge:
        assert judge.policies == ["smoke-privileged"]
        assert judge.warnings == []
        denied = judge.ask(requests(bad=True))
        admitted = judge.ask(requests(bad=False))
    for answer in denied:
        assert [v["policy"] for v in answer["violations"]] == ["smoke-privileged"], answer
        assert "is privileged" in answer["violations"][0]["message"]
        assert answer["violations"][0]["action"] in {"deny", "Enforce", "Deny"}
        assert answer["errors"] == []
    assert [answer["violations"] + answer["errors"] for answer in admitted] == [[]] * len(admitted)
    if engine.startswith("kyverno"):  # a rule that did not match would say nothing
        assert all(answer["passed"] for answer in admitted)


@pytest.mark.parametrize("engine", BUNDLES)
def test_an_update_sees_the_old_object(engine: str, tmp_path: Path) -> None:
    text = "\n---\n".join(file.read_text() for file in sorted((SMOKE / engine).iterdir()))
    # Judged by the old object alone: shows that it arrives, and that it is not the new one.
    new, old = {
        "gatekeeper": ("input.review.object.spec", "input.review.oldObject.spec"),
        "kyverno": ("request.object.spec", "request.oldObject.spec"),
    }.get(engine, (" object.spec", " oldObject.spec"))
    old = text.replace(new, old)
    assert old != text
    (tmp_path / "bundle.yaml").write_text(old)
    with engines.Judge(engine, tmp_path) as judge:
        better, worse = judge.ask(
            [
                {"operation": "UPDATE", "object": pod(False), "oldObject": pod(True)},
                {"operation": "UPDATE", "object": pod(True), "oldObject": pod(False)},
            ]
        )
    assert len(better["violations"]) == 1
    assert worse["violations"] == []
    assert better["errors"] == worse["errors"] == []


@pytest.mark.parametrize("engine", BUNDLES)
def test_a_broken_policy_is_a_load_error(engine: str) -> None:
    broken = sorted((SMOKE / f"broken-{engine}").iterdir())
    assert len(broken) >= 3
    for file in broken:
        with pytest.raises(engines.EngineError, match=rf"status 2.*{file.name}"), engines.Judge(engine, file):
            pass
    # Nor does a good policy beside it, or no policy at all, make it load.
    with (
        pytest.raises(engines.EngineError, match="status 2"),
        engines.Judge(engine, SMOKE / engine, broken[0]),
    ):
        pass
    other = SMOKE / ("gatekeeper" if engine == "kyverno" else "kyverno")
    with pytest.raises(engines.EngineError, match="status 2"), engines.Judge(engine, other):
        pass


@pytest.mark.parametrize("engine", BUNDLES)
def test_an_erring_policy_gives_errors(engine: str) -> None:
    for operation in ("CREATE", ""):
        with engines.Judge(engine, SMOKE / f"erring-{engine}") as judge:
            (answer,) = judge.ask([{"operation": operation, "object": pod(False, False)}])
        assert answer["violations"] == []
        assert len(answer["errors"]) == 1
        assert answer["errors"][0].startswith("smoke-erring")


@pytest.mark.parametrize("engine", BUNDLES)
def test_a_question_that_makes_no_sense_gives_errors(engine: str) -> None:
    nonsense: list[Object] = [
        {"operation": "CREATE"},
        {"operation": "CREATE", "object": pod(True), "oldObject": pod(True)},
        {"operation": "UPDATE", "object": pod(True)},
        {"operation": "PATCH", "object": pod(True)},
        {"operation": "CREATE", "object": {"spec": {}}},
        {"operation": "CREATE", "object": pod(True), "missspelt": 1},
        {"object": pod(True), "subresource": "ephemeralcontainers"},
    ]
    with engines.Judge(engine, SMOKE / engine) as judge:
        for answer in judge.ask(nonsense):
            assert answer["errors"], answer
            assert answer["violations"] == []


@pytest.mark.parametrize("engine", BUNDLES)
def test_five_hundred_containers(engine: str) -> None:
    big, bad = [False] * 500, [False] * 499 + [True]
    with engines.Judge(engine, SMOKE / engine) as judge:
        good, one = judge.ask([{"operation": "CREATE", "object": pod(*flags)} for flags in (big, bad)])
    assert good["violations"] == good["errors"] == one["errors"] == []
    assert "c499 is privileged" in one["violations"][0]["message"]


@pytest.mark.parametrize("engine", BUNDLES)
def test_many_answers_come_in_order(engine: str) -> None:
    with engines.Judge(engine, SMOKE / engine) as judge:
        many = [{"operation": "CREATE", "object": pod(n % 3 == 0, name="n" * 2000)} for n in range(3000)]
        for n, answer in enumerate(judge.ask(many)):
            assert answer["id"] == n
            assert len(answer["violations"]) == (1 if n % 3 == 0 else 0)


def test_a_template_with_both_is_judged_by_the_driver_that_was_asked_for() -> None:
    asked = [{"operation": operation, "object": pod(True)} for operation in ("CREATE", "")]
    for engine, words in (("gatekeeper", "Rego: containers c0"), ("gatekeeper-cel", "smoke: c0")):
        with engines.Judge(engine, SMOKE / "gatekeeper-cel") as judge:
            for answer in judge.ask(asked):
                assert [v["message"] for v in answer["violations"]] == [f"{words} is privileged"]


def test_the_api_server_decodes_before_it_asks_a_policy() -> None:
    wrong_type = json.loads(json.dumps(pod(False)).replace("false", '"no"'))
    with engines.Judge("vap", SMOKE / "vap") as judge:
        wrong, unknown_field, unknown_kind, nonsense = judge.ask(
            [
                {"operation": "CREATE", "object": wrong_type},
                {"operation": "CREATE", "object": {**pod(True), "spce": {}}},
                {"operation": "CREATE", "object": {**pod(True), "kind": "Pot"}},
                {"operation": "CREATE"},
            ]
        )
    for answer in (wrong, unknown_kind):
        assert answer["undecodable"]
        assert "not an object of the API" in answer["errors"][0]
    assert unknown_field["errors"] == []
    assert len(unknown_field["violations"]) == 1
    assert "undecodable" not in nonsense


def test_the_api_servers_type_checker_is_heard(tmp_path: Path) -> None:
    text = (SMOKE / "vap" / "policy.yaml").read_text()
    good = '"variables.privileged.size() == 0"'
    wrong = text.replace(good, '"object.?spec.hostNetwrok.orValue(false) == false"')
    assert wrong != text
    (tmp_path / "bundle.yaml").write_text(wrong)
    with engines.Judge("vap", tmp_path) as judge:
        assert len(judge.warnings) == 1
        assert judge.warnings[0].startswith("smoke-privileged: spec.validations[0].expression: ")
        assert "undefined field 'hostNetwrok'" in judge.warnings[0]


def test_parameters_of_an_admission_policy(tmp_path: Path) -> None:
    text = (SMOKE / "vap-parameters" / "bundle.yaml").read_text()
    named = [{**pod(False), "spec": {**pod(False)["spec"], "hostname": name}} for name in ("good", "bad")]
    asked = [{"operation": "CREATE", "object": one} for one in (*named, pod(False))]
    with engines.Judge("vap", SMOKE / "vap-parameters") as judge:
        assert judge.warnings == []
        good, bad, none = judge.ask(asked)
    assert good["violations"] == none["violations"] == good["errors"] == bad["errors"] == none["errors"] == []
    assert bad["violations"] == [
        {"policy": "smoke-hostname", "message": "smoke: bad is none of good", "action": "Deny"}
    ]
    missing, wrong = tmp_path / "missing.yaml", tmp_path / "wrong.yaml"
    missing.write_text(text.replace("paramRef:\n    name: smoke", "paramRef:\n    name: other"))
    with engines.Judge("vap", missing) as judge:
        for answer in judge.ask(asked):
            assert answer["violations"] == []
            assert "no params found" in answer["errors"][0]
    for change in (("hostnames: [good]", "hostnmaes: [good]"), ("hostnames: [good]", "hostnames: good")):
        wrong.write_text(text.replace(*change))
        with pytest.raises(engines.EngineError, match="status 2"), engines.Judge("vap", wrong):
            pass


def test_kyvernos_own_pod_security_rule(tmp_path: Path) -> None:
    folder = SMOKE / "kyverno-pod-security"
    with engines.Judge("kyverno", folder) as judge:
        bad, good = judge.ask([{"operation": "CREATE", "object": pod(flag)} for flag in (True, False)])
    assert {v["policy"] for v in bad["violations"]} == {"smoke-baseline", "smoke-restricted"}
    assert {v["policy"] for v in good["violations"]} == {"smoke-restricted"}
    assert bad["errors"] == good["errors"] == []
    text = (folder / "bundle.yaml").read_text()
    for version, accepted in (("v1.19", True), ("v1.32", True), ("v1.33", False), ("v1.18", False), ("1.32", False)):
        (tmp_path / "bundle.yaml").write_text(text.replace("latest", version))
        try:
            with engines.Judge("kyverno", tmp_path) as judge:
                assert judge.ask([{"operation": "CREATE", "object": pod(True)}])[0]["violations"]
        except engines.EngineError:
            assert not accepted, version
        else:
            assert accepted, version


def test_a_dead_judge_raises() -> None:
    with engines.Judge("gatekeeper", SMOKE / "gatekeeper") as judge:
        assert judge._process is not None
        judge._process.kill()
        with pytest.raises(engines.EngineError, match="died after 0 of 5000"):
            judge.ask([{"operation": "CREATE", "object": pod(True, name="n" * 2000)}] * 5000)


def test_pod_security_names_each_check() -> None:
    with engines.Judge("psa") as judge:
        asked = [
            {"object": pod(True), "level": "baseline", "version": "latest"},
            {"object": deployment(privileged=True), "level": "baseline", "version": "v1.25"},
            {"object": pod(False), "level": "baseline", "version": "latest"},
            {"object": pod(False), "level": "restricted", "version": "latest"},
        ]
        bad, controller, good, restricted = judge.ask(asked)
        wrong_type = json.loads(json.dumps(pod(False)).replace("false", '"no"'))
        errors = judge.ask(
            [
                {"object": wrong_type, "level": "baseline", "version": "latest"},
                {"object": {**pod(False), "spce": {}}, "level": "baseline", "version": "latest"},
                {"object": pod(False), "level": "privileged", "version": "latest"},
                {"object": pod(False), "level": "baseline", "version": "1.25"},
            ]
        )
    for answer in (bad, controller):
        assert not answer["allowed"]
        assert [name for name, check in answer["checks"].items() if not check["allowed"]] == ["privileged"]
    assert good["allowed"]
    assert good["errors"] == []
    assert good["overridden"] == []
    assert not restricted["allowed"]
    assert not restricted["checks"]["runAsNonRoot"]["allowed"]
    assert "seccompProfile_baseline" in restricted["overridden"]
    assert "seccompProfile_baseline" not in restricted["checks"]
    for answer in errors:
        assert not answer["allowed"]
        assert answer["errors"]


def test_fixtures_are_there() -> None:
    fixtures = engines.fixtures_dir()
    assert (fixtures / "restricted" / "v1.25" / "fail").is_dir()
    assert len(list(fixtures.rglob("*.yaml"))) > 4000


def _objects(folder: Path, *objects: Object) -> Path:
    file = folder / "objects.yaml"
    file.write_text("\n---\n".join(json.dumps(one) for one in objects))
    return file


def test_gator_test(tmp_path: Path) -> None:
    bad = engines.gator_test(SMOKE / "gatekeeper", _objects(tmp_path, pod(True), deployment(privileged=True)))
    assert sorted(result["violatingObject"]["kind"] for result in bad) == ["Deployment", "Pod"]
    assert engines.gator_test(SMOKE / "gatekeeper", _objects(tmp_path, pod(False))) == []
    with pytest.raises(engines.EngineError, match="unsafe"):
        engines.gator_test(SMOKE / "broken-gatekeeper" / "syntax.yaml", _objects(tmp_path, pod(False)))


def test_kyverno_apply(tmp_path: Path) -> None:
    objects = _objects(tmp_path, pod(True), pod(False, name="good"), deployment(privileged=True))
    results = engines.kyverno_apply(SMOKE / "kyverno", objects)
    assert [(r["rule"], r["resources"][0]["name"], r["result"]) for r in results] == [
        ("autogen-privileged", "deployment", "fail"),
        ("privileged", "good", "pass"),
        ("privileged", "pod", "fail"),
    ]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {}}
    assert engines.kyverno_apply(SMOKE / "kyverno", _objects(tmp_path, service)) == []
    for broken in (SMOKE / "broken-kyverno").iterdir():
        with pytest.raises(engines.EngineError):
            engines.kyverno_apply(broken, objects)


def test_the_engines_own_test_files(tmp_path: Path) -> None:
    assert engines.gator_verify(SMOKE / "gatekeeper-suite").returncode == 0
    assert engines.kyverno_test(SMOKE / "kyverno-suite").returncode == 0
    for name, helper, text in (
        ("gatekeeper-suite", engines.gator_verify, "suite.yaml"),
        ("kyverno-suite", engines.kyverno_test, "kyverno-test.yaml"),
    ):
        folder = tmp_path / name
        subprocess.run(["cp", "-r", SMOKE / name, folder], check=True)
        subprocess.run(["cp", "-r", SMOKE / name.removesuffix("-suite"), tmp_path], check=True)
        suite = folder / text
        changed = suite.read_text().replace("good.yaml", "bad.yaml").replace("resources: [good]", "resources: [bad]")
        assert changed != suite.read_text()
        suite.write_text(changed)
        assert helper(folder).returncode == 1
    assert engines.kyverno_test(tmp_path / "gatekeeper").returncode != 0  # no tests are no success
