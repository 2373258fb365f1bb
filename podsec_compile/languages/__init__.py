"""How an engine's expression language says each node of `ir`.

A language is a module with `quote(value) -> str`, the only way in which a literal reaches its output, and a
function that renders a `Violation`. Every node is handled in an exhaustive `match`, or refused with `Unsupported`.
"""

from __future__ import annotations

from podsec_compile.errors import PodsecError


class Unsupported(PodsecError):  # noqa: N818  # the field's own word
    """A language cannot say a node; the build stops, and nothing is written."""

    def __init__(self, language: str, node: object, reason: str) -> None:
        super().__init__(f"{language} cannot say {type(node).__name__}: {reason}")
