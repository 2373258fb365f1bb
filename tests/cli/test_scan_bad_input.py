"""What cannot be read, or looks as if it could not: an exit code, a message with file and line, and little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from command_line import command, environment, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Cli

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true}\n"
GOOD = "apiVersion: v1\nkind: Pod\nmetadata: {name: after}\nspec: {hostPID: true}\n"
FOUND = "host-namespaces"


@dataclass(frozen=True, slots=True)
class Text:
    """A manifest, what is said of it on stderr ("" where nothing is wrong), and how many findings there are."""

    text: str | bytes
    said: str
    findings: int = 0


def wrong(text: str | bytes, said: str) -> Text:
    """Give a broken document with a good one behind it."""
    behind = b"\n---\n" + GOOD.encode()
    return Text((text.encode() if isinstance(text, str) else text) + behind, said, 1)


def pod(line: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nspec:\n{line}"


TEXTS: dict[str, Text] = {
    # Broken YAML: named, and the rest is judged
    "a map that goes wrong": wrong(pod("  hostPID: true\n hostIPC: true"), "x.yaml:5: no valid YAML: did not find expected key"),
    "a list that does not end": wrong("a: [b", "x.yaml:"),
    "a text that does not end": wrong('a: "b', "x.yaml:"),
    "a tab": wrong("a:\n\tb: c", "x.yaml:2: no valid YAML: found character that cannot start any token"),
    "a key twice": wrong(pod("  hostPID: true\n  hostPID: false"), 'x.yaml:5: no valid YAML: the key "hostPID" stands twice in one map'),
    "a key twice in flow": wrong("{a: b, a: c}", 'the key "a" stands twice'),
    "a key twice that says the same": wrong("a: b\n'a': b", 'the key "a" stands twice'),
    "an alias of nothing": wrong("a: *b", "x.yaml:1: no valid YAML: unknown anchor 'b' referenced"),
    "an anchor that holds itself": wrong("a: &b\n- *b", "x.yaml:2: no valid YAML: anchor 'b' value contains itself"),
    "a merge of a text": wrong("a:\n  <<: b", "x.yaml:2: no valid YAML: map merge requires map or sequence of maps"),
    "a null key": wrong("~: a", "x.yaml:1: no valid YAML: null is no key"),
    "a map for a key": wrong("{a: b}: c", "x.yaml:"),
    "an infinite number": wrong("a: .inf", "x.yaml:1: no valid YAML: JSON has no such number"),
    "a tag that does not fit": wrong("a: !!int b", "x.yaml:1: no valid YAML: cannot decode `b` as a !!int"),
    "an unknown escape": wrong('a: "\\q"', "x.yaml:1: no valid YAML: found unknown escape character"),
    "no UTF-8": wrong(b"a: \xff", "x.yaml:1: no valid YAML: it is not UTF-8"),
    "UTF-16": Text(POD.encode("utf-16"), "x.yaml:1: no valid YAML: it is UTF-16"),
    "NUL": wrong("a: b\0", "x.yaml:1: no valid YAML: control characters are not allowed"),
    "an escape": wrong("a: \x1b[31m", "x.yaml:1: no valid YAML: control characters are not allowed"),
    "a binary file": Text(bytes(range(256)) * 10, "x.yaml:"),
    "a directive without a document": wrong("%YAML 1.1", "x.yaml:"),
    "something behind ---": Text(f"{GOOD}--- a\nb: c\n---\n{GOOD}", "x.yaml:5: --- stands on a line of its own, not before a", 2),
    "a template that was not rendered": wrong("a: {{ .Values.b }}", "x.yaml:1: no valid YAML: a map is no key"),
    "a conflict of a merge": wrong("<<<<<<< HEAD\na: b\n=======\na: c\n>>>>>>> x", "x.yaml:"),
    "deep flow": wrong("a: " + "[" * 100_000, "x.yaml:1: no valid YAML:"),
    "deep flow that ends": wrong("a: " + "[" * 20_000 + "]" * 20_000, "x.yaml:1: no valid YAML:"),
    "deep blocks": Text("".join(f"{' ' * n}a:\n" for n in range(3000)) + f"---\n{GOOD}", "", 1),
    "a bomb": wrong("a0: &a0 [x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)), "document contains excessive aliasing"),
    "a bomb of merges": wrong("a0: &a0 {k: x}\n" + "".join(f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 9)}], k{n}: x}}\n" for n in range(1, 30)), "document contains excessive aliasing"),
    # Broken JSON
    "JSON that does not end": Text('{"apiVersion": "v1", "kind": "Pod"', "x.yaml:"),
    "JSON behind JSON that is none": Text('{"a": 1}\n{"b": 2}\n{"c": }\n', "x.yaml:3: no valid JSON"),
    "deep JSON": Text('{"a": ' * 5000 + "1" + "}" * 5000, "x.yaml:1: no valid"),
    # What is fine
    "nothing": Text("", ""),
    "a comment": Text("# a\n", ""),
    "documents with nothing": Text("---\n---\n\n---\n", ""),
    "a text": Text("a\n", ""),
    "a list": Text("- a\n", ""),
    "an object without a kind": Text("a: b\n", ""),
    "an object whose kind is a map": Text("apiVersion: v1\nkind: {a: b}\n", ""),
    "an object of no kind that we know": Text("apiVersion: x/v1\nkind: Pod\nspec: {hostPID: true}\n", ""),
    "a list without items": Text("apiVersion: v1\nkind: List\n", ""),
    "a list whose items are none": Text("apiVersion: v1\nkind: List\nitems: [1, null, a, [b], {}]\n", ""),
    "a spec that is a list": Text("apiVersion: v1\nkind: Pod\nspec: [a]\n", ""),
    "metadata that is a text": Text("apiVersion: v1\nkind: Pod\nmetadata: a\nspec: {hostPID: true}\n", "", 1),
    "a name that is a map": Text("apiVersion: v1\nkind: Pod\nmetadata: {name: {a: b}}\nspec: {hostPID: true}\n", "", 1),
    "a name with a line break": Text('apiVersion: v1\nkind: Pod\nmetadata: {name: "a\\nb"}\nspec: {hostPID: true}\n', "", 1),
    "a boolean of YAML 1.1": Text(pod("  hostPID: yes\n"), "", 1),
    "a boolean in quotes": Text(pod('  hostPID: "true"\n'), "", 0),
    "anchors and merges": Text("apiVersion: v1\nkind: Pod\nx: &x {hostPID: on}\nspec:\n  <<: *x\n", "", 1),
    "Windows": Text(POD.replace("\n", "\r\n"), "", 1),
    "a byte order mark": Text("\ufeff" + POD, "", 1),
    "a list in a list": Text(f"apiVersion: v1\nkind: List\nitems:\n- kind: List\n  items:\n  - {json.dumps({'apiVersion': 'v1', 'kind': 'Pod', 'spec': {'hostPID': True}})}\n", "", 1),
    "a key twice in JSON, of which the last counts": Text('{"apiVersion": "v1", "kind": "Pod", "spec": {"hostPID": false, "hostPID": true}}', "", 1),
    "an end of a document, behind which kubectl reads nothing": Text(f"{POD}...\na: [\n", "", 1),
}  # fmt: skip


@pytest.mark.parametrize("one", TEXTS.values(), ids=TEXTS)
def test_of_a_text_is_said(cli: Cli, tmp_path: Path, one: Text) -> None:
    put(tmp_path, {"x.yaml": one.text})
    run = cli("scan", "x.yaml", "--profile", "baseline")
    assert "Traceback" not in run.err
    assert one.said in run.err
    assert run.err.count("error:") == bool(one.said)
    assert run.out.count(FOUND) == one.findings
    assert run.code == (2 if one.said else 1 if one.findings else 0)


# --- files and options ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misuse:
    """What is done to the folder, the arguments, and what is said."""

    arguments: tuple[str, ...]
    said: str
    spoil: Callable[[Path], object] = lambda _: None


MISUSES = {
    "no such file": Misuse(("nowhere.yaml",), "nowhere.yaml: there is no such file or folder"),
    "no such file and one that is there": Misuse(("nowhere.yaml", "good.yaml"), "nowhere.yaml: there is no such file"),
    "a file that nobody may read": Misuse(("closed",), "closed/x.yaml: cannot be read", lambda f: (f / "closed").mkdir() or (f / "closed/x.yaml").symlink_to("/proc/1/mem")),
    "a link to itself": Misuse(("loop.yaml",), "loop.yaml: ", lambda f: (f / "loop.yaml").symlink_to("loop.yaml")),
    "an unknown format": Misuse(("good.yaml", "--format", "xml"), "xml"),
    "an unknown profile": Misuse(("good.yaml", "--profile", "basline"), 'profile "basline"'),
    "an unknown option": Misuse(("good.yaml", "--nope"), "--nope"),
    "no path": Misuse((), "Missing argument"),
    "fewer than no processes": Misuse(("good.yaml", "--jobs", "-1"), "--jobs"),
    "rules that are none": Misuse(("good.yaml", "--specs", "good.yaml"), "no such folder of rules"),
    "a broken configuration": Misuse(("good.yaml",), "podsec.yaml:1", lambda f: put(f, {"podsec.yaml": "profil: x\n"})),
}  # fmt: skip


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_scan_is_refused_with(cli: Cli, tmp_path: Path, misuse: Misuse) -> None:
    put(tmp_path, {"good.yaml": GOOD})
    misuse.spoil(tmp_path)
    run = cli("scan", *misuse.arguments)
    assert run.code == 2
    assert misuse.said in run.err
    assert "Traceback" not in run.err


def test_a_folder_without_manifests_is_none(cli: Cli, tmp_path: Path) -> None:
    put(tmp_path, {"empty/notes.txt": "a"})
    assert cli("scan", "empty").out == "0 findings in 0 of 0 objects\n"


def test_a_file_that_is_named_is_read_whatever_its_ending(cli: Cli, tmp_path: Path) -> None:
    put(tmp_path, {"pod.txt": POD})
    assert cli("scan", "pod.txt", "--profile", "baseline").code == 1


def test_a_name_that_is_no_text_is_printed_as_far_as_it_can_be(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.yaml", "w") as file:  # noqa: PTH123  # a name in bytes
        file.write(POD)
    for form in ("text", "json", "sarif", "junit", "markdown", "openreports"):
        done = subprocess.run(
            command("scan", ".", "--format", form), cwd=tmp_path, env=environment(), capture_output=True
        )
        assert (done.returncode, done.stderr) == (1, b""), form
        assert done.stdout.decode()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    put(tmp_path, {"x.yaml": "---\n".join([POD] * 5000)})
    with subprocess.Popen(
        command("scan", "x.yaml"), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() != 0


# --- what is heavy ----------------------------------------------------------------------------------------------------

MB = 1 << 20


def pieces(piece: bytes, size: int) -> Iterator[bytes]:
    """Give a piece again and again, up to a size."""
    many = piece * (MB // len(piece) + 1)
    for _ in range(size // len(many) + 1):
        yield many


def heavy(name: str) -> Iterator[bytes]:
    """Give a text of 100 MB."""
    size = 100 * MB
    match name:
        case "documents":
            yield from pieces(POD.encode() + b"---\n", size // 10)
        case "a list of YAML":
            yield b"apiVersion: v1\nkind: List\nitems:\n"
            yield from pieces(b"- apiVersion: v1\n  kind: Secret\n  data:\n    a: " + b"x" * 20_000 + b"\n", size)
        case "a list of JSON":
            yield b'{\n    "apiVersion": "v1",\n    "items": [\n'
            yield from pieces(
                b'        {\n            "kind": "Secret",\n            "a": "' + b"x" * 20_000 + b'"\n        },\n',
                size,
            )
            yield b'        {}\n    ],\n    "kind": "List"\n}\n'
        case "one document":
            yield b"a:\n"
            yield from pieces(b"- " + b"x" * 1000 + b"\n", size)
        case "one line":
            yield from pieces(b"a", size)
        case "one text":
            yield b'a: "'
            yield from pieces(b"a", size)
        case "brackets":
            yield from pieces(b"[", size)
        case "one value of JSON":
            yield b'{"a": ['
            yield from pieces(b'"b", ', size)
        case "broken documents":
            yield from pieces(b"a: [\n---\n", MB // 4)
        case "separators":
            yield from pieces(b"---\n", size // 10)


@pytest.mark.parametrize(
    "name",
    ["documents", "a list of YAML", "a list of JSON", "one document", "one line", "one text", "brackets", "one value of JSON", "broken documents", "separators"],
)  # fmt: skip
def test_what_is_heavy_takes_little_memory(tmp_path: Path, name: str) -> None:
    with (tmp_path / "x.yaml").open("wb") as file:
        file.writelines(heavy(name))
    code = (
        "import sys; sys.argv = ['podsec-compile', 'scan', 'x.yaml', '--jobs', '1', '--profile', 'baseline']\n"
        "from podsec_compile.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write('peak ' + open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, timeout=120
    )
    said, _, peak = done.stderr.decode().rpartition("peak ")
    assert "Traceback" not in said
    assert (done.returncode == 2) == bool(said), said
    print(f"{name}: exit {done.returncode}, {int(peak) >> 10} MB; {said.strip()}")  # shown with -s
    assert int(peak) >> 10 < 100
