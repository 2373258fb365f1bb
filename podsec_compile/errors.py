"""What goes wrong on the user's side: one exception, printed as one message, exit code 2."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class PodsecError(Exception):
    """The input or the configuration is wrong.

    `message` says what is wrong and what was expected; `hint` says how to mend it.
    """

    def __init__(
        self, message: str, *, file: Path | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        """Give `file:line: message`, and the hint on a line of its own."""
        place = "" if self.file is None else f"{self.file}:" if self.line is None else f"{self.file}:{self.line}:"
        return f"{place} {self.message}".strip() + (f"\n  hint: {self.hint}" if self.hint else "")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Give the hint for a misspelt word, or None where nothing known is near it."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else None
