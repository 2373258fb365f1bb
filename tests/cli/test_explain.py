"""`podsec-compile explain`: one rule in full."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from command_line import RULE, command, environment, on_a_terminal, podsec, put

from podsec_compile.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]

BESIDE = ("tests", "initiatives")


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("explain", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_a_rule_in_full(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("explain", "host-ports")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


@pytest.mark.parametrize("name", ["host_ports", "hostPorts"])
def test_a_rule_is_known_by_its_files_name_and_by_its_upstream_id(cli: Cli, name: str) -> None:
    assert cli("explain", name) == cli("explain", "host-ports")


def test_each_targets_output_is_what_build_writes(cli: Cli, tmp_path: Path) -> None:
    explained = cli("explain", "host-ports", "--target", "all").out
    cli("build")
    for target in TARGETS:
        folders = [one for one in (tmp_path / "out" / target).iterdir() if one.is_dir() and one.name not in BESIDE]
        assert folders, target
        for folder in folders:
            (file,) = folder.glob("host-ports.*")
            path = file.relative_to(tmp_path / "out").as_posix()
            assert f"\n{path}\n{file.read_text()}" in explained


def test_without_a_target_the_files_are_named_and_not_printed(cli: Cli, tmp_path: Path) -> None:
    explained = cli("explain", "host-ports").out
    cli("build")
    named = re.findall(r"^  (\S+/host-ports\.\w+) \((\d+) lines\)$", explained, re.MULTILINE)
    assert {path.partition("/")[0] for path, _ in named} == set(TARGETS)
    for path, lines in named:
        assert len((tmp_path / "out" / path).read_text().splitlines()) == int(lines)
    assert "apiVersion: kyverno.io" not in explained


def test_a_target_is_printed_alone(cli: Cli) -> None:
    out = cli("explain", "host-ports", "--target", "vap").out
    assert re.findall(r"^(\S+)/\S+\.yaml$", out, re.MULTILINE) == ["vap/crds", "vap/policies", "vap/bindings"]


def test_an_unknown_target_is_refused_with_a_hint(cli: Cli) -> None:
    run = cli("explain", "host-ports", "--target", "kyvreno")
    assert (run.code, run.out) == (2, "")
    assert 'there is no target "kyvreno"' in run.err
    assert 'did you mean "kyverno"?' in run.err


def test_an_older_kubernetes_changes_the_output(cli: Cli) -> None:
    name = "net.ipv4.tcp_notsent_lowat"
    assert name in cli("explain", "sysctls", "--target", "kyverno").out
    assert name not in cli("explain", "sysctls", "--target", "kyverno", "--kubernetes", "1.36").out


def test_a_users_own_rule(cli: Cli, rules: Path) -> None:
    run = cli("explain", "own-rule", "--specs", str(rules))
    assert (run.code, run.err) == (0, "")
    assert "Why\n  Why there is such a rule.\n" in run.out


@pytest.mark.parametrize(
    ("name", "hint"),
    [("hostports", 'did you mean "host-ports"?'), ("zzz", "podsec-compile list prints them all")],
)
def test_an_unknown_rule_is_refused_with_a_hint(cli: Cli, name: str, hint: str) -> None:
    run = cli("explain", name)
    assert (run.code, run.out) == (2, "")
    assert run.err == f'error: there is no rule "{name}"\n  hint: {hint}\n'


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_a_terminal_gets_colours_and_a_pipe_none(tmp_path: Path) -> None:
    shown = on_a_terminal("explain", "privileged", cwd=tmp_path)
    assert shown.startswith("\x1b[1mprivileged\x1b[0m")
    assert re.search(r"\x1b\[[0-9;]*91[0-9;]*m-      privileged: true", shown)  # red, in the diff
    assert "\x1b" not in podsec("explain", "privileged", cwd=tmp_path).out
    assert "\x1b" in podsec("explain", "privileged", cwd=tmp_path, FORCE_COLOR="1").out


def test_a_terminal_shows_what_a_target_gets_to_the_letter(tmp_path: Path) -> None:
    arguments = ("explain", "host-ports", "--target", "gatekeeper")
    shown = COLOUR.sub("", on_a_terminal(*arguments, cwd=tmp_path, COLUMNS="400")).splitlines()
    _, _, plain = podsec(*arguments, cwd=tmp_path).out.partition("constraints/host-ports.yaml\n")
    assert [line.rstrip() for line in shown][-len(plain.splitlines()) :] == plain.splitlines()
    assert not [line for line in shown if "\\x09" in line]


@pytest.mark.parametrize("columns", ["60", "100", "250"])
def test_a_terminal_gets_lines_that_fit(tmp_path: Path, columns: str) -> None:
    shown = COLOUR.sub("", on_a_terminal("explain", "env-credential", cwd=tmp_path, COLUMNS=columns))
    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(len(line) for line in lines if "https://" not in line) <= min(int(columns), 100)
    assert "  Whoever may read a pod can read its environment:" in shown


def test_what_is_piped_depends_on_no_width(tmp_path: Path) -> None:
    narrow, wide = (podsec("explain", "env-credential", cwd=tmp_path, COLUMNS=one) for one in ("40", "200"))
    assert narrow == wide


def test_a_text_of_a_rule_moves_no_cursor(tmp_path: Path) -> None:
    put(
        tmp_path / "rules", {"own_rule.py": RULE.replace("No container is", "No \\x1b[2J\\r\\x07[bold]container[/] is")}
    )
    arguments = ("explain", "own-rule", "--specs", "rules")
    for shown in (podsec(*arguments, cwd=tmp_path).out, COLOUR.sub("", on_a_terminal(*arguments, cwd=tmp_path))):
        assert "No \\x1b[2J\\x0d\\x07[bold]container[/] is privileged" in shown


def test_list_imports_nothing_that_only_a_reader_of_one_rule_needs(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['podsec-compile', 'list']; from podsec_compile.cli import app\n"
    code += (
        "app(sys.argv[1:])(standalone_mode=False); sys.exit('rich.syntax' in sys.modules or 'pygments' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        command("explain", "sysctls"), cwd=tmp_path, env=environment(), stdout=theirs, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        assert b"Traceback" not in process.communicate(timeout=60)[1]
