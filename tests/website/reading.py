"""What a browser would make of a page, as far as a test asks: its elements, its texts, its code, its links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Page:
    """`markup` is every element with the names of its attributes, but what highlights code; `code` is by block."""

    markup: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    text: str = ""
    code: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    handlers: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.in_code = 0
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.handlers += [name for name in given if name.startswith("on")]
        if "id" in given:
            self.page.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        elif "src" in given or (tag == "link" and given.get("rel") in ("stylesheet", "icon")):
            self.page.loaded.append(given.get("src") or given["href"])
        if not self.in_code:
            self.page.markup.append((tag, tuple(sorted(given))))
        if tag == "pre":
            self.in_code += 1
            self.page.code.append("")
        self.unread += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.in_code -= tag == "pre"
        self.unread -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self.in_code:
            self.page.code[-1] += data
        elif not self.unread:
            self.page.text += data


def read(html: str) -> Page:
    """Read a page, or a part of one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
