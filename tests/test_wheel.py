"""What users install: the wheel alone, in a folder of its own, far from this checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from podsec_compile import __version__

ROOT = Path(__file__).parents[1]
RULE = '''"""Why."""
from podsec_compile.dsl import Rule, pod

RULE = Rule(
    title="Title", level="own", forbid=pod.spec.hostPID.is_true(), remedy="mend it",
    good={"unset": ""}, bad={"on": "spec: {hostPID: true}"},
)
'''


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=["venv", ".venv"])
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The folder of commands of an environment that has the wheel, and reaches what it depends on by a path alone."""
    environment = tmp_path_factory.mktemp("installed") / str(request.param)
    venv.create(environment, symlinks=True)
    names = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=names))
    # A path in a .pth file gives the packages there, and not what the .pth files there point to: not the checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = environment / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return environment / "bin"


def run(installed: Path, folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an installed command in a folder, with nothing in its environment that leads to the checkout."""
    environment = {"PATH": f"{installed}{os.pathsep}{os.defpath}", "HOME": str(folder)}
    return subprocess.run(
        [installed / command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"podsec_compile-{__version__}.dist-info/METADATA").decode()
    data_files = ("py.typed", "schema.json", "config.schema.json", "fields.pyi")
    for data in (*data_files, "templates/gatekeeper/template.yaml.j2"):
        assert f"podsec_compile/{data}" in names
    for folder in ("templates", "policy_specs"):
        there = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".py", ".j2", ".css", ".js")
        }
        assert {f"podsec_compile/{path}" for path in there} == {
            name for name in names if name.startswith(f"podsec_compile/{folder}/")
        }
    tops = {name.split("/")[0] for name in names}
    assert tops == {"podsec_compile", f"podsec_compile-{__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name]
    assert any(name.endswith("LICENSE") for name in names)
    assert re.search(r"^Requires-Python: >=3\.11$", metadata, re.MULTILINE)


def test_two_builds_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True, timeout=120)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_what_runs_is_what_was_installed(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "python", "-c", "import podsec_compile; print(podsec_compile.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed.parent), done.stderr
    assert run(installed, tmp_path, "podsec-compile", "--version").stdout == f"podsec-compile {__version__}\n"


def test_the_shipped_rules_compile_to_the_bundle_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "podsec-compile", "build")
    assert (done.returncode, done.stderr) == (0, "")
    mine = subprocess.run(
        [sys.executable, "-m", "podsec_compile", "build", "-o", tmp_path / "checkout"], cwd=ROOT, capture_output=True
    )
    assert mine.returncode == 0
    assert tree(tmp_path / "out") == tree(tmp_path / "checkout")
    assert run(installed, tmp_path, "podsec-compile", "check").returncode == 0


def test_a_users_own_rules_compile(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/own_rule.py").write_text(RULE)
    done = run(installed, tmp_path, "podsec-compile", "build", "--specs", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert "kind: ClusterPolicy" in (tmp_path / "out/kyverno/policies/own-rule.yaml").read_text()


def test_list_and_explain_work_as_a_module_too(installed: Path, tmp_path: Path) -> None:
    listed = run(installed, tmp_path, "python", "-m", "podsec_compile", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "host-ports" in listed.stdout
    explained = run(installed, tmp_path, "podsec-compile", "explain", "host-ports")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_the_site_of_a_users_own_rules_is_rendered(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/own_rule.py").write_text(RULE)
    done = run(installed, tmp_path, "podsec-compile", "docs", "--specs", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert "own-rule" in (tmp_path / "site/index.html").read_text()
    assert (tmp_path / "site/assets/podsec.js").is_file()
