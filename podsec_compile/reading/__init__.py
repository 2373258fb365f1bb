"""Manifests as kubectl reads them: YAML by the rules of sigs.k8s.io/yaml, and JSON.

`scalars` says what a plain scalar is, `exact` reads any document, `block` most of them and many times as fast,
`streams` takes files apart into documents, and lists of objects into their items, without holding them whole. A
document's values are JSON's. Where something stands is told by path, by what is read here, in lines and columns from 1.
"""

from __future__ import annotations

from typing import Any, Protocol

Path = tuple[str | int, ...]
Place = tuple[int, int]


class Places(Protocol):
    """Where the parts of a value stand in its text: the line and column of the key or element, from (0, 0)."""

    def locate(self, paths: list[Path]) -> list[Place]:
        """Give the place of each path, or that of the nearest part above it that is there."""
        ...


class NotRead(Exception):  # noqa: N818  # what it says
    """A text that is no valid document: `message`, and the line in it from 0, if it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


Value = Any
