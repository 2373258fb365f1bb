"""The site as Zensical renders it: whole, the same each time, asking no other host, and showing texts as texts."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag

import pytest
from rules import PLACES, rules

from hostile import MARKUP
from podsec_compile.errors import PodsecError
from podsec_compile.render import Renderer, visible
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.website import generator, pages
from reading import Page, read
from shipped import IDS, SPECS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podsec_compile.load import Spec

Site = dict[str, bytes]


def site_of(specs: Sequence[Spec], *targets: str) -> Site:
    return generator.render(pages.sources(specs, NEWEST_MINOR, Renderer(), targets))


@pytest.fixture(scope="module")
def site() -> Site:
    """The site of the rules that ship, compiled for one target: what the others make is tested on the sources."""
    return site_of(SPECS, "vap")


@pytest.fixture(scope="module")
def read_pages(site: Site) -> dict[str, Page]:
    return {path: read(content.decode()) for path, content in site.items() if path.endswith(".html")}


def test_every_rule_has_a_page(site: Site) -> None:
    assert {path for path in site if path.startswith("rules/")} == {f"rules/{name}.html" for name in IDS}
    assert {"index.html", "profiles.html", "sources.html", "search.json", "search.js"} <= site.keys()


def test_every_link_within_the_site_leads_somewhere(site: Site, read_pages: dict[str, Page]) -> None:
    dead = []
    for path, page in read_pages.items():
        for link in {*page.links, *page.loaded}:
            address, anchor = urldefrag(link)
            if re.match(r"[a-z]+:", address) or path == "404.html":  # that page stands at no fixed place
                continue
            parts: list[str] = []
            whole = PurePosixPath(path).parent / address if address else PurePosixPath(path)
            for part in PurePosixPath(unquote(str(whole))).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            name = "/".join(parts)
            if name not in site or (anchor and "=" not in anchor and anchor not in read_pages[name].ids):
                dead.append((path, link))
    assert dead == []


def test_a_page_loads_nothing_from_another_host(site: Site, read_pages: dict[str, Page]) -> None:
    for path, page in read_pages.items():
        assert [one for one in page.loaded if re.match(r"([a-z]+:)?//", one)] == [], path
        assert b'<meta http-equiv="Content-Security-Policy" content="default-src \'self\'' in site[path]
    for path, content in site.items():
        if path.endswith(".css"):
            assert not re.search(rb"url\(\s*[\"']?(https?:)?//|@import", content), path


def test_the_search_knows_every_rule_by_what_a_message_says(site: Site) -> None:
    index = json.loads(site["search.json"])["items"]
    for spec in SPECS:
        found = " ".join(one["text"] for one in index if one["location"].startswith(f"rules/{spec.id}.html"))
        plain = " ".join(read(found).text.split() + " ".join(read(found).code).split())
        assert " ".join(spec.rule.remedy.split()) in plain, spec.id
        assert "ValidatingAdmissionPolicy" not in found  # what is compiled would bury the rest


def test_two_renderings_are_the_same_and_name_no_place_of_this_machine() -> None:
    some = SPECS[:3]
    first, second = site_of(some, "vap"), site_of(some, "vap")
    assert first == second
    assert not [path for path, content in first.items() if b"podsec-site-" in content]


def test_no_text_of_a_rule_is_markup_anywhere_in_the_site(tmp_path: Path) -> None:
    hostile = [[text if text.strip() else "x"] * len(PLACES) for text in MARKUP]
    mine = site_of(rules(tmp_path / "mine", hostile), "vap")
    plain = site_of(rules(tmp_path / "plain", [["plain"] * len(PLACES)] * len(hostile)), "vap")
    assert mine.keys() == plain.keys()
    for path in mine:
        if path.endswith(".html"):
            page, other = read(mine[path].decode()), read(plain[path].decode())
            assert page.handlers == []
            if path.startswith("rules/"):
                assert page.markup == other.markup, path
                text = hostile[int(re.sub(r"\D", "", path))][0]
                assert " ".join(visible(text).split()) in " ".join(page.text.split())
            assert {tag for tag, _ in page.markup} == {tag for tag, _ in other.markup}
            assert {one for one in page.links if ":" in one} - {one for one in other.links if ":" in one} == set()
    found, expected = (
        {tag for one in json.loads(made["search.json"])["items"] for tag, _ in read(one["text"]).markup}
        for made in (mine, plain)
    )
    assert found == expected


def test_what_zensical_refuses_is_one_message() -> None:
    sources = pages.sources(SPECS[:1], NEWEST_MINOR, Renderer(), ())
    with pytest.raises(PodsecError, match=r"Zensical could not render the site: .*toml"):
        generator.render({**sources, "zensical.toml": "["})
