"""What can be wrong with a rule file: one message each, with the file, the line and how to mend it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from podsec_compile import ir
from podsec_compile.errors import PodsecError
from podsec_compile.load import load, load_file

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import WriteSpec

GOOD = '''\
"""Why the rule exists."""

from podsec_compile.dsl import Rule, config_map, each_container, param, pod, since, some

RULE = Rule(
    title="No container is privileged",
    level="baseline",
    require=~each_container.securityContext.privileged.is_true(),
    remedy="remove privileged",
    good={"unset": ""},
    bad={"switched on": "securityContext: {privileged: true}"},
)
'''
LINES = GOOD.splitlines()


def line_of(text: str, part: str) -> int:
    """Give the number of the line that holds a text."""
    (found,) = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return found


def changed(*changes: tuple[str, str]) -> str:
    """Give the good rule file with texts replaced."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def requiring(condition: str) -> str:
    """Give the rule file with another condition, on lines of its own."""
    lines = textwrap.indent(textwrap.dedent(condition).strip(), " " * 8)
    return changed(("~each_container.securityContext.privileged.is_true()", f"(\n{lines}\n    )"))


@dataclass(frozen=True)
class Wrong:
    """A rule file; a part of the line at fault (None: no line is); parts of the message and of the hint."""

    text: str
    line: str | None
    message: str
    hint: str = ""


WRONG = {
    "syntax error": Wrong(changed(('level="baseline"', "level=")), "level=", "is no valid Python"),
    "unclosed bracket": Wrong(GOOD.removesuffix(")\n"), "RULE = Rule(", "is no valid Python"),
    "null byte": Wrong(GOOD + "\0", None, "null bytes"),
    "import of nothing": Wrong(changed(("some\n", "sum\n")), "import Rule", "cannot import name 'sum'"),
    "import error": Wrong(changed(("from podsec", "import nowhere\nfrom podsec")), "import nowhere", "No module named"),
    "exit": Wrong(changed(("RULE", "import sys\nsys.exit('bye')\nRULE")), "sys.exit", "SystemExit"),
    "exception": Wrong(changed(("RULE", "1 / 0\nRULE")), "1 / 0", "ZeroDivisionError"),
    "exception with lines": Wrong(changed(("RULE", "raise ValueError('a\\nb')\nRULE")), "raise", "ValueError"),
    "unknown name": Wrong(changed(("RULE", "x = pods\nRULE")), "x = pods", "name 'pods' is not defined"),
    "unknown argument": Wrong(changed(("remedy", "remdy")), "RULE = Rule(", "remdy"),
    "missing argument": Wrong(changed(('    remedy="remove privileged",\n', "")), "RULE = Rule(", "remedy"),
    "misspelt field": Wrong(
        changed(("privileged.is_true", "privilegd.is_true")),
        "privilegd",
        'SecurityContext has no field "privilegd"',
        'did you mean "privileged"?',
    ),
    "misspelt field in a condition of many lines": Wrong(
        requiring("""
            each_container.securityContext.privileged.is_false()
            | each_container.securityContext.privileged.is_absent()
            | pod.spec.hostNetwrk.is_false()
            | pod.spec.hostPID.is_false()
        """),
        "hostNetwrk",
        'PodSpec has no field "hostNetwrk"',
        'did you mean "hostNetwork"?',
    ),
    "misspelt field in a chain of many lines": Wrong(
        requiring("""
            pod.spec
            .securityContext
            .runAsNonRot
            .is_true()
        """),
        "runAsNonRot",
        'PodSecurityContext has no field "runAsNonRot"',
        'did you mean "runAsNonRoot"?',
    ),
    "misspelt method": Wrong(requiring("pod.spec.hostPID.is_tru()"), "is_tru", "is_tru"),
    "field for condition": Wrong(requiring("pod.spec.hostPID"), "RULE = Rule(", "require is a condition"),
    "and": Wrong(
        requiring("pod.spec.hostPID.is_true()\nand pod.spec.hostIPC.is_true()"),
        "pod.spec.hostPID",
        "a condition has no truth value",
        "write & for and",
    ),
    "precedence": Wrong(
        requiring('pod.spec.hostname == "a" & pod.spec.subdomain == "b"'),
        "pod.spec.hostname",
        "",
        "(a == 1) & (b == 2)",
    ),
    "look-ahead": Wrong(
        requiring('pod.spec.hostname.matches("a")\n| pod.spec.hostname.matches("a(?=b)")'),
        "(?=b)",
        "is no RE2 regular expression",
        "no look-around",
    ),
    "wrong literal": Wrong(
        requiring('pod.spec.priority == "1"'), "priority", "pod.spec.priority is a number and is compared with"
    ),
    "parameter of wrong type": Wrong(
        requiring('pod.spec.priority == param.string("a", "x", help="")'), "priority", "pod.spec.priority is a number"
    ),
    "list parameter of wrong type": Wrong(
        requiring('pod.spec.priority.one_of(param.strings("a", ["x"], help=""))'), "priority", "lists strings"
    ),
    "two parameters of one name": Wrong(
        requiring(
            'pod.spec.priority.one_of(param.numbers("a", [1], help=""))\n'
            '| (pod.spec.priority == param.number("a", 1, help=""))'
        ),
        "RULE = Rule(",
        'two different parameters are called "a"',
    ),
    "two kinds": Wrong(
        requiring('pod.spec.hostPID.is_true() & (config_map.data["a"] == "b")'),
        "RULE = Rule(",
        "one kind of object, not configMap and pod",
    ),
    "two kinds through exempt": Wrong(
        changed(("    remedy", '    exempt=config_map.data["a"].is_set(),\n    remedy')),
        "RULE = Rule(",
        "one kind of object, not configMap and pod",
    ),
    "exempt with each": Wrong(
        changed(("    remedy", "    exempt=each_container.tty.is_true(),\n    remedy")),
        "RULE = Rule(",
        "exempt is about the whole object",
        "some(...)",
    ),
    "require and forbid": Wrong(
        changed(("    remedy", "    forbid=pod.spec.hostPID.is_true(),\n    remedy")),
        "RULE = Rule(",
        "exactly one of require and forbid",
    ),
    "no RULE": Wrong(changed(("RULE", "RULES")), None, "binds RULE to a Rule(...)"),
    "RULE is no rule": Wrong(GOOD + "RULE = 1\n", None, "binds RULE to a Rule(...)"),
    "no docstring": Wrong(changed(('"""Why the rule exists."""', "")), "", "the docstring of a rule file says why"),
    "empty docstring": Wrong(changed(("Why the rule exists.", " ")), '"""', "the docstring of a rule file says why"),
    "empty file": Wrong("", None, "binds RULE to a Rule(...)"),
    "surrogate in the docstring": Wrong(changed(("Why", "Why \\ud800")), '"""', "half of a surrogate pair"),
    "level of another folder": Wrong(
        changed(('"baseline"', '"restricted"')), '"restricted"', 'level "restricted" in the folder baseline/'
    ),
    "replaces nothing": Wrong(
        changed(("    remedy", '    replaces="nothing",\n    remedy')), None, 'replaces "nothing", which is no'
    ),
    "case that is no YAML": Wrong(
        changed(("{privileged: true}", "{privileged: true")), '"switched on"', 'case "switched on" is no valid YAML'
    ),
    "case that is no object": Wrong(
        changed(("securityContext: {privileged: true}", "- a")),
        '"switched on"',
        'case "switched on" is YAML of an object',
    ),
    "case with two documents": Wrong(
        changed(('"securityContext: {privileged: true}"', '"a: b\\n---\\nc: d"')), '"switched on"', "is no valid YAML"
    ),
    "case with a date that is none": Wrong(
        changed(("securityContext: {privileged: true}", "workingDir: 2024-02-30")),
        '"switched on"',
        'case "switched on"',
    ),
    "case with an integer that is none": Wrong(
        changed(("securityContext: {privileged: true}", "workingDir: !!int a")), '"switched on"', 'case "switched on"'
    ),
    "case whose spec is null": Wrong(
        changed(("securityContext: {privileged: true}", "spec: null")), '"switched on"', 'case "switched on"'
    ),
    "case whose spec is a list": Wrong(
        changed(("securityContext: {privileged: true}", "spec: [a]")), '"switched on"', 'case "switched on"'
    ),
    "case with an unknown field": Wrong(
        changed(("{privileged: true}", "{privilegd: true}")),
        '"switched on"',
        'unknown field "securityContext.privilegd" (did you mean "privileged"?)',
    ),
    "case with an unknown field of the pod": Wrong(
        changed(("securityContext: {privileged: true}", "spec: {containers: [{imag: a}]}")),
        '"switched on"',
        'unknown field "spec.containers[0].imag" (did you mean "image"?)',
    ),
    "case called as another one": Wrong(
        changed(
            ('good={"unset": ""}', 'good={"on": ""}'),
            ('bad={"switched on": "securityContext: {privileged: true}"}', 'bad={"on": "imag: a"}'),
        ),
        "imag: a",
        'case "on"',
    ),
    "case with quotes in its name": Wrong(
        changed(('{"switched on": "securityContext: {privileged: true}"}', '{\'the "on" one\': "imag: a"}')),
        "imag: a",
        'case "the "on" one"',
    ),
    "bad case that the rule keeps": Wrong(
        changed(("{privileged: true}", "{privileged: false}")), '"switched on"', 'case "switched on"'
    ),
    "good case that breaks the rule": Wrong(
        changed(('"unset": ""', '"unset": "securityContext: {privileged: true}"')), '"unset"', 'case "unset"'
    ),
    "no bad case": Wrong(
        changed(('"switched on": "securityContext: {privileged: true}"', "")), "RULE = Rule(", "at least one bad case"
    ),
    "rule that reads nothing": Wrong(
        requiring("since('1.25', pod.spec.hostPID.is_true()) & some(pod.spec.volumes)"), "volumes", "is a field"
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_is_one_message_with_file_and_line(wrong: Wrong, write_spec: WriteSpec, tmp_path: Path) -> None:
    file = write_spec(wrong.text, "baseline/a_rule.py")
    with pytest.raises(PodsecError) as refused:
        load(tmp_path)
    error = refused.value
    assert wrong.message in error.message
    assert wrong.hint in (error.hint or "")
    assert error.file == file
    assert str(error).startswith(f"{file}:")
    assert "Traceback" not in str(error)
    assert error.__suppress_context__ or error.__context__ is None
    if wrong.line is not None:
        expected = line_of(wrong.text, wrong.line) if wrong.line else 1
        assert error.line == expected, wrong.text.splitlines()[(error.line or 1) - 1]


@pytest.mark.parametrize(
    "name", ["A.py", "1a.py", "a__b.py", "a-b.py", "_a.py", "a_.py", "ä.py", "a b.py", "a" * 48 + ".py"]
)
def test_a_name_that_is_no_id_is_refused(name: str, write_spec: WriteSpec, tmp_path: Path) -> None:
    file = write_spec(GOOD, f"baseline/{name}")
    if name == "a-b.py":
        assert load(tmp_path)[0].id == "a-b"
        return
    with pytest.raises(PodsecError, match="a rule file's name is its id") as refused:
        load(tmp_path)
    assert refused.value.file == file


def test_a_name_may_have_47_characters(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(GOOD, f"baseline/{'a' * 47}.py")
    assert load(tmp_path)[0].id == "a" * 47


def test_two_rules_with_one_id_are_refused(write_spec: WriteSpec, tmp_path: Path) -> None:
    first = write_spec(GOOD, "baseline/a.py")
    second = write_spec(changed(('"baseline"', '"restricted"')), "restricted/a.py")
    with pytest.raises(PodsecError, match='the id "a" is taken by') as refused:
        load(tmp_path)
    assert refused.value.file == second
    assert str(first) in refused.value.message
    assert refused.value.hint == "rename a file"


def test_two_cases_of_one_slug_are_two_objects(write_spec: WriteSpec, tmp_path: Path) -> None:
    one = '"switched on": "securityContext: {privileged: true}"'
    two = f'{one}, "Switched-ON": "securityContext: {{privileged: true, runAsUser: 1}}"'
    write_spec(changed((one, two)), "baseline/a.py")
    bad = [case for case in load(tmp_path)[0].cases if case.verdict == "bad"]
    assert len(bad) == len({case.object["metadata"]["name"] for case in bad}) == len([one, two])


def test_names_of_cases_that_are_cut_stay_apart(write_spec: WriteSpec, tmp_path: Path) -> None:
    one = '"switched on": "securityContext: {privileged: true}"'
    long = ", ".join(f'"{"x" * 60}{end}": "securityContext: {{privileged: true}}"' for end in "ab")
    write_spec(changed((one, long)), f"baseline/{'a' * 47}.py")
    names = [case.object["metadata"]["name"] for case in load(tmp_path)[0].cases]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= len("x" * 63)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PodsecError, match="there is no such folder of rules") as refused:
        load(tmp_path / "nowhere")
    assert refused.value.file == tmp_path / "nowhere"


def test_a_file_for_a_folder_is_refused(write_spec: WriteSpec) -> None:
    with pytest.raises(PodsecError, match="there is no such folder of rules"):
        load(write_spec(GOOD))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "baseline").mkdir()
    (tmp_path / "baseline" / "README.md").write_text("no rule")
    with pytest.raises(PodsecError, match="the folder holds no rule file") as refused:
        load(tmp_path)
    assert refused.value.hint == "a rule is a .py file that binds RULE"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "# \xe4\n".encode("latin-1"), GOOD.encode("utf-16")])
def test_a_file_that_is_no_utf8_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(content)
    with pytest.raises(PodsecError, match="cannot be read") as refused:
        load(tmp_path)
    assert refused.value.file == file


def test_a_folder_that_is_named_as_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.py").mkdir()
    with pytest.raises(PodsecError, match="cannot be read"):
        load(tmp_path)


def test_the_first_of_several_wrong_files_is_named(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec("(", "baseline/b.py")
    first = write_spec("(", "baseline/a.py")
    write_spec(GOOD, "baseline/c.py")
    with pytest.raises(PodsecError) as refused:
        load(tmp_path)
    assert refused.value.file == first


# --- what is not wrong ----------------------------------------------------------------------------------------------


def test_a_spec_knows_what_its_file_says(write_spec: WriteSpec, tmp_path: Path) -> None:
    spec = load_file(write_spec(GOOD, "baseline/no_privileged.py"), tmp_path)
    assert (spec.id, spec.file, spec.why) == ("no-privileged", "baseline/no_privileged.py", "Why the rule exists.")
    assert (spec.subject.name, spec.root) == ("pod", ir.Variable("pod"))
    assert (spec.parameters, spec.exempt) == ((), ir.Constant(value=False))
    assert [(case.verdict, case.name) for case in spec.cases] == [("good", "unset"), ("bad", "switched on")]


def test_parameters_come_with_their_defaults(write_spec: WriteSpec, tmp_path: Path) -> None:
    condition = (
        'pod.spec.priority.one_of(param.numbers("b", [0], help="B."))'
        ' | (pod.spec.priority > param.number("a", 9, help="A."))'
        " | pod.spec.priority.is_absent()"
    )
    text = requiring(condition).replace("securityContext: {privileged: true}", "spec: {priority: 1}")
    spec = load_file(write_spec(text), tmp_path)
    assert [one.name for one in spec.parameters] == ["a", "b"]
    assert spec.defaults == {"a": 9, "b": (0,)}


def test_rules_are_sorted_by_id_wherever_they_lie(write_spec: WriteSpec, tmp_path: Path) -> None:
    for name, level in (("zoo", "baseline"), ("ape", "restricted"), ("bee", "aks")):
        write_spec(changed(('"baseline"', f'"{level}"')), f"{level}/{name}.py")
    assert [spec.id for spec in load(tmp_path)] == ["ape", "bee", "zoo"]


def test_a_rule_may_lie_in_no_folder(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(GOOD, "x.py")
    assert [spec.id for spec in load(tmp_path)] == ["x"]


def test_hidden_files_are_passed_over(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(GOOD, "baseline/a.py")
    write_spec("(", "baseline/.b.py")
    write_spec("(", ".git/c.py")
    write_spec("(", "baseline/__pycache__/d.py")
    assert [spec.id for spec in load(tmp_path)] == ["a"]


@pytest.mark.parametrize("hidden", [".venv/lib/policy_specs", ".config/rules"])
def test_rules_below_a_hidden_folder_are_found(hidden: str, write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(GOOD, f"{hidden}/baseline/a.py")
    assert [spec.id for spec in load(tmp_path / hidden)] == ["a"]


def test_a_rule_file_may_have_a_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(tmp_path)[0].why == "Why the rule exists."


def test_a_long_condition_is_no_deep_one(write_spec: WriteSpec, tmp_path: Path) -> None:
    condition = "\n| ".join(f'(pod.spec.hostname == "{number}")' for number in range(300))
    text = requiring(f"{condition}\n| pod.spec.hostname.is_absent()")
    write_spec(text.replace("securityContext: {privileged: true}", "spec: {hostname: a}"), "x.py")
    assert [spec.id for spec in load(tmp_path)] == ["x"]


def test_loading_twice_gives_the_same(write_spec: WriteSpec, tmp_path: Path) -> None:
    write_spec(GOOD, "x.py")
    (first,), (second,) = load(tmp_path), load(tmp_path)
    assert (first.broken, first.cases) == (second.broken, second.cases)
