"""podsec.yaml at the command line: what it chooses, what an option changes, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import ids, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command_line import Run

    Cli = Callable[..., Run]


def write(folder: Path, text: str, name: str = "podsec.yaml") -> None:
    (folder / name).write_text(text)


def test_it_chooses_profile_version_and_rules(cli: Cli, tmp_path: Path) -> None:
    wanted = ids(cli("list", "--profile", "baseline", "--kubernetes", "1.20"))
    write(tmp_path, 'profile: baseline\nkubernetes: "1.20"\nrules: {host-ports: {off: true}}\n')
    assert ids(cli("list")) == [one for one in wanted if one != "host-ports"]


def test_an_option_goes_before_it(cli: Cli, tmp_path: Path) -> None:
    wanted = ids(cli("list", "--profile", "baseline"))
    write(tmp_path, 'profile: aks\nkubernetes: "1.20"\n')
    assert ids(cli("list", "--profile", "baseline", "--kubernetes", "latest")) == wanted


def test_another_file_can_be_given(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "profile: nonsense\n")
    write(tmp_path, "profile: baseline\n", "other.yaml")
    assert cli("list", "--config", "other.yaml").code == 0


@pytest.mark.parametrize("command", ["build", "check", "list"])
def test_one_that_is_not_there_is_an_error(cli: Cli, tmp_path: Path, command: str) -> None:
    run = cli(command, "--config", "none.yaml")
    assert (run.code, run.out) == (2, "")
    assert run.err == "error: none.yaml: the configuration could not be read: No such file or directory\n"
    assert tree(tmp_path) == {}


def test_a_fault_of_an_option_is_not_laid_to_the_file(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "profile: baseline\n")
    assert cli("list", "--profile", "basline").err.startswith('error: no rule has the profile "basline"')


@pytest.mark.parametrize("command", ["build", "check", "list"])
def test_what_is_wrong_in_it_is_one_message_and_nothing_is_written(cli: Cli, tmp_path: Path, command: str) -> None:
    write(tmp_path, "profile: baseline\nrules:\n  host-port: {}\n")
    run = cli(command)
    assert (run.code, run.out) == (2, "")
    place = "podsec.yaml:3: rules.host-port"
    assert run.err == f'error: {place}: there is no rule "host-port"\n  hint: did you mean "host-ports"?\n'
    assert sorted(tree(tmp_path)) == ["podsec.yaml"]


def test_build_and_check_agree(cli: Cli, tmp_path: Path, rules: Path) -> None:
    write(tmp_path, "targets: [vap]\nexclude: {namespaces: [kube-system]}\n")
    assert cli("build", "--specs", str(rules)).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["podsec.lock", "vap"]
    assert cli("check", "--specs", str(rules)).code == 0
    write(tmp_path, "targets: [gatekeeper]\n")
    assert cli("check", "--specs", str(rules)).code == 1


def test_a_parameter_reaches_every_target(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, "rules: {untrusted-registry: {parameters: {registries: [registry.example/team]}}}\n")
    assert cli("build").code == 0
    for file in (
        "gatekeeper/constraints/untrusted-registry.yaml",
        "gatekeeper-cel/constraints/untrusted-registry.yaml",
        "kyverno/policies/untrusted-registry.yaml",
        "kyverno-cel/policies/untrusted-registry.yaml",
        "vap/bindings/untrusted-registry.yaml",
        "azure-policy/definitions/untrusted-registry.json",
    ):
        assert "registry.example/team" in (tmp_path / "out" / file).read_text(), file
