"""The sources of the site: everything that there is to say of a rule, and no text of a rule that becomes markup."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import markdown
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rules import PLACES, rules
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from hostile import MARKUP, TEXTS
from podsec_compile import catalogue
from podsec_compile.cases import document
from podsec_compile.load import Spec, load
from podsec_compile.markdown import escaped, fenced, inline
from podsec_compile.outputs import outputs
from podsec_compile.profiles import LADDER, select
from podsec_compile.render import Renderer, visible
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import TARGETS
from podsec_compile.website import pages
from reading import Page, read
from shipped import IDS, SPECS

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

RENDERER = Renderer()
OWN = load(Path(__file__).parents[1] / "targets/specs")


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    """The sources of the site of the rules that ship."""
    return pages.sources(SPECS, NEWEST_MINOR, RENDERER)


def extensions(configuration: str) -> dict[str, Any]:
    """The Markdown extensions that the site's configuration names, with their options."""
    found = tomllib.loads(configuration)["project"]["markdown_extensions"]
    return {**{name: one for name, one in found.items() if name != "pymdownx"}} | {
        f"pymdownx.{name}": one for name, one in found["pymdownx"].items()
    }


EXTENSIONS = extensions(pages.sources(OWN, NEWEST_MINOR, RENDERER, ())["zensical.toml"])


def rendered(text: str) -> Page:
    """What the site's own dialect of Markdown makes of a page."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return read(markdown.markdown(body, extensions=[*EXTENSIONS], extension_configs=EXTENSIONS))


# What the pages say


def test_every_rule_has_a_page_a_row_and_a_place_in_the_navigation(shipped: dict[str, str]) -> None:
    assert {path for path in shipped if path.startswith("docs/rules/")} == {f"docs/rules/{name}.md" for name in IDS}
    assert re.findall(r'^<a href="rules/(.*?)\.html">', shipped["docs/index.md"], re.MULTILINE) == list(IDS)
    nav = re.findall(r'\{ "(.*?)" = "rules/(.*?)\.md" \}', shipped["zensical.toml"])
    assert sorted(nav) == [(name, name) for name in IDS]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_a_page_says_all_that_there_is_to_say(shipped: dict[str, str], spec: Spec) -> None:
    page = rendered(shipped[f"docs/rules/{spec.id}.md"])
    said = " ".join(page.text.split())
    for text in (
        spec.id,
        spec.rule.title,
        spec.why,
        spec.rule.remedy,
        spec.rule.severity,
        catalogue.versions_of(spec),
        *(part for one in spec.rule.sources for part in (one.title, one.place)),
        *(part for one in spec.parameters for part in (one.name, one.help)),
    ):
        assert visible(text) in said
    assert {one.url for one in spec.rule.sources if one.url} <= set(page.links)
    manifests = [text.replace("\t", "    ") for one in outputs(spec, NEWEST_MINOR, RENDERER) for _, text in one.files]
    cases = [document(case.object) for case in spec.cases]
    message, difference, *rest = page.code
    assert message.strip() == catalogue.said(spec)
    assert difference.rstrip() == catalogue.difference(spec)
    assert [one.rstrip() for one in rest] == [
        one.rstrip() for one in (*cases, catalogue.configuration(spec), *manifests)
    ]


def test_there_is_a_tab_for_each_target_with_what_build_writes(shipped: dict[str, str]) -> None:
    page = shipped["docs/rules/host-ports.md"]
    assert re.findall(r'^=== "(.*)"$', page, re.MULTILINE) == list(TARGETS)
    assert re.findall(r'title="(.*?/host-ports\..*?)"', page)[0] == "azure-policy/definitions/host-ports.json"


def test_a_target_that_refuses_a_rule_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> list[pages.Output]:
        return [pages.Output("vap", (), "CEL cannot say `that`")]

    monkeypatch.setattr(pages, "outputs", refused)
    made = pages.sources(OWN[:1], NEWEST_MINOR, RENDERER)
    assert "None: CEL cannot say `that`" in rendered(made[f"docs/rules/{OWN[0].id}.md"]).text
    assert 'data-target=""' in made["docs/index.md"]


def options(index: str, name: str) -> dict[str, int]:
    (select_,) = re.findall(rf'<select name="{name}">(.*?)</select>', index, re.DOTALL)
    return {value: int(count) for value, count in re.findall(r'value="(.+?)">.*? \((\d+)\)</option>', select_)}


def test_a_filter_offers_what_rules_have_and_counts_them(shipped: dict[str, str]) -> None:
    index = shipped["docs/index.md"]
    assert options(index, "profile") == {one: len(select(SPECS, one, NEWEST_MINOR)) for one in LADDER}
    assert sum(options(index, "severity").values()) == len(SPECS)
    assert options(index, "target") == dict.fromkeys(TARGETS, len(SPECS))
    assert options(index, "kind")["Service"] == sum("Service" in catalogue.kinds(spec) for spec in SPECS)
    assert options(index, "source")["cis-kubernetes-benchmark-v1-8-0"] == sum(
        any(one.document.startswith("CIS") for one in spec.rule.sources) for spec in SPECS
    )


def test_profiles_and_sources_list_their_rules(shipped: dict[str, str]) -> None:
    def chapters(page: str) -> dict[str, list[str]]:
        _, *parts = re.split(r"^## (.*)$", page, flags=re.MULTILINE)
        rows = [re.findall(r'<a href="rules/(.*?)\.html"><code>.*?</td>', part) for part in parts[1::2]]
        return dict(zip((re.sub(r" \{.*", "", one) for one in parts[::2]), rows, strict=True))

    profiles = chapters(shipped["docs/profiles.md"])
    assert profiles == {one: [spec.id for spec in select(SPECS, one, NEWEST_MINOR)] for one in LADDER}
    cited = chapters(shipped["docs/sources.md"])
    for title in {one.title for spec in SPECS for one in spec.rule.sources}:
        expected = {spec.id for spec in SPECS for one in spec.rule.sources if one.title == title}
        assert set(cited[inline(title)]) == expected


def test_places_are_ordered_as_a_reader_counts(shipped: dict[str, str]) -> None:
    (cis,) = re.findall(r"^## CIS .*?(?=^## |\Z)", shipped["docs/sources.md"], re.MULTILINE | re.DOTALL)
    places = re.findall(r"<tr><td>(.*?)</td>", cis)
    assert places == sorted(places, key=lambda one: [int(part) for part in one.split(".")])
    assert "5.2.10" in places


def test_the_sources_are_the_same_each_time_and_name_no_place_of_this_machine(shipped: dict[str, str]) -> None:
    again = pages.sources(tuple(load(Path(pages.__file__).parents[2] / "policy_specs")), NEWEST_MINOR, RENDERER)
    assert again == shipped
    assert not [path for path, text in shipped.items() if str(Path.cwd()) in text]


class Source(SingleFileSnapshotExtension):
    """A snapshot a file, so that a review reads Markdown."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.mark.parametrize(
    "path",
    ["zensical.toml", "docs/index.md", "docs/profiles.md", "docs/sources.md", "docs/rules/plain.md"],
    ids=lambda path: path.replace("/", "-"),
)
def test_a_source(snapshot: SnapshotAssertion, path: str) -> None:
    text = pages.sources([spec for spec in OWN if spec.id != "hostile"], NEWEST_MINOR, RENDERER)[path]
    text = re.sub(r"podsec-compile [\d.]+,", "podsec-compile VERSION,", text)
    assert text.partition("\n## Compiled")[0] == snapshot.use_extension(
        Source
    )  # what is compiled has snapshots of its own


# Texts stay text

texts = st.text(max_size=30) | st.sampled_from(TEXTS + MARKUP) | st.lists(st.sampled_from(TEXTS + MARKUP)).map("".join)


@settings(max_examples=400)
@given(texts)
@example("1. x").via("a list")
@example("a  \nb").via("a break")
def test_a_text_in_a_line_is_one_text(text: str) -> None:
    page = rendered(f"a {inline(text)} b\n\n{inline(text)}\n\n<p class='x'>{escaped(text)}</p>\n\n## {inline(text)}\n")
    shown = visible(text)
    assert {tag for tag, _ in page.markup} <= {"p", "h2", "a"}
    assert [names for tag, names in page.markup if tag == "p"] in ([(), (), ("class",)], [(), ("class",)])
    assert page.text.split("\n")[0] == f"a {shown} b".replace("  ", " ") or page.text.startswith(f"a {shown} b")


@settings(max_examples=200)
@given(texts)
def test_a_text_in_a_block_of_code_is_one_text(text: str) -> None:
    lines = "\n".join(visible(line) for line in f"x\n{text}\ny".split("\n"))
    tabbed = f'=== "a"\n\n{fenced(lines, "yaml", title="a/b.yaml", indent=4)}\n\n=== "b"\n\n    c'
    page = rendered(f"{fenced(lines, 'diff')}\n\n{tabbed}\n")
    assert [one.rstrip("\n") for one in page.code] == [lines, lines]
    assert rendered(f"{fenced('x', 'diff')}\n\n{tabbed.replace(lines, 'x')}").markup[0] == page.markup[0]


BENIGN = ["plain"] * len(PLACES)


def compared(folder: Path, rows: list[list[str]]) -> None:
    """Assert that pages of rules with these texts have the markup of pages of rules with plain ones."""
    mine, plain = (
        pages.sources(rules(folder / name, given), NEWEST_MINOR, RENDERER, ("vap",))
        for name, given in (("mine", rows), ("plain", [BENIGN] * len(rows)))
    )
    assert mine.keys() == plain.keys()
    for path in mine:
        if path.startswith("docs/rules/"):
            page = rendered(mine[path])
            assert page.markup == rendered(plain[path]).markup
            assert page.handlers == []


def usable(text: str) -> str:
    """A rule's text is not blank, and its parameters' defaults name none of the good case."""
    return text if text.strip() else "x"


@settings(max_examples=40)
@given(st.lists(texts.map(usable), min_size=len(PLACES), max_size=len(PLACES)))
def test_no_text_of_a_rule_changes_the_markup_of_its_page(
    tmp_path_factory: pytest.TempPathFactory, row: list[str]
) -> None:
    compared(tmp_path_factory.mktemp("any"), [row])


def test_no_hostile_text_changes_the_markup_of_a_page(tmp_path: Path) -> None:
    compared(tmp_path, [[usable(text)] * len(PLACES) for text in MARKUP])
