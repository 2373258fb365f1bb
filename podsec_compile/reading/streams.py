"""Files taken apart into documents as kubectl does it, in pieces of bounded size.

A line that begins with --- parts two documents; a text that begins with { is JSON, one value after the other. Of a list
of objects that is too long to be held, the items are given one by one, and then the list without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from podsec_compile.reading import NotRead, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 20
"""Bytes that are read at once; a list of objects longer than this is taken apart."""
LARGEST = 8 << 20
"""Bytes of the largest object; the API server takes 3 MiB of one, and etcd stores 1.5."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text of one document, with the line and column of its beginning in the file, from 0.

    `kind`: it is a document of YAML; the only item of a list of YAML; a value of JSON; or what is left of a list whose
    items were given before. `wrong` says why it is none, and the text is empty then.
    """

    line: int
    text: bytes
    kind: str = "yaml"
    column: int = 0
    wrong: NotRead | None = None


class _Buffer:
    """A stream, of which a part is held; `at` is how far in `data` it was taken, `line` the line's number there."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.at = 0
        self.line = 0
        self.ended = False
        self._before = 0  # bytes of the line that `data` begins in the middle of

    def more(self) -> bool:
        """Hold another block, and let go of what was taken."""
        read = self._stream.read(BLOCK)
        self.ended = not read
        self._before = self.column()
        self.data = self.data[self.at :] + read
        self.at = 0
        return not self.ended

    def is_empty(self) -> bool:
        """Tell whether the stream is at its end."""
        return self.at == len(self.data) and not self.more()

    def held(self) -> int:
        """Give how many bytes are held and not taken."""
        return len(self.data) - self.at

    def take(self, end: int) -> bytes:
        """Give the text up to a place, and go on there."""
        text = self.data[self.at : end]
        self.line += text.count(b"\n")
        self.at = end
        return text

    def let_go(self) -> None:
        """Take all but the last line that is held, or the end of one that is very long."""
        end = self.data.rfind(b"\n", self.at)
        self.take(end if end > self.at else max(self.at, len(self.data) - _LONGEST_CUT))

    def column(self) -> int:
        """Give how many bytes behind the beginning of its line the place is."""
        start = self.data.rfind(b"\n", 0, self.at) + 1
        return self.at - start + (0 if start else self._before)

    def find(self, pattern: re.Pattern[bytes], most: int, skip: int = 0) -> re.Match[bytes] | None:
        """Give where a pattern is found first, at least so far on; None where it is not, at the end or within `most`.

        What is found is not cut off by the end of what is held: a pattern looks at one character more, or at the end.
        """
        while True:
            found = pattern.search(self.data, self.at + skip)
            if found and (found.end() < len(self.data) or self.ended):
                return found
            if self.ended or self.held() > most:
                return None
            cut_off = min(found.start() if found else len(self.data), len(self.data) - _LONGEST_CUT)
            skip = max(skip, cut_off - self.at)
            self.more()


_LONGEST_CUT = 1000  # bytes of what a pattern looks for that a block may cut off
_SEPARATOR = re.compile(rb"^---[^\n]*(?:\n|\Z)", re.MULTILINE)
_ITEMS = re.compile(rb"^items:[ ]*\r?\n(?P<indent>[ ]*)- ", re.MULTILINE)
_SPACE = re.compile(rb"\s*")


def documents(stream: BinaryIO) -> Iterator[Document]:
    """Give the documents in a stream."""
    buffer = _Buffer(stream)
    if buffer.more() and buffer.data.startswith(b"\xef\xbb\xbf"):
        buffer.at = 3
    while buffer.held() < BLOCK and buffer.more():
        pass
    if buffer.data[buffer.at :].lstrip()[:1] == b"{":
        yield from _json(buffer)
    else:
        yield from _yaml(buffer)


# --- YAML -------------------------------------------------------------------------------------------------------------


def _yaml(buffer: _Buffer) -> Iterator[Document]:
    while not buffer.is_empty():
        separator = buffer.find(_SEPARATOR, BLOCK)
        if separator is None and not buffer.ended:
            items = _ITEMS.search(buffer.data, buffer.at)
            if items is not None:
                yield from _items(buffer, items)
                continue
            separator = buffer.find(_SEPARATOR, LARGEST)
            if separator is None and not buffer.ended:
                yield _too_large(buffer)
                separator = _passed_over(buffer)
        line = buffer.line
        text = buffer.take(separator.start() if separator else len(buffer.data))
        if text.strip(b" \r\n"):
            yield Document(line, text)
        if separator is not None:
            yield from _parted(buffer, separator)


def _parted(buffer: _Buffer, separator: re.Match[bytes]) -> Iterator[Document]:
    """Go on behind a separator; one with anything but a comment is wrong, and so is what follows up to the next."""
    line, said = buffer.line, buffer.take(separator.end())[3:].strip()
    if said and not said.startswith(b"#"):
        shown = said[:100].decode(errors="replace")
        yield Document(line, b"", wrong=NotRead(f"--- stands on a line of its own, not before {shown}", 0))
        _passed_over(buffer)


def _passed_over(buffer: _Buffer) -> re.Match[bytes] | None:
    """Go to the next separator, and give it."""
    while True:
        separator = buffer.find(_SEPARATOR, LARGEST)
        if separator is not None or buffer.ended:
            buffer.take(separator.start() if separator else len(buffer.data))
            return separator
        buffer.let_go()


def _too_large(buffer: _Buffer, kind: str = "yaml") -> Document:
    wrong = NotRead(f"is larger than {LARGEST >> 20} MiB, and no API server takes an object of more than 3", 0)
    return Document(buffer.line, b"", kind, wrong=wrong)


def _items(buffer: _Buffer, items: re.Match[bytes]) -> Iterator[Document]:
    """Give the items of a list in block style, and then what is left of it."""
    indent, start = len(items["indent"]), buffer.line
    head = buffer.take(items.start("indent"))
    # The next line that begins no further on than the items, which is another item or none any more.
    boundary = re.compile(rb"(?<=\n)(?=[ ]{0,%d}[^ \n\r#])|\Z" % indent)
    item = b" " * indent + b"-"
    while buffer.data.startswith((item + b" ", item + b"\n"), buffer.at) and not buffer.is_empty():
        end = buffer.find(boundary, LARGEST, 1)
        if end is None:
            yield _too_large(buffer)
            while end is None and not buffer.ended:
                buffer.let_go()
                end = buffer.find(boundary, LARGEST, 1)
            buffer.take(end.start() if end else len(buffer.data))
        else:
            line = buffer.line
            yield Document(line, buffer.take(end.start()), "item")
        if buffer.held() < indent + 4:
            buffer.more()
    separator = buffer.find(_SEPARATOR, LARGEST)
    if separator is None and not buffer.ended:
        yield _too_large(buffer)
        separator = _passed_over(buffer)
    rest = buffer.take(separator.start() if separator else len(buffer.data))
    yield Document(start, head + rest, "frame")
    if separator is not None:
        yield from _parted(buffer, separator)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(buffer: _Buffer) -> Iterator[Document]:
    """Give the values of JSON; where there is something else behind the first, or in its place, that is YAML."""
    count = 0
    while not buffer.is_empty():
        _spaces(buffer)
        if buffer.is_empty():
            return
        items = json_text.ITEMS.match(buffer.data, buffer.at) if buffer.held() >= BLOCK else None
        if items is not None:
            yield from _json_items(buffer, items)
            count += 1
            continue
        column = buffer.column()
        end = _value_end(buffer, column) if buffer.data[buffer.at : buffer.at + 1] == b"{" else None
        if (
            count <= 1
            and buffer.held() <= LARGEST
            and not json_text.is_valid(buffer.data[buffer.at : end or buffer.at])
        ):
            yield from _yaml(buffer)
            return
        if end is None:
            yield Document(buffer.line, b"", "json", wrong=_ended(buffer))
            return
        yield Document(buffer.line, buffer.take(end), "json", column)
        count += 1


def _ended(buffer: _Buffer) -> NotRead:
    if buffer.held() > LARGEST:
        return NotRead(f"is larger than {LARGEST >> 20} MiB, and no API server takes an object of more than 3", 0)
    return NotRead("no valid JSON, or its end is missing", 0)


def _spaces(buffer: _Buffer) -> None:
    while True:
        found = _SPACE.match(buffer.data, buffer.at)
        buffer.take(found.end() if found else buffer.at)
        if buffer.held() or not buffer.more():
            return


def _value_end(buffer: _Buffer, column: int) -> int | None:
    """Give the end of a value that begins here, of which as much is read as it needs."""
    while True:
        end = json_text.end(buffer.data, buffer.at, column, is_whole=buffer.ended)
        if end is not None:
            return end
        if buffer.ended or buffer.held() > LARGEST:
            return None
        buffer.more()


def _json_items(buffer: _Buffer, items: re.Match[bytes]) -> Iterator[Document]:
    """Give the items of a list, and then what is left of it."""
    start, head = buffer.line, buffer.take(items.end())
    while True:
        _spaces(buffer)
        if buffer.data[buffer.at : buffer.at + 1] == b",":
            buffer.take(buffer.at + 1)
            _spaces(buffer)
        if buffer.data[buffer.at : buffer.at + 1] != b"{":
            break
        column = buffer.column()
        end = _value_end(buffer, column)
        if end is None:
            yield Document(buffer.line, b"", "json", wrong=_ended(buffer))
            buffer.take(len(buffer.data))
            while buffer.more():
                buffer.take(len(buffer.data))
            return
        yield Document(buffer.line, buffer.take(end), "json", column)
    while buffer.held() <= LARGEST and buffer.more():
        rest = json_text.end(head + buffer.data[buffer.at :], 0, 0, is_whole=False)
        if rest is not None:
            break
    whole = head + buffer.data[buffer.at :]
    rest = json_text.end(whole, 0, 0, is_whole=True)
    if rest is None:
        yield Document(buffer.line, b"", "json", wrong=_ended(buffer))
        buffer.take(len(buffer.data))
        return
    buffer.take(buffer.at + rest - len(head))
    yield Document(start, whole[:rest], "frame of json")
