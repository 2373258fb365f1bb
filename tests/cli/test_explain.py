"""`podsec-compile explain`: one rule in full."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from command_line import command, environment, on_a_terminal, podsec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]


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
    explained = cli("explain", "host-ports").out
    cli("build")
    for path in ("gatekeeper/templates", "gatekeeper/constraints", "kyverno/policies"):
        file = f"{path}/host-ports.yaml"
        assert f"\n{file}\n{(tmp_path / 'out' / file).read_text()}" in explained


def test_an_older_kubernetes_changes_the_output(cli: Cli) -> None:
    name = "net.ipv4.tcp_notsent_lowat"
    assert name in cli("explain", "sysctls").out
    assert name not in cli("explain", "sysctls", "--kubernetes", "1.36").out


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


def test_headings_are_bold_on_a_terminal_and_plain_in_a_pipe(tmp_path: Path) -> None:
    assert on_a_terminal("explain", "privileged", cwd=tmp_path).startswith("\x1b[1mprivileged\x1b[0m")
    assert "\x1b" not in podsec("explain", "privileged", cwd=tmp_path).out


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        command("explain", "sysctls"), cwd=tmp_path, env=environment(), stdout=theirs, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        assert b"Traceback" not in process.communicate(timeout=60)[1]
