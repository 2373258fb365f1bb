"""How the findings of a scan are written: a module of this package for each format, named by it.

Each has a class `Report` with the parts of `Report` here; `FORMATS` is what lies in this folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Result, Scanner, Summary

FORMATS = tuple(sorted(one.name for one in pkgutil.iter_modules(__path__)))


class Report(Protocol):
    """What writes a format: texts that, one behind the other, are the whole.

    `objects` may run in another process than the rest, and knows nothing of what came before; `separator` stands
    between two of its texts that are not empty.
    """

    separator: str

    def __init__(self, scanner: Scanner, *, colour: bool) -> None: ...

    def start(self) -> str:
        """Give what stands before all objects."""
        ...

    def object(self, result: Result) -> str:
        """Give what there is to say of an object; nothing, perhaps."""
        ...

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give what stands behind all objects; `broken` are the first of those that cannot be read."""
        ...


def report(name: str, scanner: Scanner, *, colour: bool = False) -> Report:
    """Give what writes a format."""
    module = importlib.import_module(f"{__name__}.{name}")
    return cast("Report", module.Report(scanner, colour=colour))
