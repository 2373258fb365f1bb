"""Whatever is wrong on the user's side is one message with file and line, exit code 2, and a bundle left as it was."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from command_line import RULE, command, environment, podsec, put, tree

from podsec_compile.render import folder as folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from command_line import Run

    Cli = Callable[..., Run]

CONDITION = "each_container.securityContext.privileged.is_true()"
BAD = '"securityContext: {privileged: true}"'
OPTIONS = ("--specs", "rules")
PARAMETER = 'each_container.image.one_of(param.strings("names", default=["a"], help="names"))'


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a rule in specs/ and its bundle in out/; every test has a copy."""
    folder = tmp_path_factory.mktemp("built")
    put(folder / "specs", {"a.py": RULE})
    assert podsec("build", "--specs", "specs", cwd=folder).code == 0
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "folder")


def changed(old: str, new: str) -> str:
    """The rule with one thing in it changed."""
    assert old in RULE
    return RULE.replace(old, new)


def meaning(condition: str) -> str:
    return changed(CONDITION, condition)


def refuse(run: Run, place: str, text: str) -> None:
    """Expect one message: a line with place and text, and a hint at most."""
    first, *rest = run.err.rstrip("\n").split("\n")
    assert "Traceback" not in run.err
    assert (run.code, run.out) == (2, "")
    assert first.startswith(f"error: {place}: " if place else "error: ")
    assert text in first
    assert [line[:8] for line in rest] in ([], ["  hint: "])


@dataclass(frozen=True, slots=True)
class Wrong:
    """Rule files, and what is said of them: the place after "error:", and a part of the message."""

    files: Mapping[str, str | bytes]
    place: str
    text: str


def at(line: int | None, source: str | bytes, text: str) -> Wrong:
    return Wrong({"a.py": source}, "specs/a.py" if line is None else f"specs/a.py:{line}", text)


LEVEL, TITLE = '    level="baseline",', '"No container is privileged"'
SPECS = {
    # Python
    "a syntax error": at(6, changed(LEVEL, LEVEL[:-1]), "is no valid Python"),
    "an exception": at(4, changed("RULE =", "1 / 0\nRULE ="), "ZeroDivisionError: division by zero"),
    "an exit": at(4, changed("RULE =", "raise SystemExit(0)\nRULE ="), "SystemExit"),
    "an import of nothing": at(4, changed("RULE =", "import nix\nRULE ="), "No module named 'nix'"),
    "endless recursion": at(None, meaning("~" * 3000 + CONDITION), "RecursionError"),
    "a condition nested without end": at(
        6,
        changed("RULE =", "x = each_container.image.is_set()\nfor n in range(3000): x = ~(x & ~x)\nRULE =").replace(
            CONDITION, "x"
        ),
        "nested too deep",
    ),
    "another encoding": at(None, RULE.encode().replace(b"container is", b"container \xe9"), "utf-8"),
    "a NUL": at(None, changed("Why", "Wh\0y"), "null bytes"),
    "no text": at(None, "", "binds RULE"),
    "no docstring": at(1, RULE.split("\n", 1)[1], "docstring"),
    # Python's own operators
    "a loop": at(4, changed("RULE =", "for one in pod.spec.containers: pass\nRULE ="), "cannot loop over a field"),
    "and": at(7, meaning(f"{CONDITION} and {CONDITION}"), "and, or, not, if, in"),
    "not": at(7, meaning(f"not {CONDITION}"), "and, or, not, if, in"),
    "in": at(7, meaning("'a' in each_container.image"), "Python's in"),
    "a length": at(7, meaning("len(each_container.ports) == 0"), "no length"),
    "& without parentheses": at(7, meaning("each_container.image == 'a' & each_container.name == 'b'"), ""),
    # Fields and literals
    "an unknown field": at(7, meaning("each_container.priviliged.is_true()"), 'Container has no field "priviliged"'),
    "a literal of another type": at(7, meaning("each_container.image == 3"), "is a string"),
    "a float": at(7, meaning("each_container.ports.each.hostPort == 1.5"), "no string, whole number or boolean"),
    "a number too large": at(7, meaning("each_container.ports.each.hostPort == 10**20"), "too large"),
    "a set": at(7, meaning("each_container.image.one_of({'a', 'b'})"), "a set has no order"),
    "look-ahead": at(7, meaning('each_container.image.matches("(?!x)")'), "is no RE2 regular expression"),
    "an open parenthesis": at(7, meaning('each_container.image.matches("(")'), "is no RE2 regular expression"),
    "a literal with half a surrogate pair": at(7, meaning(r"each_container.image == '\ud800'"), "not valid Unicode"),
    "a title with half a surrogate pair": at(4, changed("No container", r"\ud800"), "not valid Unicode"),
    "a docstring with half a surrogate pair": at(1, changed("Why", r"\ud800"), "not valid Unicode"),
    "a source with half a surrogate pair": at(4, changed(LEVEL, rf'sources=[pss("\ud800")],{LEVEL}'), "Unicode"),
    "a case's name with half a surrogate pair": at(10, changed("switched on", r"\ud800"), "not valid Unicode"),
    # Parameters
    "a default of another type": at(7, meaning(PARAMETER.replace("strings", "numbers")), 'the default of "names"'),
    "a string for a list": at(7, meaning(PARAMETER.replace('["a"]', '"abc"')), 'the default of "names"'),
    "a number for a list": at(7, meaning(PARAMETER.replace('["a"]', "5")), 'the default of "names"'),
    "a help that is no text": at(7, meaning(PARAMETER.replace('help="names"', "help=3")), 'help of "names"'),
    "a parameter's name that is no word": at(7, meaning(PARAMETER.replace('"names"', '"my-names"')), "no name"),
    "a parameter's name that is no text": at(7, meaning(PARAMETER.replace('"names"', "3", 1)), "no name"),
    "two parameters with one name": at(
        4,
        meaning(PARAMETER + " | " + PARAMETER.replace("[", "['b', ")),
        'two different parameters are called "names"',
    ),
    # The rule
    "no RULE": at(None, changed("RULE =", "rule ="), "binds RULE"),
    "no title": at(4, changed(f"    title={TITLE},\n", ""), "title"),
    "a title that is no text": at(4, changed(TITLE, "3"), "title is a text"),
    "an unknown part": at(4, changed("remedy=", "remedi="), "remedi"),
    "an unknown severity": at(4, changed(LEVEL, f"{LEVEL} severity='hig',"), 'severity "hig"'),
    "a version to come": at(4, changed(LEVEL, f"{LEVEL} introduced='1.99',"), '"1.99" is no version'),
    "a version that lost its zero": at(4, changed(LEVEL, f"{LEVEL} introduced=1.20,"), "1.2"),
    "a condition's version that lost its zero": at(7, meaning(f"since(1.30, {CONDITION})"), "1.3"),
    "a source without brackets": at(4, changed(LEVEL, f"sources=pss('a'),{LEVEL}"), "sources is a list"),
    "a source at an address that a page may not link": at(
        4,
        changed(LEVEL, f"sources=[Source('a', 'b', url='javascript:alert(1)')],{LEVEL}"),
        "is no address of a document",
    ),
    "an article that is none": at(
        6, changed(LEVEL, f"sources=[aks('a', 'pod securty')],{LEVEL}"), 'there is no article "pod securty"'
    ),
    "a source that is none": at(4, changed(LEVEL, f"sources=['a'],{LEVEL}"), "sources is a list"),
    "a misspelt argument": at(4, changed("forbid=", "forbids="), 'a rule has no "forbids"'),
    "two cases of one name": at(
        9, changed('"unset": ""', '"unset": "", "unset": "image: b"'), 'two good cases "unset"'
    ),
    "a field for a condition": at(4, meaning("each_container.image"), "forbid is a condition"),
    "require and forbid": at(4, changed(LEVEL, f"{LEVEL} require={CONDITION},"), "exactly one of require and forbid"),
    "neither require nor forbid": at(4, changed(f"    forbid={CONDITION},\n", ""), "exactly one of"),
    "two kinds of object": at(4, meaning("pod.spec.hostPID.is_true() | service.spec.type.is_set()"), "pod and service"),
    "no bad case": at(4, changed(f'{{"switched on": {BAD}}}', "{}"), "at least one bad case"),
    "a level of another folder": Wrong({"aks/b.py": RULE}, "specs/aks/b.py:6", 'level "baseline" in the folder aks/'),
    "two rules with one id": Wrong(
        {"aks/b.py": changed('"baseline"', '"aks"'), "baseline/b.py": RULE}, "specs/baseline/b.py", "specs/aks/b.py"
    ),
    "two rules whose constraints have one kind": Wrong(
        {"host_ports.py": RULE, "hostports.py": RULE}, "specs/hostports.py", "host_ports.py"
    ),
    "a rule named as a file of kustomize": Wrong({"kustomization.py": RULE}, "specs/kustomization.py", "name"),
    "a rule named as a word of Rego": Wrong({"default.py": RULE}, "specs/default.py", "name"),
    "a name with a capital": Wrong({"Bad.py": RULE}, "specs/Bad.py", "a rule file's name is its id"),
    "a name of 48 characters": Wrong({f"{'a' * 48}.py": RULE}, f"specs/{'a' * 48}.py", "47 characters at most"),
    "what it replaces is no rule": Wrong(
        {"b.py": changed(LEVEL, f"{LEVEL} replaces='nix',")}, "specs/b.py", 'replaces "nix"'
    ),
    "it replaces itself": Wrong({"b.py": changed(LEVEL, f"{LEVEL} replaces='b',")}, "specs/b.py", 'replaces "b"'),
    # Cases
    "a case that is no YAML": at(10, changed(BAD, BAD.replace("}", "")), 'case "switched on" is no valid YAML'),
    "a case with a tag": at(10, changed(BAD, '"!!python/object:os.system {}"'), 'case "switched on" is no valid YAML'),
    "a case with an unknown field": at(
        10, changed("privileged: true", "privilegd: true"), 'unknown field "securityContext.privilegd"'
    ),
    "a fault in a case with a quote in its name": at(
        10, changed("privileged: true", "privilegd: true").replace('"switched on"', "'on \"here\"'"), "privilegd"
    ),
    "a case that is a number": at(10, changed(BAD, '"3"'), "is YAML of an object"),
    "a case whose spec is a number": at(10, changed(BAD, '"spec: 3"'), 'case "switched on"'),
    "a case whose spec is null": at(10, changed(BAD, '"spec: null"'), 'case "switched on"'),
    "a case whose metadata is a number": at(10, changed(BAD, '"metadata: 3"'), 'case "switched on"'),
}


@pytest.mark.parametrize("wrong", SPECS.values(), ids=SPECS)
def test_a_rule_file_is_refused_with(folder: Path, wrong: Wrong) -> None:
    put(folder / "specs", wrong.files)
    before = tree(folder / "out")
    run = podsec("build", "--specs", "specs", cwd=folder)
    refuse(run, wrong.place, wrong.text)
    assert tree(folder / "out") == before


@pytest.mark.parametrize(
    ("wrong", "line", "name"),
    [
        (changed("privileged: true", "privileged: false"), 10, "switched on"),
        (changed('"unset": ""', f'"unset": {BAD}'), 9, "unset"),
    ],
    ids=["a bad case that is good", "a good case that is bad"],
)
def test_a_rule_file_is_refused_with_a_case_that_the_rule_judges_otherwise(
    folder: Path, wrong: str, line: int, name: str
) -> None:
    put(folder / "specs", {"a.py": wrong})
    refuse(podsec("build", "--specs", "specs", cwd=folder), f"specs/a.py:{line}", f'case "{name}"')


@pytest.mark.parametrize("command", [("check",), ("list",), ("explain", "a")], ids=" ".join)
def test_every_command_refuses_a_broken_rule_file_alike(folder: Path, command: tuple[str, ...]) -> None:
    put(folder / "specs", {"a.py": SPECS["an unknown field"].files["a.py"]})
    refuse(podsec(*command, "--specs", "specs", cwd=folder), "specs/a.py:7", 'no field "priviliged"')


# Options and folders


@dataclass(frozen=True, slots=True)
class Misuse:
    """What is done to the folder, the arguments, and what is said."""

    arguments: tuple[str, ...]
    place: str
    text: str
    spoil: Callable[[Path], object] = lambda _: None


def edit_two(folder: Path) -> None:
    for name in ("suite.yaml", "templates/a.yaml"):
        with (folder / "out/gatekeeper" / name).open("a") as file:
            file.write("# mine\n")


def swap_for_a_file(folder: Path) -> None:
    shutil.rmtree(folder / "out")
    (folder / "out").write_text("mine")


OWN = ("--specs", "specs")
MISUSES = {
    "no such specs": Misuse(("--specs", "nowhere"), "nowhere", "no such folder of rules"),
    "specs is a file": Misuse(("--specs", "specs/a.py"), "specs/a.py", "no such folder of rules"),
    "specs is empty": Misuse(OWN, "specs", "holds no rule file", lambda f: (f / "specs/a.py").unlink()),
    "a link to nowhere in specs": Misuse(
        OWN, "specs/b.py", "cannot be read", lambda f: (f / "specs/b.py").symlink_to("nowhere.py")
    ),
    "a folder named as a rule file": Misuse(OWN, "specs/b.py", "cannot be read", lambda f: (f / "specs/b.py").mkdir()),
    "an unknown target": Misuse((*OWN, "--target", "kyverna"), "", 'no target "kyverna"'),
    "an unknown profile": Misuse((*OWN, "--profile", "basline"), "", 'profile "basline"'),
    "an empty profile": Misuse((*OWN, "--profile", ""), "", 'profile ""'),
    "no version": Misuse((*OWN, "--kubernetes", "latst"), "", '"latst" is no version'),
    "a version with a v": Misuse((*OWN, "--kubernetes", "v1.25"), "", '"v1.25" is no version'),
    "a version to come": Misuse((*OWN, "--kubernetes", "1.99"), "", '"1.99" is no version'),
    "no such templates": Misuse((*OWN, "--templates", "nowhere"), "nowhere", "no such folder of templates"),
    "a broken template": Misuse(
        (*OWN, "--templates", "t"), "t/kustomization.yaml.j2:1", "no valid Jinja template",
        lambda f: put(f / "t", {"kustomization.yaml.j2": "{% for"}),
    ),
    "the parent of out is a file": Misuse(
        (*OWN, "-o", "file/out"), "file", "Not a directory", lambda f: put(f, {"file": "mine"})
    ),
    "out is a file": Misuse(OWN, "out", "is not a directory", swap_for_a_file),
    "out is filled by others": Misuse(
        (*OWN, "-o", "mine"), "mine", "holds no podsec.lock", lambda f: put(f / "mine", {"thesis.txt": "mine"})
    ),
    "out is the folder of the rules": Misuse((*OWN, "-o", "specs"), "specs", "holds no podsec.lock"),
    "out is where one is": Misuse((*OWN, "-o", "."), "", "the directory you are in"),
    "out has a name too long": Misuse((*OWN, "-o", "x" * 300), "x" * 300, "File name too long"),
    "edits by hand": Misuse(
        OWN, "out/gatekeeper/suite.yaml", "was edited by hand, and so were gatekeeper/templates/a.yaml", edit_two
    ),
    "a lock with a merge conflict": Misuse(
        OWN, "out/podsec.lock:1", "unfinished merge", lambda f: put(f / "out", {"podsec.lock": "<<<<<<< HEAD\n"})
    ),
    "a lock without a table of files": Misuse(
        OWN, "out/podsec.lock", 'no table "files"', lambda f: put(f / "out", {"podsec.lock": "{}"})
    ),
    "no lock any more": Misuse(OWN, "out", "holds no podsec.lock", lambda f: (f / "out/podsec.lock").unlink()),
    "a file of others in the way": Misuse(
        (*OWN, "-o", "mine"), "mine/gatekeeper", "not ours stands where the bundle needs a directory",
        lambda f: put(f / "mine", {"podsec.lock": '{"files": {}}', "gatekeeper": "mine"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_build_is_refused_where(folder: Path, misuse: Misuse) -> None:
    misuse.spoil(folder)
    before = tree(folder)
    run = podsec("build", *misuse.arguments, cwd=folder)
    refuse(run, misuse.place, misuse.text)
    assert tree(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [("build", "--nope"), ("biuld",), ("build", "--target"), ("explain",), ("list", "extra")],
    ids=" ".join,
)
def test_a_wrong_word_on_the_command_line_is_one_error_of_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    run = podsec(*arguments, cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.lower().count("error:") == 1
    assert "Traceback" not in run.err


def test_a_full_disk_under_stdout_is_no_traceback(folder: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            command("list", *OWN), cwd=folder, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


# What looks dangerous and is fine

HARMLESS = {
    "braces": "{{ request.object }}",
    "escaped braces": r"\{{ x }}",
    "a reference": "$(x)",
    "an escaped reference": r"\$(x)",
    "a shell variable": "${x}",
    "a star": "*",
    "a bar": "|",
    "a backquote": "`",
    "a single quote": "it's",
    "a double quote": 'say "so"',
    "a backslash": "\\",
    "a newline": "one\ntwo",
    "a carriage return": "one\r\ntwo",
    "a tab": "\t.",
    "NUL": "a\0b",
    "an escape": "\x1b[31m",
    "a line separator": "a\u2028b",
    "a byte order mark": "\ufeffa",
    "another plane": "\U0001f600",
    "a comment": "# not a comment",
    "a document": "---",
    "the end of a document": "...",
    "a statement": "{% raw %}",
    "half a statement": "%}",
    "a comment of Jinja": "{# x",
    "a format": "%s %(x)s {0}",
    "an alias": "*x",
    "a tag": "!!python/object x",
    "an item": "- a",
    "a pair": "a: b",
    "a boolean": "no",
    "nothing": "null",
    "spaces around": "  a  ",
    "a link to Rego": "concat(input)",
}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_a_rule_may_say(cli: Cli, rules: Path, text: str) -> None:
    said = repr(text)
    put(
        rules,
        {
            "own_rule.py": changed(TITLE, said)
            .replace('"remove privileged"', said)
            .replace('"switched on"', said)
            .replace(CONDITION, f"{CONDITION} & (pod.metadata.labels[{said}] != {said})")
        },
    )
    run = cli("build", *OPTIONS)
    assert (run.code, run.err) == (0, "")
    assert cli("check", *OPTIONS).code == 0
    assert cli("explain", "own-rule", *OPTIONS).code == 0


# Kills


def test_a_kill_in_the_middle_of_a_build_leaves_one_whole_bundle(cli: Cli, tmp_path: Path) -> None:
    versions = {"old": "1.26", "new": "1.37"}
    shutil.copytree(folder_of("policy_specs"), tmp_path / "rules")
    build = {name: ("build", *OPTIONS, "--kubernetes", version) for name, version in versions.items()}
    start = time.monotonic()
    assert podsec(*build["old"], cwd=tmp_path).code == 0
    took = time.monotonic() - start
    put(tmp_path / "out", {"README.md": "mine"})
    killed = 0
    for turn in range(15):
        with subprocess.Popen(
            command(*build["new" if turn % 2 else "old"]), cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL
        ) as process:
            time.sleep(took * (0.4 + secrets.randbelow(700) / 1000))  # the second half is the compiling and writing
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        checks = {name: cli("check", *OPTIONS, "--kubernetes", version) for name, version in versions.items()}
        assert sorted(run.code for run in checks.values()) == [0, 1], checks
        assert (tmp_path / "out/README.md").read_text() == "mine"
    assert killed, "every build was done before it was killed: the test shows nothing"
    assert podsec(*build["new"], cwd=tmp_path).code == 0
    assert cli("check", *OPTIONS).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rules"], "a leftover of a killed build"
