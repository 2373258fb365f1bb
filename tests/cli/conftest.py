"""Fixtures of the command line: runs in this process, and snapshots that are plain text files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

import pytest
from command_line import NOISE, RULE, Run, environment, put
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from podsec_compile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion


class Text(SingleFileSnapshotExtension):
    """One .txt file a snapshot: what a user would see."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class Cli(Protocol):
    """Runs the command in this process, in the test's folder."""

    def __call__(self, *arguments: str) -> Run: ...


@pytest.fixture
def snapshot_text(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Text)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `main()` as the installed script does; nothing is a terminal."""
    monkeypatch.chdir(tmp_path)
    for name in NOISE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", environment()["COLUMNS"])

    def run(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["podsec-compile", *arguments])
        capsys.readouterr()
        code: str | int | None = 0
        try:
            main()
        except SystemExit as left:
            code = left.code
        printed = capsys.readouterr()
        assert isinstance(code, int)
        return Run(code, printed.out, printed.err)

    return run


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A user's own folder of rules, with one rule in it."""
    put(tmp_path / "rules", {"own_rule.py": RULE})
    return tmp_path / "rules"
