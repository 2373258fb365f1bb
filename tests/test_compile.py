"""Bundles: the same bytes everywhere, a hash of what each rule means, and out/ and docs/ in step with the rules."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from podsec_compile import catalogue
from podsec_compile.bundle import differences, render_lock
from podsec_compile.compile import compile_bundle, meaning
from podsec_compile.errors import PodsecError
from podsec_compile.load import load_file
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import TARGETS, Compiled
from shipped import SPECS

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
NEEDED = ("google-re2", "jinja2", "pyyaml", "typer")
PRINT_LOCK = """
import sys
from podsec_compile.bundle import render_lock
from podsec_compile.compile import compile_bundle
from podsec_compile.load import load
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR
sys.stdout.buffer.write(render_lock(compile_bundle(load(folder("policy_specs")), minor=NEWEST_MINOR)))
"""


def lock_made_by(python: str | Path, cwd: Path, **environment: str) -> bytes:
    """The podsec.lock of the shipped rules, which has the hash of every file, as another process makes it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    done = subprocess.run([python, "-c", PRINT_LOCK], cwd=cwd, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def lock() -> bytes:
    """The podsec.lock of the shipped rules as this process makes it."""
    return render_lock(compile_bundle(SPECS, minor=NEWEST_MINOR))


# The same bytes everywhere


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4294967295"},
        {"PYTHONOPTIMIZE": "2"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "Asia/Kathmandu"},
        {"LC_ALL": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "0"},
    ],
    ids=lambda environment: " ".join(map("=".join, environment.items())),
)
def test_the_bundle_is_the_same_with(lock: bytes, tmp_path: Path, environment: dict[str, str]) -> None:
    assert lock_made_by(sys.executable, tmp_path, **environment) == lock


def interpreter(version: str) -> str | None:
    """Find a Python of this version on the PATH, or where pyenv keeps them."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    candidates = [shutil.which(f"python{version}"), *map(str, kept)]
    for candidate in filter(None, candidates):
        asked = subprocess.run([candidate, "-c", "import sys; print(sys.version)"], capture_output=True, text=True)
        if asked.stdout.startswith(f"{version}."):
            return candidate
    return None


@pytest.fixture
def python(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Path:
    """A Python of the version asked for with the packages that we need, kept in pytest's cache."""
    version = str(request.param)
    found = interpreter(version)
    if found is None:
        pytest.skip(f"no Python {version} on the PATH or in ~/.pyenv/versions")
    locked = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()[:12]
    environment = Path(pytestconfig.cache.mkdir("pythons")) / f"{version}-{locked}"
    if not (environment / "ready").exists():
        shutil.rmtree(environment, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        install = [
            *uv,
            "pip",
            "install",
            "--python",
            str(environment / "bin/python"),
            "--constraint",
            "requirements.lock",
        ]
        for command in ([*uv, "venv", "--no-project", "--python", found, str(environment)], [*install, *NEEDED]):
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
            if done.returncode:
                pytest.skip(f"no packages for Python {version} (no network?): {done.stderr.strip()[-200:]}")
        (environment / "ready").touch()
    return environment / "bin/python"


@pytest.mark.parametrize("python", PYTHONS, indirect=True)
def test_the_bundle_is_the_same_with_python(lock: bytes, tmp_path: Path, python: Path) -> None:
    assert lock_made_by(python, tmp_path) == lock


# What is in the lock


def test_the_lock_says_what_was_compiled() -> None:
    bundle = compile_bundle(SPECS[:2], minor=25, profile="baseline", targets=["kyverno", "gatekeeper", "kyverno"])
    facts = json.loads(render_lock(bundle))
    assert re.fullmatch(r"\d+\.\d+\.\d+", facts.pop("podsec-compile"))
    for rule in facts["rules"].values():
        assert re.fullmatch("sha256:[0-9a-f]{64}", rule.pop("meaning"))
    assert facts["files"].keys() == bundle.files.keys()
    assert {name: facts[name] for name in facts if name != "files"} == {
        "kubernetes": "1.25",
        "profile": "baseline",
        "targets": ["gatekeeper", "kyverno"],
        "rules": {spec.id: {"level": spec.rule.level} for spec in SPECS[:2]},
    }


def test_every_file_is_text_with_one_newline_at_its_end_and_none_at_a_lines() -> None:
    for path, content in compile_bundle(SPECS, minor=NEWEST_MINOR).files.items():
        text = content.decode("utf-8")
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\r" not in text, path
        assert not re.search(r"[ \t]\n", text), path


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(PodsecError, match='there is no target "opa"'):
        compile_bundle(SPECS, minor=NEWEST_MINOR, targets=[*TARGETS, "opa"])


# The meaning

RULE = '''"""The reason."""
from podsec_compile.dsl import *

images = param.strings("images", default=["a", "b"], help="What is fine.")
RULE = Rule(
    title="The title",
    level="baseline",
    severity="low",
    sources=[pss("x")],
    forbid=each_container.image.one_of("c", "d")
    & ~each_container.image.one_of(images)
    & since("1.20", pod.spec.hostPID.is_true()),
    exempt=pod.spec.os.name == "windows",
    remedy="the remedy",
    good={"unset": ""},
    bad={"set": "spec: {hostPID: true, containers: [{image: c}]}"},
)
'''
FORBID = re.search(r"forbid=.*?\),\n(?=    exempt)", RULE, re.DOTALL)[0].rstrip()  # type: ignore[index]  # it is there


def meaning_of(folder: Path, text: str, minor: int = 30) -> str:
    """The hash of a rule's meaning; its cases, which fit one meaning only, are not tried."""
    file = folder / "own_rule.py"
    file.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("podsec_compile.load._check_cases", lambda spec: None)
        spec = load_file(file, folder)
    return meaning(Compiled(spec, minor, spec.defaults))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The title", "Another title"),
        ("The reason", "Another reason"),
        ("the remedy", "another remedy"),
        ('"low"', '"high"'),
        ('"baseline"', '"own"'),
        ('pss("x")', 'pss("x"), cis("1")'),
        ("What is fine.", "All that is fine."),
        ("images =", "images = others ="),
        ('"unset"', '"otherwise"'),
        ("\nRULE", "\n# A comment.\nRULE"),
        ("& ~each", "& ~~~each"),
        ('"c", "d"', '"d", "c"'),
        ('"c", "d"', '"c", "d", "c"'),
        ("    level", "    introduced='1.1',\n    level"),
    ],
)
def test_the_meaning_stays_where_another_wording_replaces(tmp_path: Path, old: str, new: str) -> None:
    assert RULE.count(old) >= 1
    assert meaning_of(tmp_path, RULE.replace(old, new, 1)) == meaning_of(tmp_path, RULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"c", "d"', '"c", "e"'),
        ('"c", "d"', '"c"'),
        ('["a", "b"]', '["a"]'),
        ('"images"', '"pictures"'),
        (".image.one_of(images)", ".name.one_of(images)"),
        ("& ~each", "& each"),
        ("& ~each", "| ~each"),
        ("hostPID.is_true", "hostIPC.is_true"),
        ("hostPID.is_true", "hostPID.is_false"),
        ('"windows"', '"linux"'),
        ("    exempt=pod.spec.os.name", "    exempt=pod.spec.hostname"),
        ('    exempt=pod.spec.os.name == "windows",\n', ""),
        ("forbid=", "require="),
        ('"1.20"', '"1.35"'),
    ],
)
def test_the_meaning_changes_with(tmp_path: Path, old: str, new: str) -> None:
    assert RULE.count(old) >= 1
    assert meaning_of(tmp_path, RULE.replace(old, new, 1)) != meaning_of(tmp_path, RULE)


def test_the_meaning_changes_at_the_versions_at_which_the_rule_does(tmp_path: Path) -> None:
    meanings = {minor: meaning_of(tmp_path, RULE, minor) for minor in (10, 19, 20, 30)}
    assert meanings[10] == meanings[19] != meanings[20] == meanings[30]


def test_the_meaning_changes_with_the_value_of_a_parameter(tmp_path: Path) -> None:
    before = meaning_of(tmp_path, RULE)
    spec = load_file(tmp_path / "own_rule.py", tmp_path)
    assert meaning(Compiled(spec, 30, spec.defaults)) == before
    assert meaning(Compiled(spec, 30, {"images": ("a",)})) != before


def test_requiring_the_opposite_of_what_is_forbidden_means_the_same(tmp_path: Path) -> None:
    forbid = RULE.replace(FORBID, "forbid=pod.spec.hostPID.is_true(),")
    require = RULE.replace(FORBID, "require=~pod.spec.hostPID.is_true(),")
    assert forbid != require
    assert meaning_of(tmp_path, forbid) == meaning_of(tmp_path, require)


# In step


def test_out_is_what_the_rules_say() -> None:
    found = differences(compile_bundle(SPECS, minor=NEWEST_MINOR), ROOT / "out")
    assert not found, f"out/ is not what the rules say; `make build` writes it anew: {found[:5]}"


def test_docs_are_what_the_rules_say(capsys: pytest.CaptureFixture[str]) -> None:
    code = catalogue.main(["--check", str(ROOT / "docs/rules.md")])
    assert code == 0, f"{capsys.readouterr().err} (`make docs`)"
