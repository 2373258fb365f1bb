"""Waivers at the command line: the list, the warning, and the refusal of one that is over."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from command_line import tree

from podsec_compile import waivers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]

TEXT = """\
targets: [vap]
waivers:
  - rule: own-rule
    match: {namespace: b, name: web-*}
    owner: team-b
    reason: It is
      replaced.
    expires: 2027-03-01
  - rule: own-rule
    match: {labels: {tier: old}, image: registry.example/team}
    owner: team-a
    reason: It is old.
    expires: 2027-01-31
"""
OF = "the waiver of own-rule for labels tier=old image registry.example/team"


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int, int], None]:
    """Write the configuration, and set the day."""
    (tmp_path / "podsec.yaml").write_text(TEXT)
    return lambda *day: monkeypatch.setattr(waivers, "today", lambda: datetime.date(*day))


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("waivers", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


@pytest.mark.usefixtures("rules")
def test_they_are_listed_by_owner_and_day(cli: Cli, on: Callable[..., None]) -> None:
    on(2027, 1, 31)
    run = cli("waivers", "--specs", "rules")
    assert (run.code, run.err) == (0, "")
    assert run.out == (
        "team-a  2027-01-31  today         own-rule  labels tier=old image registry.example/team  It is old.\n"
        "team-b  2027-03-01  29 days left  own-rule  namespace b name web-*                       It is replaced.\n"
    )


@pytest.mark.usefixtures("rules")
def test_those_that_are_over_are_listed_too(cli: Cli, on: Callable[..., None]) -> None:
    on(2027, 3, 2)
    run = cli("waivers", "--specs", "rules")
    assert run.code == 0
    assert [line.split()[2] for line in run.out.splitlines()] == ["over", "over"]


def test_without_any_nothing_is_listed(cli: Cli) -> None:
    run = cli("waivers")
    assert (run.code, run.out, run.err) == (0, "", "")


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("command", ["build", "check"])
def test_one_that_is_soon_over_is_warned_of(cli: Cli, on: Callable[..., None], command: str) -> None:
    on(2027, 1, 16)
    assert cli("build", "--specs", "rules").err == ""
    on(2027, 1, 17)
    run = cli(command, "--specs", "rules")
    assert run.code == 0
    expected = f"2027-01-31 is the last day of {OF} (14 days left); team-a answers for it"
    assert run.err == f"warning: podsec.yaml:9: {expected}\n"


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("command", ["build", "check"])
def test_one_that_is_over_is_refused_and_the_bundle_left_as_it_was(
    cli: Cli, on: Callable[..., None], tmp_path: Path, command: str
) -> None:
    on(2027, 1, 31)
    assert cli("build", "--specs", "rules").code == 0
    before = tree(tmp_path)
    on(2027, 2, 1)
    run = cli(command, "--specs", "rules")
    assert (run.code, run.out) == (2, "")
    assert run.err == (
        f"error: podsec.yaml:9: {OF} is over since 2027-01-31, and team-a answers for it\n"
        "  hint: remove it, or agree on another day\n"
    )
    assert tree(tmp_path) == before
