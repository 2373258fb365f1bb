"""`podsec-compile diff` as a user runs it: revisions, folders, manifests, three formats, and what is wrong in them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from command_line import RULE, podsec, put

if TYPE_CHECKING:
    from pathlib import Path

TIGHTER = RULE.replace("privileged.is_true()", "privileged.is_true() | pod.spec.hostPID.is_true()")
PODS = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: ops}, spec: {hostPID: true}}
- {apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: []}}
---
# no object
- a list
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {hostPID: true}}}}
"""


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a checkout whose last commit has a rule, and whose working tree has it tighter."""
    put(tmp_path, {"policy_specs/a.py": RULE, "pods.yaml": PODS})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "A rule")
    put(tmp_path, {"policy_specs/a.py": TIGHTER})
    return tmp_path


def test_a_revision_and_the_working_tree(repository: Path) -> None:
    done = podsec("diff", "HEAD", cwd=repository)
    assert (done.code, done.err) == (1, "")
    kind, rule = done.out.split("\n")[0].split()
    assert (kind, rule) == ("tightened", "a")
    example = yaml.safe_load(done.out.partition("for example:\n")[2])
    assert example["spec"] == {"hostPID": True}


def test_from_a_folder_below_the_top(repository: Path) -> None:
    below = repository / "below"
    below.mkdir()
    assert podsec("diff", "HEAD", "..", cwd=below).code == 1


def test_two_folders_of_rules_the_other_way_round(tmp_path: Path) -> None:
    put(tmp_path, {"old/a.py": TIGHTER, "new/a.py": RULE})
    done = podsec("diff", "old", "new", cwd=tmp_path)
    assert (done.code, done.out.split()[0]) == (1, "loosened")


def test_the_same_rules_are_no_finding(tmp_path: Path) -> None:
    put(tmp_path, {"rules/a.py": RULE})
    done = podsec("diff", "rules", "rules", cwd=tmp_path)
    assert (done.code, done.out) == (0, "The rules are the same.\n")


def test_other_words_are_no_finding(tmp_path: Path) -> None:
    put(tmp_path, {"old/a.py": RULE, "new/a.py": RULE.replace("No container", "None")})
    done = podsec("diff", "old", "new", cwd=tmp_path)
    assert (done.code, done.out.split()) == (0, ["reworded", "a:", "other", "words", "in", "title"])


def test_whom_it_hits(repository: Path) -> None:
    done = podsec("diff", "HEAD", "--against", "pods.yaml", cwd=repository)
    assert "3 objects judged: 2 newly denied by some rule, 0 newly admitted by some" in done.out
    assert "newly denied   Pod ops/agent (pods.yaml:1)" in done.out
    assert "newly denied   Deployment d (pods.yaml:10)" in done.out
    assert "web" not in done.out


def test_standard_input_and_folders_hold_manifests_too(repository: Path) -> None:
    put(repository, {"dump/more/pods.json": json.dumps(next(iter(yaml.safe_load_all(PODS)))), "dump/readme.md": "{"})
    done = podsec("diff", "HEAD", "--against", "dump", "--format", "json", cwd=repository)
    found = json.loads(done.out)["against"]
    assert (found["judged"], [one["object"] for one in found["hits"]]) == (2, ["Pod ops/agent"])


def test_for_a_program(repository: Path) -> None:
    (rule,) = json.loads(podsec("diff", "HEAD", "--format", "json", cwd=repository).out)["rules"]
    assert (rule["rule"], rule["kind"], rule["newlyAdmitted"]) == ("a", "tightened", None)
    assert rule["newlyDenied"]["spec"] == {"hostPID": True}


def test_for_a_pull_request(repository: Path) -> None:
    shown = podsec("diff", "HEAD", "--format", "markdown", "--against", "pods.yaml", cwd=repository).out
    assert "| `a` | **tightened** | see below |" in shown
    assert "| Pod ops/agent | `a` | pods.yaml:1 |" in shown
    assert shown.count("```") == 2


def test_what_comes_and_goes(tmp_path: Path) -> None:
    put(tmp_path, {"old/gone.py": RULE, "new/come.py": TIGHTER})
    done = podsec("diff", "old", "new", cwd=tmp_path)
    assert [line.split() for line in done.out.split("\n") if line[:1].isalpha()] == [
        ["added", "come"],
        ["removed", "gone"],
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), '"nowhere" is neither a folder nor a git revision'),
        (("--output=x",), "No such option"),
        (("-x",), "No such option"),
        (("pods.yaml",), "a folder of rules or a git revision is expected, not a file"),
        (("HEAD", "--specs", "rules"), 'the revision "HEAD" has no folder rules'),
        (("HEAD", "--against", "nothing.yaml"), "nothing.yaml: there is no such file or folder"),
        (("HEAD", "--against", "broken.yaml"), "broken.yaml:2: no valid YAML"),
        (("HEAD", "--against", "latin.yaml"), "latin.yaml:1: no valid YAML: it is not UTF-8"),
        (("HEAD", "--format", "html"), "'html' is not one of"),
        (("HEAD", "--profile", "strict"), 'no rule has the profile "strict"'),
        (("HEAD", "--kubernetes", "2.0"), '"2.0" is no version of Kubernetes'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_message_and_exit_code_2(repository: Path, arguments: tuple[str, ...], says: str) -> None:
    put(repository, {"broken.yaml": "a: b\n\tc: [", "latin.yaml": b"a: \xe9"})
    done = podsec("diff", *arguments, cwd=repository)
    assert (done.code, done.out) == (2, "")
    assert says in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_outside_of_a_repository(tmp_path: Path) -> None:
    put(tmp_path, {"rules/a.py": RULE})
    done = podsec("diff", "HEAD", "rules", cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert done.code == 2
    assert '"HEAD" is neither a folder nor a git revision' in done.err
