"""`podsec-compile list`: the catalogue, a line a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import ids, podsec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("list", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_the_shipped_rules(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("list")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_a_profile(cli: Cli) -> None:
    rows = cli("list").out.splitlines()
    baseline = ids(cli("list", "--profile", "baseline"))
    assert baseline == [row.split()[0] for row in rows if row.split()[1] == "baseline"]
    assert {"host-ports", "privileged"} <= set(baseline)


def test_an_older_kubernetes(cli: Cli) -> None:
    gone = set(ids(cli("list"))) - set(ids(cli("list", "--kubernetes", "1.21")))
    assert "capabilities-restricted" in gone
    assert "host-ports" not in gone


def test_a_users_own_rules_and_no_others(cli: Cli, rules: Path) -> None:
    run = cli("list", "--specs", str(rules))
    assert run.out == "own-rule  baseline    medium    No container is privileged\n"


def test_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("list")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_version_is_refused(cli: Cli) -> None:
    run = cli("list", "--kubernetes", "1.x")
    assert (run.code, run.out) == (2, "")
    assert run.err == 'error: "1.x" is no version of Kubernetes up to 1.37\n  hint: write "1.25"\n'


def test_the_real_entry_point_pipes_no_colours(tmp_path: Path) -> None:
    run = podsec("list", cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    assert "\x1b" not in run.out
