"""`podsec-compile init`: a podsec.yaml to start from, and the schema for editors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from command_line import tree

from podsec_compile import agreement
from podsec_compile.config import FILE, SCHEMA, parse
from shipped import SPECS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("init", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_what_it_writes_is_what_the_other_commands_read(cli: Cli, tmp_path: Path) -> None:
    run = cli("init")
    assert (run.code, run.err) == (0, "")
    assert run.out == "podsec.yaml and podsec.schema.json are written; podsec-compile build reads podsec.yaml.\n"
    assert sorted(tree(tmp_path)) == ["podsec.schema.json", "podsec.yaml"]
    assert cli("list").out == cli("list", "--profile", "restricted").out


def test_an_editor_finds_the_schema(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    first = (tmp_path / "podsec.yaml").read_text().splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert (tmp_path / name).read_bytes() == SCHEMA.read_bytes()


def test_each_example_in_it_is_right_without_its_comment_sign(cli: Cli, tmp_path: Path) -> None:
    cli("init")
    text = (tmp_path / "podsec.yaml").read_text()
    whole = re.sub(r"(?m)^# ((?:targets|rules|environments|waivers):|  .*)", r"\1", text)
    config = parse(whole)
    agreement.check(config, SPECS)
    assert config.targets
    assert config.rules
    assert config.environments
    assert config.waivers


def test_nothing_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("profile: aks\n")
    before = tree(tmp_path)
    run = cli("init")
    assert (run.code, run.out) == (2, "")
    assert run.err == "error: podsec.yaml: is there, and is not overwritten\n"
    assert tree(tmp_path) == before


def test_nothing_is_written_where_the_schema_of_another_is_in_the_way(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "podsec.schema.json").write_text("{}")
    before = tree(tmp_path)
    run = cli("init")
    assert (run.code, run.err) == (2, "error: podsec.schema.json: is there, and is not overwritten\n")
    assert tree(tmp_path) == before


def test_a_folder_that_is_not_there_is_said(cli: Cli, tmp_path: Path) -> None:
    run = cli("init", "--config", "no/podsec.yaml")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error: no/podsec.yaml: cannot be written: ")
    assert tree(tmp_path) == {}
