"""A YAML document with the line of each of its parts, read as YAML 1.2: only true and false are booleans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Place = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """Takes `off`, `yes` and dates for the texts that they are."""


_TEXTS = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXTS]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class Document:
    """What a YAML text holds; wrong YAML, a key twice and a key that is no text raise PodsecError.

    `lines` and `texts` are the line, and for a scalar the text as it is written, of each part by its place.
    """

    def __init__(self, text: str, file: Path) -> None:
        self.file = file
        self.lines: dict[Place, int] = {(): 1}
        self.texts: dict[Place, str] = {}
        self._seen: set[int] = set()  # what an anchor names is looked at once
        try:
            loader = _Loader(text)
            try:
                node = loader.get_single_node()
                if node is not None:
                    self._visit(node, ())
                self.value: Any = {} if node is None else loader.construct_document(node)
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as wrong:
            mark = wrong.problem_mark or wrong.context_mark
            said = " ".join(part for part in (wrong.context, wrong.problem) if part)
            raise PodsecError(f"no valid YAML: {said}", file=file, line=mark.line + 1 if mark else None) from None
        except (yaml.YAMLError, ValueError, RecursionError) as wrong:
            raise PodsecError(f"no valid YAML: {' '.join(str(wrong).split())}", file=file) from None

    def wrong(self, message: str, place: Place, hint: str | None = None) -> PodsecError:
        """Give the error for a part."""
        return wrong(self.file, self.lines, message, place, hint)

    def _visit(self, node: yaml.Node, place: Place) -> None:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            self.texts[place] = node.value
        elif id(node) in self._seen:
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                    given = f'write it in quotes: "{key.value}"' if isinstance(key, yaml.ScalarNode) else None
                    raise PodsecError("a key is a text", file=self.file, line=line, hint=given)
                below = (*place, key.value)
                if below in self.lines:
                    raise PodsecError(f'the key "{key.value}" stands here twice', file=self.file, line=line)
                self.lines[below] = line
                self._visit(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._visit(value, (*place, number))


def wrong(file: Path | None, lines: Mapping[Place, int], message: str, place: Place, hint: str | None) -> PodsecError:
    """Give the error for a part of a document, with the line of it or of the nearest one above it."""
    above = next(place[:length] for length in range(len(place), -1, -1) if place[:length] in lines or not length)
    said = ".".join(map(str, place))
    return PodsecError(f"{said}: {message}" if said else message, file=file, line=lines.get(above), hint=hint)
