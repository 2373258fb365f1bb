"""A whole scan: from paths to a report, by several processes where the input is long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError
from podsec_compile.manifests import documents, objects
from podsec_compile.parallel import mapped
from podsec_compile.scan import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from podsec_compile.reading.streams import Document
    from podsec_compile.reports import Report
    from podsec_compile.scan import Scanner

_BYTES = 1 << 18  # of documents that are handed to a process at once
_MOST_DOCUMENTS = 1000  # that are handed to a process at once, however small
_MOST_BROKEN = 1000  # that a report names; each is told when it is met
_FEW = 8  # parts that cost less than to start processes

Part = list[tuple[str, "Document"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What there is to say of some documents, and what was counted; `broken` are those that cannot be read."""

    text: str
    summary: Summary
    broken: tuple[tuple[str, object, int | None], ...]


@dataclass(slots=True)
class Progress:
    """Tells on a terminal how far a long scan has come, a few times a second."""

    terminal: TextIO | None
    _next: float = field(default_factory=lambda: time.monotonic() + 0.5)
    _shown: bool = False

    def show(self, objects: int) -> None:
        """Tell how many objects were judged."""
        if self.terminal is not None and time.monotonic() > self._next:
            self.terminal.write(f"\r{objects:,} objects judged")
            self.terminal.flush()
            self._next, self._shown = time.monotonic() + 0.2, True

    def clear(self) -> None:
        """Take what was told away."""
        if self.terminal is not None and self._shown:
            self.terminal.write("\r\x1b[K")
            self.terminal.flush()
            self._shown = False


def written(
    paths: Iterable[str],
    scanner: Scanner,
    report: Report,
    out: TextIO,
    tell: Callable[[PodsecError], None],
    progress: Progress,
    jobs: int = 1,
) -> Summary:
    """Write the report of a scan, and give what was counted; what cannot be read is told and stands in the report."""
    broken: list[PodsecError] = []
    total, between = Summary(), ""

    def wrong(one: PodsecError) -> None:
        total.broken += 1
        if len(broken) < _MOST_BROKEN:
            broken.append(one)
        tell(one)

    def work(part: Part) -> Answer:
        return answered(part, scanner, report)

    out.write(report.start())
    for answer in mapped(work, _parts(documents(paths, wrong)), count=jobs, few=_FEW):
        total.add(answer.summary)
        for message, file, line in answer.broken:
            wrong(PodsecError(message, file=file, line=line))  # type: ignore[arg-type]  # a path
        if answer.text:
            out.write(between + answer.text)
            between = report.separator
        progress.show(total.objects)
    progress.clear()
    out.write(report.end(total, broken))
    return total


def answered(part: Part, scanner: Scanner, report: Report) -> Answer:
    """Judge the objects of some documents."""
    summary, texts, broken = Summary(), [], []
    for file, document in part:
        try:
            manifests = objects(file, document)
        except PodsecError as wrong:
            broken.append((wrong.message, wrong.file, wrong.line))
            continue
        for manifest in manifests:
            result = scanner.judge(manifest)
            summary.count(result)
            if text := report.object(result):
                texts.append(text)
    return Answer(report.separator.join(texts), summary, tuple(broken))


def _parts(found: Iterator[tuple[str, Document]]) -> Iterator[Part]:
    """Give documents by the part, each about as long."""
    part: Part = []
    size = 0
    for one in found:
        part.append(one)
        size += len(one[1].text)
        if size >= _BYTES or len(part) >= _MOST_DOCUMENTS:
            yield part
            part, size = [], 0
    if part:
        yield part
