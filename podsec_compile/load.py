"""From a folder of rule files to specs: the rules, closed and checked, each known by its file's name."""

from __future__ import annotations

import ast
import dataclasses
import re
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile import cases, ir
from podsec_compile.binding import bind, fields, free, parameters
from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.evaluate import Request, judge
from podsec_compile.kinds import SUBJECTS, Subject
from podsec_compile.literals import checked_text
from podsec_compile.normalize import normalize
from podsec_compile.reserved import KUSTOMIZE, REGO
from podsec_compile.rule import Rule
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_ID = 47  # "podsec-" and the id are the name of a constraint, which has at most 63 characters


@dataclass(frozen=True, slots=True)
class Spec:
    """A rule as it is compiled.

    `id` comes from the file's name; `file` is its path below the folder of rules; `why` is its docstring.
    `broken` and `exempt` are closed expressions over the subject, versions not settled. `cases` are whole objects.
    `path` and `line` are where an error about the rule points to; None where it was not loaded from a file.
    """

    id: str
    file: str
    why: str
    rule: Rule
    subject: Subject
    broken: ir.Expression
    exempt: ir.Expression
    parameters: tuple[ir.Parameter, ...]
    cases: tuple[cases.Case, ...]
    path: Path | None = None
    line: int | None = None

    @property
    def root(self) -> ir.Variable:
        """The variable that stands for the object."""
        return ir.Variable(self.subject.name)

    @property
    def defaults(self) -> dict[str, ir.Scalar | tuple[ir.Scalar, ...]]:
        """The parameters' default values."""
        return {parameter.name: parameter.default for parameter in self.parameters}


def load(folder: Path, *, with_cases: bool = True) -> tuple[Spec, ...]:
    """Load every rule file below a folder, sorted by id; what is wrong raises PodsecError with file and line.

    Without their cases, which takes a third of the time, what is wrong in these is not seen.
    """
    if not folder.is_dir():
        hint = "give the folder that the file is in" if folder.is_file() else None
        raise PodsecError("there is no such folder of rules", file=folder, hint=hint)
    files = sorted(path for path in folder.rglob("*.py") if not _passed_over(path.relative_to(folder)))
    if not files:
        raise PodsecError("the folder holds no rule file", file=folder, hint="a rule is a .py file that binds RULE")
    specs: dict[str, Spec] = {}
    for file in files:
        spec = load_file(file, folder, with_cases=with_cases)
        if spec.id in specs:
            raise PodsecError(
                f'the id "{spec.id}" is taken by {folder / specs[spec.id].file}',
                file=file,
                hint="rename a file",
            )
        if alike := next((one for one in specs.values() if _bare(one.id) == _bare(spec.id)), None):
            raise PodsecError(
                f'the id "{spec.id}" differs by dashes only from that of {folder / alike.file}; engines ignore them',
                file=file,
            )
        specs[spec.id] = spec
    _check_replaced(specs.values(), folder)
    return tuple(specs[name] for name in sorted(specs))


def _passed_over(path: Path) -> bool:
    """Tell whether a path below the folder of rules is hidden, or Python's own."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _bare(name: str) -> str:
    return name.replace("-", "")


def load_file(file: Path, folder: Path, *, with_cases: bool = True) -> Spec:
    """Load one rule file."""
    name = file.stem.replace("_", "-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > _LONGEST_ID:
        raise PodsecError(
            f"a rule file's name is its id: lower-case words joined by _, {_LONGEST_ID} characters at most",
            file=file,
        )
    if name in REGO | KUSTOMIZE:
        raise PodsecError(f'"{name}" is no name for a rule: it is a word of an engine or of kustomize', file=file)
    try:
        source = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise PodsecError(f"cannot be read: {wrong}", file=file) from None
    namespace = _run(source, file, name)
    if with_cases:
        _check_written_once(source, file)
    rule = namespace.get("RULE")
    if not isinstance(rule, Rule):
        raise PodsecError("a rule file binds RULE to a Rule(...)", file=file)
    folders = file.relative_to(folder).parts[:-1]
    if folders and folders[-1] != rule.level:
        line = _line_of(source, rule.level)
        raise PodsecError(
            f'level "{rule.level}" in the folder {folders[-1]}/: a folder is named by its level',
            file=file,
            line=line,
        )
    why = _why(namespace, file)
    try:
        spec = _spec(name, file.relative_to(folder).as_posix(), why, rule, with_cases=with_cases)
    except cases.CaseError as wrong:
        raise PodsecError(wrong.message, file=file, line=_line_of_case(source, wrong.verdict, wrong.case)) from None
    except PodsecError as wrong:
        raise PodsecError(wrong.message, file=file, line=_line_of(source, None), hint=wrong.hint) from None
    except RecursionError:
        raise PodsecError("the condition is nested too deep", file=file, line=_line_of(source, None)) from None
    return dataclasses.replace(spec, path=file, line=_line_of(source, None))


def _why(namespace: dict[str, object], file: Path) -> str:
    """Give the docstring of a rule file in one line."""
    why = namespace.get("__doc__")
    if not isinstance(why, str) or not why.strip():
        raise PodsecError("the docstring of a rule file says why the rule exists", file=file, line=1)
    try:
        return " ".join(checked_text(why).split())
    except PodsecError as wrong:
        raise PodsecError(wrong.message, file=file, line=1) from None


def _run(source: str, file: Path, name: str) -> dict[str, object]:
    """Run a rule file in a namespace of its own."""
    namespace: dict[str, object] = {"__name__": f"policy_specs.{name}", "__file__": str(file)}
    try:
        exec(compile(source, str(file), "exec", optimize=0), namespace)  # noqa: S102  # a rule file is code by design
    except SyntaxError as wrong:
        raise PodsecError(f"is no valid Python: {wrong.msg}", file=file, line=wrong.lineno) from None
    except (Exception, SystemExit, GeneratorExit) as wrong:
        frames = [frame for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(file)]
        line = frames[-1].lineno if frames else None
        if isinstance(wrong, PodsecError):
            raise PodsecError(wrong.message, file=file, line=line, hint=wrong.hint) from None
        message, hint = _explained(wrong)
        raise PodsecError(message, file=file, line=line, hint=hint) from None
    return namespace


def _explained(wrong: BaseException) -> tuple[str, str | None]:
    """Give what Python refused in a rule file, and a hint; the arguments of Rule in a reader's words."""
    if missing := re.search(r"Rule\.__init__\(\) missing .*?: (.*)", str(wrong)):
        return f"a rule needs {missing[1]}", None
    if unknown := re.search(r"Rule\.__init__\(\) got an unexpected keyword argument '(.*?)'", str(wrong)):
        known = [one.name for one in dataclasses.fields(Rule)]
        return f'a rule has no "{unknown[1]}"', did_you_mean(unknown[1], known) or f"it has {', '.join(known)}"
    return f"{type(wrong).__name__}: {wrong}", None


def _check_written_once(source: str, file: Path) -> None:
    """Refuse a case that a rule file names twice: Python keeps the last and says nothing."""
    for verdict in ("good", "bad"):
        names: set[str] = set()
        for name, line in _case_lines(source, verdict):
            if name in names:
                raise PodsecError(f'there are two {verdict} cases "{name}"', file=file, line=line)
            names.add(name)


def _spec(name: str, file: str, why: str, rule: Rule, *, with_cases: bool) -> Spec:
    if rule.require is not None:
        broken: ir.Expression = ir.Not(bind(rule.require.node, universal=True))
    else:
        assert rule.forbid is not None  # noqa: S101  # a Rule has one of the two
        broken = bind(rule.forbid.node, universal=False)
    exempt: ir.Expression = ir.Constant(value=False) if rule.exempt is None else rule.exempt.node
    if free(exempt):
        raise PodsecError("exempt is about the whole object", hint="write some(...) around a condition over .each")
    subject = _subject([*fields(broken), *fields(exempt)])
    found = parameters(ir.And((broken, exempt)))
    names = [parameter.name for parameter in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise PodsecError(f'two different parameters are called "{twice}"')
    built = cases.build(name, rule, subject) if with_cases else ()
    spec = Spec(name, file, why, rule, subject, broken, exempt, found, built)
    _check_cases(spec)
    return spec


def _check_cases(spec: Spec) -> None:
    """Refuse a case that the rule itself judges otherwise, at the newest version."""
    if not spec.cases:
        return
    violation = normalize(spec.broken, spec.exempt, NEWEST_MINOR)
    for case in spec.cases:
        denied = bool(judge(violation, spec.subject, Request(case.object), spec.defaults))
        if denied != (case.verdict == "bad"):
            does = "denies" if denied else "admits"
            raise cases.CaseError(case.verdict, case.name, f"is said to be {case.verdict}, and the rule {does} it")


def _subject(read: Iterable[ir.Field]) -> Subject:
    """Give the kind of object that the fields are of."""
    roots = {field.of.name for field in read if not field.of.lists}
    if len(roots) != 1:
        raise PodsecError(
            f"a rule is about one kind of object, not {' and '.join(sorted(roots))}"
            if roots
            else "the rule reads no field"
        )
    return SUBJECTS[roots.pop()]


def _check_replaced(specs: Iterable[Spec], folder: Path) -> None:
    ids = {spec.id for spec in specs}
    for spec in specs:
        if spec.rule.replaces is not None and spec.rule.replaces not in ids - {spec.id}:
            raise PodsecError(f'replaces "{spec.rule.replaces}", which is no other rule here', file=folder / spec.file)


def _line_of(source: str, text: str | None) -> int | None:
    """Give the line of a string in a rule file, or of the call of Rule for None."""
    for node in ast.walk(ast.parse(source)):
        if text is not None and isinstance(node, ast.Constant) and node.value == text:
            return node.lineno
        if text is None and isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rule":
            return node.lineno
    return None


def _line_of_case(source: str, verdict: str, name: str) -> int | None:
    """Give the line of a case's name in a rule file."""
    return dict(_case_lines(source, verdict)).get(name) or _line_of(source, name)


def _case_lines(source: str, verdict: str) -> list[tuple[str, int]]:
    """Give the names of the cases of a verdict that a rule file writes out, each with its line."""
    return [
        (key.value, key.lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == verdict and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]
