"""Any document of YAML, as sigs.k8s.io/yaml reads it, and where the parts of one stand.

Two things are stricter: a key that stands twice in a map is an error, as it is to the strict reader there (kubectl
takes the last and says nothing); and so are more than some thousand levels. What an anchor names is built once.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from podsec_compile.reading import NotRead, Path, Place, scalars

_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_STANDARD = "tag:yaml.org,2002:"
_RESOLVED = {f"{_STANDARD}{name}": name for name in ("str", "bool", "int", "float", "null", "timestamp")}
_FEW, _MANY = 400_000, 4_000_000  # decoded nodes between which the part that may come from aliases shrinks


@dataclass(slots=True)
class _Open:
    """A map or list that is being read. `size` counts its nodes as often as aliases name them."""

    value: Any
    anchor: str | None
    line: int
    key: Any = None
    has_key: bool = False
    key_line: int = 0
    size: int = 1
    merges: bool = False
    explicit: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Named:
    """What an anchor names: a value, complete or not yet, and its size."""

    value: Any
    size: int | None


class _Reader:
    def __init__(self, text: bytes) -> None:
        self.parser = yaml.CSafeLoader(text)
        self.slashes = text.decode(errors="replace") if b"\\/" in text else ""  # an escape that go-yaml does not know
        self.open: list[_Open] = []
        self.anchors: dict[str, _Named] = {}
        self.decoded = 1
        self.aliased = 0

    def read(self) -> Any:
        """Give the value of the first document, None where there is none."""
        self.parser.get_event()  # the stream's start
        if isinstance(self.parser.peek_event(), yaml.StreamEndEvent):
            return None
        self.parser.get_event()
        while True:
            event: Any = self.parser.get_event()
            line = _place(event)[0]
            match event:
                case yaml.ScalarEvent():
                    self.decoded += 1
                    done = self.put(self.scalar(event, line), event.anchor, 1, line, is_merge=_is_merge(event))
                case yaml.AliasEvent():
                    done = self.alias(event, line)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self.decoded += 1
                    value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                    self.open.append(_Open(value, event.anchor, line))
                    if event.anchor is not None:
                        self.anchors[event.anchor] = _Named(value, None)
                    continue
                case _:
                    closed = self.open.pop()
                    done = self.put(closed.value, closed.anchor, closed.size, closed.line)
            if done is not None:
                self.end()
                return done.value

    def end(self) -> None:
        """Ask for the end of the document, before which there may be an error yet."""
        self.parser.get_event()

    def scalar(self, event: yaml.ScalarEvent, line: int) -> object:
        tag, text = event.tag, event.value
        if self.slashes and event.style == '"' and _SLASH.search(self.slashes[_slice(event)]):
            raise NotRead("found unknown escape character", line)
        try:
            if tag is None:
                return scalars.resolve(text) if event.implicit[0] else text
            if tag in _RESOLVED:
                return scalars.tagged(_RESOLVED[tag], text)
        except NotRead as wrong:
            raise NotRead(wrong.message, line) from None
        if tag == f"{_STANDARD}binary":
            try:
                return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode(
                    errors="replace"
                )
            except (binascii.Error, ValueError):
                raise NotRead("!!binary value contains invalid base64 data", line) from None
        return text

    def alias(self, event: yaml.AliasEvent, line: int) -> _Named | None:
        named = self.anchors.get(str(event.anchor))
        if named is None:
            raise NotRead(f"unknown anchor '{event.anchor}' referenced", line)
        if named.size is None:
            raise NotRead(f"anchor '{event.anchor}' value contains itself", line)
        self.decoded += named.size + 1
        self.aliased += named.size
        if self.aliased > 100 and self.decoded > 1000 and self.aliased / self.decoded > _allowed(self.decoded):
            raise NotRead("document contains excessive aliasing", line)
        return self.put(named.value, None, named.size + 1, line, is_alias=True)

    def put(
        self, value: Any, anchor: str | None, size: int, line: int, *, is_merge: bool = False, is_alias: bool = False
    ) -> _Named | None:
        """Put a value where it belongs; give it where it is the whole document."""
        named = _Named(value, size)
        if anchor is not None:
            self.anchors[anchor] = named
        if not self.open:
            if isinstance(value, float) and not math.isfinite(value):
                raise NotRead("JSON has no such number", line)
            return named
        into = self.open[-1]
        into.size += size
        if isinstance(into.value, dict) and not into.has_key:
            self.key(into, value, line, is_merge=is_merge)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            raise NotRead("JSON has no such number", line)
        if isinstance(into.value, list):
            into.value.append(value)
            return None
        into.has_key = False
        if into.merges:
            self.merge(into, value, line, is_alias=is_alias)
        else:
            into.value[into.key] = value
        return None

    def key(self, into: _Open, value: Any, line: int, *, is_merge: bool) -> None:
        into.has_key, into.merges, into.key_line = True, is_merge, line
        if is_merge:
            return
        try:
            into.key = scalars.key(value)
        except NotRead as wrong:
            raise NotRead(wrong.message, line) from None
        if into.key in into.explicit:
            raise NotRead(f'the key "{into.key}" stands twice in one map', line)
        into.explicit.add(into.key)

    def merge(self, into: _Open, value: Any, line: int, *, is_alias: bool) -> None:
        """Lay a map, or several in a list that stands there itself, into one; of several the first counts."""
        for one in reversed(value) if isinstance(value, list) and not is_alias else (value,):
            if not isinstance(one, dict):
                raise NotRead("map merge requires map or sequence of maps as the value", line)
            into.value.update(one)


def _slice(event: yaml.Event) -> slice:
    start, end = event.start_mark, event.end_mark
    return slice(start.index, end.index) if start is not None and end is not None else slice(0, 0)


def _is_merge(event: yaml.ScalarEvent) -> bool:
    return event.value == "<<" and (bool(event.implicit[0]) or event.tag == f"{_STANDARD}merge")


def _allowed(decoded: int) -> float:
    """Give the part of the decoded nodes that may come from aliases."""
    return 0.99 - 0.89 * min(max((decoded - _FEW) / (_MANY - _FEW), 0), 1)


def read(text: bytes) -> Any:
    """Give the value of a document; one that is not valid raises NotRead."""
    if text.startswith(_UTF_16):
        raise NotRead("it is UTF-16, and kubectl reads UTF-8", 0)
    try:
        return _Reader(text).read()
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        said = wrong.problem or wrong.context or "it is not valid"
        raise NotRead(said, mark.line if mark else None) from None
    except yaml.reader.ReaderError as wrong:
        raise NotRead(_encoding(wrong), text.count(b"\n", 0, wrong.position)) from None
    except (yaml.YAMLError, ValueError) as wrong:
        raise NotRead(" ".join(str(wrong).split())) from None


def _encoding(wrong: yaml.reader.ReaderError) -> str:
    return "it is not UTF-8" if "UTF-8" in str(wrong.reason) else str(wrong.reason)


class Places:
    """Where the parts of a document stand, found by reading it again."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def locate(self, paths: list[Path]) -> list[Place]:
        """Give the place of each path, or that of the nearest part above it that is there."""
        wanted = {path[:length] for path in paths for length in range(len(path) + 1)}
        known = _marks(self._text, wanted)
        found = []
        for path in paths:
            while path not in known:
                path = path[:-1]
            found.append(known[path])
        return found


@dataclass(slots=True)
class _Above:
    """A map or list around what comes next: its path, None below what is not wanted; how many came, or the key."""

    path: Path | None
    number: int | None = None
    key: str | None = None

    def next(self, event: yaml.Event) -> Path | None:
        """Give the path of what comes next; that of a key is its value's."""
        if self.number is not None:
            self.number += 1
            return None if self.path is None else (*self.path, self.number - 1)
        key, self.key = (self.key, None) if self.key is not None else (_text(event),) * 2
        return None if self.path is None else (*self.path, key)


def _marks(text: bytes, wanted: set[Path]) -> dict[Path, Place]:
    """Give the places of the keys and elements that are wanted; what lies below others is passed over."""
    found: dict[Path, Place] = {(): (0, 0)}
    around: list[_Above] = []
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            around.pop()
        if not isinstance(event, yaml.NodeEvent):
            continue
        path = around[-1].next(event) if around else ()
        if path is not None and path in wanted:
            found.setdefault(path, _place(event))
        else:
            path = None
        if isinstance(event, yaml.MappingStartEvent):
            around.append(_Above(path))
        elif isinstance(event, yaml.SequenceStartEvent):
            around.append(_Above(path, number=0))
    return found


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return (mark.line, mark.column) if mark is not None else (0, 0)


def _text(event: yaml.Event) -> str:
    """Give the text of a key; one that is no scalar has none."""
    if not isinstance(event, yaml.ScalarEvent):
        return ""
    plain = event.tag is None and event.implicit[0]
    try:
        return scalars.key(scalars.resolve(event.value)) if plain else str(event.value)
    except NotRead:
        return ""
