"""Rendering: a value becomes one line of YAML that reads back as the value, and a template is found or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from podsec_compile.errors import PodsecError
from podsec_compile.render import Renderer, folder, quoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
@example("\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\uffff\U0001f600\U0010ffff")
@example("yes")
@example("1.0")
@example("\\x41 \\u0041 \\")
def test_a_quoted_value_is_a_line_of_ascii_or_printable_text_and_reads_back(value: Any) -> None:
    text = quoted(value)
    assert text.isprintable()
    assert yaml.safe_load(text) == value
    assert yaml.safe_load(f"key: {text}\nother: 1") == {"key": value, "other": 1}


def test_a_tuple_is_quoted_as_a_list() -> None:
    assert quoted(("a", "b")) == '["a", "b"]'


def test_the_folders_of_this_checkout_are_found() -> None:
    root = Path(__file__).parents[1]
    assert folder("templates") == root / "templates"
    assert folder("policy_specs") == root / "policy_specs"


def test_a_rendered_text_ends_with_one_newline_and_its_lines_with_no_blank(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("one  \n{{ two }}\t\n\n\n")
    assert Renderer(tmp_path).render("a.j2", two="two ") == "one\ntwo\n"


def test_a_users_folder_goes_before_ours_and_ours_are_still_found(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml.j2").write_text("{% include 'kyverno/test.yaml.j2' %}")
    renderer = Renderer(tmp_path)
    assert renderer.render("kustomization.yaml.j2", id="x", source="x.py", tests=[]) == Renderer().render(
        "kyverno/test.yaml.j2", id="x", source="x.py", tests=[]
    )


def test_a_name_is_not_a_path_out_of_the_folders(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(PodsecError):
        Renderer(tmp_path / "inside").render("../secret")


def test_html_is_not_escaped(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ text }}")
    assert Renderer(tmp_path).render("a.j2", text="<&>") == "<&>\n"


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_a_folder_of_templates_that_is_none_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PodsecError, match="no such folder of templates") as caught:
        Renderer(tmp_path / place)
    assert caught.value.file == tmp_path / place


@pytest.mark.parametrize(
    "template",
    [
        "one\n{% endif %}",
        "one\n{{ nope }}",
        "one\n{{ 1 + 'a' }}",
        "one\n{{ text.nope.nope }}",
        "one\n{% include 'x' %}",
    ],
)
def test_a_broken_template_is_refused_with_its_file_and_line(tmp_path: Path, template: str) -> None:
    (tmp_path / "a.j2").write_text(template)
    with pytest.raises(PodsecError) as caught:
        Renderer(tmp_path).render("a.j2", text="text")
    assert (caught.value.file, caught.value.line) == (tmp_path / "a.j2", 2)


def test_no_template_of_ours_prints_a_value_bare() -> None:
    """What a rule says reaches YAML through `quoted`, or is a name that cannot be anything else.

    The templates of the site print Markdown and HTML, finished; tests/website holds that no text becomes markup there.
    """
    safe = {"definition | indent(14)", "field", "row", "root", "defaults", "usual", "before", "behind", "package"}
    for file in (one for one in folder("templates").rglob("*.j2") if one.parent.name != "site"):
        for line in file.read_text().splitlines():
            if "title" in line or "remedy" in line or "help" in line or "description" in line or "sources" in line:
                printed = [part.split("}}")[0].strip() for part in line.split("{{")[1:]]
                assert all("quoted" in part or "tojson" in part or part in safe for part in printed), (
                    f"{file.name}: {line}"
                )
