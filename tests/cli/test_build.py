"""`podsec-compile build`: what it prints and writes, which rules it takes, what it refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from command_line import RULE, ids, on_a_terminal, podsec, put, tree

from podsec_compile.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]


def rule(level: str, more: str = "") -> str:
    """A rule of another level, with more said of it."""
    return RULE.replace('level="baseline",', f'level="{level}", {more}')


@pytest.fixture
def ladder(tmp_path: Path) -> tuple[str, str]:
    """The options for rules of several levels, one of which replaces one of a lower level since Kubernetes 1.22."""
    put(
        tmp_path / "ladder",
        {
            "baseline/low.py": rule("baseline"),
            "baseline/replaced.py": rule("baseline"),
            "restricted/high.py": rule("restricted", 'introduced="1.22", replaces="replaced",'),
            "aks/cloud.py": rule("aks", 'introduced="1.8",'),
            "own/own.py": rule("own"),
        },
    )
    return "--specs", "ladder"


def manifests(out: Path) -> set[str]:
    """The rules that have a manifest, in both targets."""
    kyverno = {path.stem for path in (out / "kyverno/policies").glob("*.yaml")} - {"kustomization"}
    gatekeeper = {path.stem for path in (out / "gatekeeper/templates").glob("*.yaml")} - {"kustomization"}
    assert kyverno == gatekeeper
    return kyverno


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("build", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_help_of_the_whole(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_no_command_prints_the_help(cli: Cli) -> None:
    run = cli()
    assert run.code == 2
    assert run.out + run.err == cli("--help").out


def test_version(cli: Cli) -> None:
    run = cli("--version")
    assert (run.code, run.err) == (0, "")
    assert re.fullmatch(r"podsec-compile \d+\.\d+\.\d+\n", run.out)


def test_prints_a_row_a_rule_and_a_sum_with_the_time(cli: Cli, tmp_path: Path, ladder: tuple[str, str]) -> None:
    run = cli("build", *ladder)
    *rows, total = run.out.splitlines()
    assert (run.code, run.err) == (0, "")
    assert rows == [
        f"cloud     aks         {', '.join(TARGETS)}",
        f"high      restricted  {', '.join(TARGETS)}",
        f"low       baseline    {', '.join(TARGETS)}",
        f"own       own         {', '.join(TARGETS)}",
        f"replaced  baseline    {', '.join(TARGETS)}",
    ]
    files = sum(path.is_file() for path in (tmp_path / "out").rglob("*")) - 1  # podsec.lock is not counted
    assert re.fullmatch(rf"5 rules for Kubernetes 1\.\d+ in out: {files} files \(\d+\.\d\d s\)", total)


def test_one_rule_is_no_plural(cli: Cli, rules: Path) -> None:
    assert cli("build", "--specs", str(rules)).out.splitlines()[-1].startswith("1 rule for Kubernetes 1.")


def test_what_is_piped_has_no_colours_and_a_terminal_has_them(tmp_path: Path, rules: Path) -> None:
    wrong = ("build", "--specs", str(rules), "--target", "nix")
    assert "\x1b" not in "".join(map(str, (podsec(*wrong, cwd=tmp_path), podsec("build", cwd=tmp_path))))
    assert on_a_terminal(*wrong, cwd=tmp_path).startswith("\x1b[31m\x1b[1merror:\x1b[0m there is no target")


def test_a_second_build_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("build")
    before = tree(tmp_path)
    assert cli("build").code == 0
    assert tree(tmp_path) == before


# Which rules


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["cloud", "high", "low", "own", "replaced"]),
        ("--profile baseline", ["low", "replaced"]),
        ("--profile restricted", ["high", "low"]),
        ("--profile aks", ["cloud", "high", "low"]),
        ("--profile own", ["own"]),
        ("--kubernetes 1.22", ["cloud", "high", "low", "own", "replaced"]),
        ("--kubernetes 1.21", ["cloud", "low", "own", "replaced"]),
        ("--kubernetes 1.7", ["low", "own", "replaced"]),
        # What replaces the other rule is not there yet, so the other one stays.
        ("--profile restricted --kubernetes 1.21", ["low", "replaced"]),
    ],
)
def test_the_rules_of(cli: Cli, tmp_path: Path, ladder: tuple[str, str], arguments: str, expected: list[str]) -> None:
    assert ids(cli("build", *ladder, *arguments.split())) == expected
    assert manifests(tmp_path / "out") == set(expected)
    assert sorted(json.loads((tmp_path / "out/podsec.lock").read_bytes())["rules"]) == expected


def test_the_shipped_capabilities_replace_each_other(cli: Cli, tmp_path: Path) -> None:
    both = {"capabilities-baseline", "capabilities-restricted"}
    for arguments, expected in {
        "": both,
        "--profile baseline": {"capabilities-baseline"},
        "--profile restricted": {"capabilities-restricted"},
        "--kubernetes 1.21": {"capabilities-baseline"},
        "--profile restricted --kubernetes 1.21": {"capabilities-baseline"},
    }.items():
        assert cli("build", *arguments.split()).code == 0
        assert manifests(tmp_path / "out") & both == expected, arguments


def test_an_older_kubernetes_changes_what_a_rule_says(cli: Cli, tmp_path: Path) -> None:
    said = {}
    for version in ("1.26", "1.27", "latest"):
        cli("build", "--kubernetes", version, "-o", version)
        said[version] = (tmp_path / version / "kyverno/policies/sysctls.yaml").read_text()
    assert ["ip_local_reserved_ports" in text for text in said.values()] == [False, True, True]
    assert ["tcp_notsent_lowat" in text for text in said.values()] == [False, False, True]
    assert json.loads((tmp_path / "1.26/podsec.lock").read_bytes())["kubernetes"] == "1.26"


def test_an_unknown_profile_is_refused_with_the_near_one(cli: Cli, tmp_path: Path) -> None:
    run = cli("build", "--profile", "restriced")
    assert (run.code, run.out) == (2, "")
    assert run.err == (
        'error: no rule has the profile "restriced"; there are aks, baseline, restricted\n'
        '  hint: did you mean "restricted"?\n'
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["build", "check", "list"])
@pytest.mark.parametrize("profile", [(), ("--profile", "baseline")], ids=["all", "baseline"])
def test_a_kubernetes_older_than_every_rule_is_refused(
    cli: Cli, rules: Path, command: str, profile: tuple[str, ...]
) -> None:
    put(rules, {"own_rule.py": RULE.replace("level=", 'introduced="1.22", level=')})
    run = cli(command, "--specs", str(rules), "--kubernetes", "1.5", *profile)
    assert (run.code, run.out) == (2, "")
    assert "1.5" in run.err
    assert "did you mean" not in run.err


# Specs


@pytest.mark.parametrize("place", ["specs", "a/b c/é/specs", ".hidden/specs", ".specs"])
@pytest.mark.parametrize("where", ["relative", "absolute", "from elsewhere"])
def test_a_users_own_folder_of_rules(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, where: str
) -> None:
    put(tmp_path / place, {"own_rule.py": RULE, "mine/other_rule.py": RULE.replace('"baseline"', '"mine"')})
    (tmp_path / "elsewhere").mkdir()
    given = {"relative": place, "absolute": str(tmp_path / place), "from elsewhere": f"../{place}"}[where]
    if where == "from elsewhere":
        monkeypatch.chdir(tmp_path / "elsewhere")
    run = cli("build", "--specs", given, "-o", str(tmp_path / "out"))
    assert ids(run) == ["other-rule", "own-rule"]
    assert manifests(tmp_path / "out") == {"other-rule", "own-rule"}


def test_the_place_of_the_rules_leaves_no_trace_in_the_bundle(cli: Cli, tmp_path: Path) -> None:
    for place in ("specs", "elsewhere/deep/specs"):
        put(tmp_path / place, {"own_rule.py": RULE})
        cli("build", "--specs", str(tmp_path / place), "-o", f"out-{place[0]}")
    assert tree(tmp_path / "out-s") == tree(tmp_path / "out-e")


# Targets


@pytest.mark.parametrize(
    ("arguments", "folders"),
    [
        (["--target", "kyverno"], ["kyverno"]),
        (["--target", "gatekeeper"], ["gatekeeper"]),
        (["--target", "kyverno", "--target", "gatekeeper"], ["gatekeeper", "kyverno"]),
        (["--target", "kyverno", "--target", "kyverno"], ["kyverno"]),
    ],
    ids=" ".join,
)
def test_the_targets_of(cli: Cli, tmp_path: Path, arguments: list[str], folders: list[str]) -> None:
    assert cli("build", *arguments).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [*folders, "podsec.lock"]
    assert cli("check", *arguments).code == 0


def test_the_order_of_targets_does_not_matter(cli: Cli) -> None:
    cli("build", *(word for name in reversed(TARGETS) for word in ("--target", name)))
    assert cli("check").code == 0


def test_a_target_no_longer_wanted_is_removed_and_a_foreign_file_in_it_kept(cli: Cli, tmp_path: Path) -> None:
    cli("build")
    put(tmp_path / "out", {"gatekeeper/notes.txt": "mine"})
    assert cli("build", "--target", "kyverno").code == 0
    assert tree(tmp_path / "out/gatekeeper") == {"notes.txt": b"mine"}


# The old bundle


def test_an_edit_by_hand_is_refused_and_force_discards_it(cli: Cli, tmp_path: Path) -> None:
    cli("build")
    edited = tmp_path / "out/kyverno/policies/host-ports.yaml"
    built = edited.read_bytes()
    edited.write_bytes(built + b"# mine\n")
    before = tree(tmp_path)
    run = cli("build", "--profile", "baseline")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error: out/kyverno/policies/host-ports.yaml: was edited by hand\n  hint: ")
    assert "--force" in run.err
    assert tree(tmp_path) == before
    assert cli("build", "--force").code == 0
    assert edited.read_bytes() == built


def test_a_folder_with_files_of_others_is_refused_with_force_or_without(cli: Cli, tmp_path: Path) -> None:
    put(tmp_path / "out", {"thesis.txt": "mine"})
    for force in ([], ["--force"]):
        run = cli("build", *force)
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("error: out: holds no podsec.lock")
    assert tree(tmp_path) == {"out": None, "out/thesis.txt": b"mine"}


def test_an_empty_folder_is_taken(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert cli("build").code == 0


# Templates


def test_a_template_of_the_users_goes_before_ours(cli: Cli, tmp_path: Path, rules: Path) -> None:
    own = "# ours\nkind: {{ kind | quoted }}\n"
    put(tmp_path / "mine", {"gatekeeper/constraint.yaml.j2": own})
    run = cli("build", "--specs", str(rules), "--templates", "mine")
    assert run.code == 0
    assert (tmp_path / "out/gatekeeper/constraints/own-rule.yaml").read_text() == '# ours\nkind: "PodsecOwnRule"\n'
    assert "kind: ConstraintTemplate" in (tmp_path / "out/gatekeeper/templates/own-rule.yaml").read_text()
    assert cli("check", "--specs", str(rules), "--templates", "mine").code == 0
    assert cli("check", "--specs", str(rules)).code == 1


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (b"one\n{% for %}\n", "Expected an expression"),
        (b"one\n{{ resources | quotd }}\n", "quotd"),
        (b"one\n{{ nope }}\n", "'nope' is undefined"),
        (b"one\n{{ resources.nope.deeper }}\n", "has no attribute 'nope'"),
        (b"one\n{% include 'nope.j2' %}\n", "nope.j2"),
        (b"one\n{{ 1 / 0 }}\n", "division by zero"),
        (b"one\n{{ resources + 1 }}\n", "can only concatenate list"),
        (b"one\n{{ resources() }}\n", "is not callable"),
        (b"one\n\xe9\n", "utf-8"),
    ],
    ids=["syntax", "filter", "undefined", "attribute", "include", "division", "type", "call", "no UTF-8"],
)
def test_a_broken_template_is_one_message_with_file_and_line(
    cli: Cli, tmp_path: Path, rules: Path, broken: bytes, text: str
) -> None:
    put(tmp_path / "mine", {"kustomization.yaml.j2": broken})
    run = cli("build", "--specs", str(rules), "--templates", "mine")
    assert (run.code, run.out) == (2, "")
    place = "mine/kustomization.yaml.j2" if text == "utf-8" else "mine/kustomization.yaml.j2:2"
    assert run.err.startswith(f"error: {place}: ")
    assert text in run.err
    assert not (tmp_path / "out").exists()
