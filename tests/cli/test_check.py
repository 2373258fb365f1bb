"""`podsec-compile check`: in step or not, and which file is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import RULE, podsec, put, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]

OPTIONS = ("--specs", "rules")
FILE = "kyverno/policies/own-rule.yaml"


@pytest.fixture
def out(cli: Cli, rules: Path) -> Path:
    """The bundle of the user's own rules."""
    assert cli("build", *OPTIONS).code == 0
    return rules.parent / "out"


def change_one_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("check", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_a_bundle_in_step_is_said_to_be_so(cli: Cli, out: Path) -> None:
    run = cli("check", *OPTIONS)
    count = len(tree(out)) - sum(path.is_dir() for path in out.rglob("*")) - 1
    assert (run.code, run.out, run.err) == (0, f"out is what the rules say: {count} files.\n", "")


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (change_one_byte, f"changed  out/{FILE}\n"),
        (lambda file: file.unlink(), f"missing  out/{FILE}\n"),
        (lambda file: file.write_bytes(b""), f"changed  out/{FILE}\n"),
        (lambda file: change_one_byte(file.parents[2] / "podsec.lock"), ""),
    ],
    ids=["one changed byte", "a missing file", "an emptied file", "a changed lock"],
)
def test_is_out_of_step_after(cli: Cli, out: Path, spoil: Callable[[Path], None], found: str) -> None:
    spoil(out / FILE)
    before = tree(out)
    run = cli("check", *OPTIONS)
    if found:
        assert (run.code, run.out) == (1, found)
        assert "podsec-compile build" in run.err
    else:  # a lock that is no JSON any more tells nothing
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("error: out/podsec.lock")
    assert tree(out) == before


def test_names_every_file_of_a_rule_that_is_gone(cli: Cli, out: Path, rules: Path) -> None:
    put(rules, {"second.py": RULE})
    cli("build", *OPTIONS)
    (rules / "second.py").unlink()
    run = cli("check", *OPTIONS)
    assert run.code == 1
    stale = {line.split()[1] for line in run.out.splitlines() if line.startswith("stale ")}
    assert stale == {f"out/{path}" for path, content in tree(out).items() if content is not None and "second" in path}
    assert "changed  out/podsec.lock" in run.out.splitlines()


def test_names_every_file_of_a_rule_that_is_new(cli: Cli, out: Path, rules: Path) -> None:
    put(rules, {"second.py": RULE})
    run = cli("check", *OPTIONS)
    assert run.code == 1
    missing = {line.split()[1] for line in run.out.splitlines() if line.startswith("missing ")}
    assert {"out/kyverno/policies/second.yaml", "out/gatekeeper/templates/second.yaml"} <= missing
    assert not (out / "kyverno/policies/second.yaml").exists()


def test_a_reworded_title_is_out_of_step(cli: Cli, out: Path, rules: Path) -> None:
    put(rules, {"own_rule.py": RULE.replace("No container", "Not one container")})
    run = cli("check", *OPTIONS)
    assert run.code == 1
    assert f"changed  out/{FILE}" in run.out.splitlines()


@pytest.mark.parametrize(
    "options", [["--kubernetes", "1.30"], ["--profile", "baseline"], ["--target", "kyverno"]], ids=" ".join
)
def test_other_options_than_those_of_the_build_are_out_of_step(cli: Cli, out: Path, options: list[str]) -> None:
    run = cli("check", *OPTIONS, *options)
    assert run.code == 1
    assert "changed  out/podsec.lock" in run.out.splitlines()
    assert out.exists()


def test_foreign_files_do_not_count(cli: Cli, out: Path) -> None:
    put(out, {"README.md": "mine", "kyverno/notes.yaml": "mine"})
    assert cli("check", *OPTIONS).code == 0


def test_without_a_bundle_is_refused(cli: Cli, rules: Path) -> None:
    run = cli("check", *OPTIONS, "-o", "nowhere")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error: nowhere: is not a directory with a bundle\n  hint: ")
    assert not (rules.parent / "nowhere").exists()


def test_an_unknown_target_is_refused(cli: Cli, out: Path) -> None:
    run = cli("check", *OPTIONS, "-o", str(out), "--target", "kiverno")
    assert (run.code, run.out) == (2, "")
    assert run.err.endswith('hint: did you mean "kyverno"?\n')


def test_the_real_entry_point_exits_1_and_pipes_no_colours(cli: Cli, out: Path) -> None:
    assert cli("check", *OPTIONS).code == 0
    change_one_byte(out / FILE)
    run = podsec("check", *OPTIONS, cwd=out.parent)
    assert (run.code, run.out) == (1, f"changed  out/{FILE}\n")
    assert "\x1b" not in run.out + run.err
