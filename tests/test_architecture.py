"""How the package is built: who may know whom, what may stand where, and how long a module may be."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pytest
from jinja2 import nodes

import podsec_compile
from podsec_compile.render import folder
from podsec_compile.targets import ON_REQUEST, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import WriteSpec

PACKAGE = Path(podsec_compile.__file__).parent
CHECKOUT = PACKAGE.parent
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40


def name_of(file: Path) -> str:
    """Give a module's name below the package: `targets.kyverno`; a package's is its folder's."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in FILES.items()}

# A module imports, when it runs, those above it only. What it imports for types alone is in no layer.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("",),
    ("ir", "errors", "kinds", "reserved", "reading", "parallel"),
    ("reading.scalars", "reading.json_text"),
    ("reading.exact", "reading.block", "reading.streams"),
    ("binding", "schema", "messages", "images", "needles", "patterns", "regular", "samples", "document"),
    ("evaluate", "literals", "languages", "languages.cel_text", "languages.image_parts", "languages.arm"),
    ("languages.python_atoms",),
    ("languages.python_reads",),
    ("languages.python",),
    ("judging",),
    ("conditions", "rule", "normalize", "profiles", "render", "bundle", "languages.cel_value", "config"),
    ("markdown",),
    ("languages.cel_parts",),
    ("dsl", "cases", "languages.rego", "languages.jmespath", "languages.cel"),
    ("load", "witnesses", "mutants", "predicates"),
    ("decisive", "catalogue", "prove", "waivers"),
    ("overlays",),
    ("targets",),
    ("targets.gatekeeper", "targets.kyverno", "targets.kyverno_cel", "targets.vap"),
    ("targets.gatekeeper_cel", "targets.gatekeeper_joined", "targets.azure_policy"),
    ("compile", "agreement", "outputs"),
    ("diff", "impact", "manifests", "revisions", "diff_report", "explanation", "scan"),
    ("reports", "scanning", "website"),
    ("reports.json", "reports.text", "reports.junit"),
    ("reports.markdown", "reports.openreports", "reports.sarif"),
    ("website.generator", "website.pages"),
    ("cli.choices",),
    (
        "cli.build",
        "cli.check",
        "cli.diff",
        "cli.docs",
        "cli.explain",
        "cli.init",
        "cli.list",
        "cli.scan",
        "cli.waivers",
    ),
    ("cli",),
    ("__main__",),
)
LAYER = {name: number for number, layer in enumerate(LAYERS) for name in layer}


def imports(name: str, *, types: bool) -> set[str]:
    """Give the modules of the package that a module imports: when it runs, or also for types."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not types:
            return
        if isinstance(node, ast.Import):
            found.update(one.name for one in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            found.update(
                f"{node.module}.{one.name}" if f"{node.module}.{one.name}" in ABSOLUTE else node.module
                for one in node.names
            )
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(TREES[name])
    return {ABSOLUTE[one] for one in found if one in ABSOLUTE and ABSOLUTE[one] != name}


ABSOLUTE = {f"podsec_compile.{name}".removesuffix("."): name for name in FILES}


def test_every_module_has_a_layer() -> None:
    assert set(FILES) == set(LAYER)


@pytest.mark.parametrize("name", FILES, ids=lambda one: one or "podsec_compile")
def test_a_module_imports_from_the_layers_above_it(name: str) -> None:
    below = {one for one in imports(name, types=False) if LAYER[one] >= LAYER[name]}
    assert below == set()


def test_no_module_imports_itself_through_others() -> None:
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for one in sorted(imports(name, types=False)):
                walk(one, (*path, name))
            done.add(name)

    for name in FILES:
        walk(name, ())


def test_the_nodes_know_nothing_of_ours() -> None:
    assert imports("ir", types=True) == set()


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("languages")])
def test_a_language_knows_no_manifest(name: str) -> None:
    known = imports(name, types=True)
    assert not {
        one for one in known if one.partition(".")[0] in ("targets", "bundle", "cli", "compile", "render", "load")
    }


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("cli.")])
def test_a_command_holds_no_meaning(name: str) -> None:
    known = imports(name, types=False)
    assert not known & {"ir", "binding", "normalize", "conditions", "literals", "languages.rego", "languages.jmespath"}
    assert not known & {one for one in known if one.startswith("languages.")}


BUILT_ON = {
    f"targets.{name}": {"targets.gatekeeper"} for name in ("gatekeeper_cel", "gatekeeper_joined", "azure_policy")
}


@pytest.mark.parametrize("name", [f"targets.{name.replace('-', '_')}" for name in (*TARGETS, *ON_REQUEST)])
def test_a_target_knows_no_other_target_but_the_one_whose_templates_it_wraps(name: str) -> None:
    known = {one for one in imports(name, types=True) if one.startswith("targets.")}
    assert known == BUILT_ON.get(name, set())


# --- what may stand where -----------------------------------------------------------------------------------------

EXPRESSION_TEXT = re.compile(
    r":=|==|!=|&&|\|\||\[\?|\[\*\]|\{\{|}}|\bnot \w|\bif \w+ in\b|\bsome \w+ in\b|\bcontains\("
    r"|\bobject\.get\b|\bcount\("
)


def strings(tree: ast.Module) -> Iterator[str]:
    """Give the texts of a module that are no docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("targets")])
def test_a_target_holds_no_text_of_an_expression(name: str) -> None:
    assert [text for text in strings(TREES[name]) if EXPRESSION_TEXT.search(text)] == []


KUBERNETES = re.compile(
    r"securityContext|hostNetwork|hostPort|capabilities|privileged|runAsNonRoot|seccompProfile|initContainers"
)


@pytest.mark.parametrize(
    "name", [name for name in FILES if name.startswith(("languages", "targets", "cli", "bundle", "render"))]
)
def test_what_is_about_no_rule_names_no_field_of_one(name: str) -> None:
    assert [text for text in strings(TREES[name]) if KUBERNETES.search(text)] == []


TEMPLATES = sorted(folder("templates").rglob("*.j2"))
template = pytest.mark.parametrize("file", TEMPLATES, ids=lambda one: f"{one.parent.name}/{one.name}")


@template
def test_a_template_asks_only_whether_there_is_something(file: Path) -> None:
    tree = jinja2.Environment(autoescape=False).parse(file.read_text(encoding="utf-8"))  # noqa: S701  # parsed only
    for asked in [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]:
        assert isinstance(asked, nodes.If | nodes.CondExpr)
        test = asked.test.node if isinstance(asked.test, nodes.Not) else asked.test
        assert isinstance(test, nodes.Name | nodes.Getattr), f"line {asked.lineno} decides"
    assert not list(tree.find_all((nodes.Macro, nodes.Assign)))


@template
def test_a_template_names_no_field_of_a_rule(file: Path) -> None:
    assert not KUBERNETES.search(file.read_text(encoding="utf-8"))


# --- how long things are ------------------------------------------------------------------------------------------


def functions(name: str) -> list[tuple[int, str]]:
    """Give each function of a module with its length, decorators not counted."""
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name}.{node.name}")
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("name", FILES, ids=lambda one: one or "podsec_compile")
def test_modules_and_functions_are_short(name: str) -> None:
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert [one for one in functions(name) if one[0] > MOST_LINES_OF_A_FUNCTION] == []


def test_the_numbers_are_printed() -> None:
    modules = sorted((len(file.read_text(encoding="utf-8").splitlines()), name) for name, file in FILES.items())
    lengths = sorted(one for name in FILES for one in functions(name))
    print(  # shown with -s
        f"\n{len(modules)} modules, {sum(lines for lines, _ in modules)} lines; longest {modules[-1]}"
        f"\n{len(lengths)} functions; median {statistics.median(lines for lines, _ in lengths)}, longest {lengths[-1]}"
    )
    assert modules
    assert lengths


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Give the functions, classes and methods of a module that have no underscore before their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (one for one in node.body if isinstance(one, ast.FunctionDef) and one.name[0] != "_")


@pytest.mark.parametrize("name", FILES, ids=lambda one: one or "podsec_compile")
def test_every_public_name_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(TREES[name])
    assert [node.name for node in public(TREES[name]) if not ast.get_docstring(node)] == []


# --- what an editor tells ---------------------------------------------------------------------------------------------

_RULE = '''\
"""Why."""

from podsec_compile.dsl import Rule, each_container, pod

RULE = Rule(
    title="t",
    level="l",
    require={condition},
    remedy="r",
    good={{"unset": ""}},
    bad={{"set": "securityContext: {{privileged: true}}"}},
)
'''
MISTAKES = {
    "fine": ("each_container.securityContext.privileged.is_false() & pod.spec.hostPID.is_false()", None),
    "field": ("pod.spec.hostPIDD.is_true()", 'has no attribute "hostPIDD"'),
    "nested": ("each_container.ports.each.hostPrt == 1", 'has no attribute "hostPrt"'),
    "method": ("pod.spec.hostPID.is_tru()", 'has no attribute "is_tru"'),
    "flag_as_text": ('pod.spec.hostPID.starts_with("a")', 'has no attribute "starts_with"'),
    "no_condition": ("pod.spec.hostPID", 'incompatible type "Flag"'),
}


def test_mypy_finds_a_misspelt_field_and_no_fault_in_the_rules_that_ship(write_spec: WriteSpec, tmp_path: Path) -> None:
    files = [write_spec(_RULE.format(condition=text), f"{name}.py") for name, (text, _) in MISTAKES.items()]
    shipped = [str(file) for file in sorted(folder("policy_specs").rglob("*.py"))]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--scripts-are-modules",
            f"--cache-dir={tmp_path}/cache",
            *map(str, files),
            *shipped,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )
    found = [line for line in done.stdout.splitlines() if ": error:" in line]
    for name, (_, message) in MISTAKES.items():
        about = [line for line in found if f"{name}.py:8:" in line]
        assert len(about) == (message is not None), done.stdout
        assert message is None or message in about[0]
    assert len(found) == len(MISTAKES) - 1, done.stdout
