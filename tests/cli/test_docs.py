"""`podsec-compile docs`: the catalogue as a site."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from command_line import put, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from command_line import Run
    from syrupy.assertion import SnapshotAssertion

    Cli = Callable[..., Run]


def test_help(cli: Cli, snapshot_text: SnapshotAssertion) -> None:
    run = cli("docs", "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out == snapshot_text


def test_a_users_own_rules_become_a_site(cli: Cli, rules: Path, tmp_path: Path) -> None:
    run = cli("docs", "--specs", str(rules))
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("1 rule for Kubernetes 1.37 in site/index.html (")
    assert "No container is privileged" in (tmp_path / "site/rules/own-rule.html").read_text()
    before = tree(tmp_path / "site")
    assert cli("docs", "--specs", str(rules)).code == 0
    assert tree(tmp_path / "site") == before


def test_the_sources_alone_need_no_zensical(
    cli: Cli, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    run = cli("docs", "--specs", str(rules), "--sources", "-o", "markdown")
    assert (run.code, run.err) == (0, "")
    assert (tmp_path / "markdown/docs/rules/own-rule.md").is_file()
    assert (tmp_path / "markdown/zensical.toml").is_file()


def test_without_zensical_there_is_one_message_and_no_site(
    cli: Cli, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    run = cli("docs", "--specs", str(rules))
    assert (run.code, run.out) == (2, "")
    assert run.err == (
        "error: the site is rendered by Zensical, which is not installed\n"
        "  hint: pip install 'podsec-compile[site]'; or --sources, to write its Markdown only\n"
    )
    assert not (tmp_path / "site").exists()


def test_what_else_the_folder_holds_stays(cli: Cli, rules: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert cli("docs", "--specs", str(rules), "--sources").code == 0
        put(tmp_path, {"site/CNAME": "rules.example"})
        assert (tmp_path / "site/CNAME").read_text() == "rules.example"


def test_a_folder_of_somebody_elses_is_not_taken(cli: Cli, rules: Path, tmp_path: Path) -> None:
    put(tmp_path, {"site/index.html": "mine"})
    run = cli("docs", "--specs", str(rules), "--sources")
    assert (run.code, run.out) == (2, "")
    assert "site: holds no podsec.lock" in run.err


def test_a_page_that_was_edited_is_not_lost_unasked(cli: Cli, rules: Path, tmp_path: Path) -> None:
    assert cli("docs", "--specs", str(rules), "--sources").code == 0
    page = tmp_path / "site/docs/index.md"
    page.write_text("mine")
    run = cli("docs", "--specs", str(rules), "--sources")
    assert run.code == 2
    assert "podsec-compile docs --force" in run.err
    assert page.read_text() == "mine"
    assert cli("docs", "--specs", str(rules), "--sources", "--force").code == 0
    assert page.read_text() != "mine"


def test_a_bundle_of_policies_is_not_replaced_by_a_site(cli: Cli, rules: Path, tmp_path: Path) -> None:
    assert cli("build", "--specs", str(rules)).code == 0
    before = tree(tmp_path / "out")
    run = cli("docs", "--specs", str(rules), "--sources", "-o", "out", "--force")
    assert (run.code, run.out) == (2, "")
    assert "out: holds a bundle of policies, which the site would replace" in run.err
    assert tree(tmp_path / "out") == before


def test_a_rule_that_did_not_exist_yet_has_no_page(cli: Cli, tmp_path: Path) -> None:
    assert cli("docs", "--sources", "--kubernetes", "1.30").code == 0
    assert not (tmp_path / "site/docs/rules/proc-mount-restricted.md").exists()
    assert (tmp_path / "site/docs/rules/run-as-user.md").exists()
