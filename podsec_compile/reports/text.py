"""For a reader: the objects with findings, a line for each place, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.render import one_line
from podsec_compile.waivers import terms

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Result, Scanner, Summary

_PLAIN = dict.fromkeys(("critical", "high", "medium", "low", "waived", "bold", "end"), "")
_COLOURED = {
    "critical": "\x1b[1;31m", "high": "\x1b[31m", "medium": "\x1b[33m", "low": "\x1b[36m", "waived": "\x1b[2m",
    "bold": "\x1b[1m", "end": "\x1b[0m",
}  # fmt: skip
_WIDTH = len("critical")


class Report:
    """Writes text."""

    separator = ""

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        style = _COLOURED if colour else _PLAIN
        self._style = style
        self._rules = []
        for spec, (before, behind) in zip(scanner.specs, scanner.frames, strict=True):
            severity = spec.rule.severity
            told = f"{style[severity]}{severity:{_WIDTH}}{style['end']}"
            named = f"{style['bold']}{spec.id}{style['end']}{one_line(before.removeprefix(spec.id))}"
            self._rules.append((f"{told}  {named}", one_line(behind)))

    def start(self) -> str:
        """Give nothing."""
        return ""

    def object(self, result: Result) -> str:
        """Give the object's name and a line for each place that offends."""
        if not result.findings:
            return ""
        manifest, style = result.manifest, self._style
        lines = [f"{style['bold']}{one_line(manifest.file)}: {one_line(manifest.name)}{style['end']}\n"]
        for finding in result.findings:
            before, behind = self._rules[finding.rule]
            if finding.waiver is not None:
                before = f"{style['waived']}{'waived':{_WIDTH}}{style['end']}{before[before.index('  ') :]}"
                behind = f". Waived {one_line(terms(finding.waiver))}"
            for spot in finding.spots:
                where = f"{spot.line}:{spot.column}"
                lines.append(f"  {where:<8} {before}{one_line(spot.place)}{behind}\n")
        return "".join(lines)

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give how many objects there are, and findings."""
        told = [f"{_count(summary.findings, 'finding')} in {summary.offending} of {_count(summary.objects, 'object')}"]
        if summary.waived:
            told.append(f"{summary.waived} waived")
        if summary.excluded:
            told.append(f"{_count(summary.excluded, 'object')} in excluded namespaces")
        del broken
        if summary.broken:
            told.append(f"{summary.broken} could not be read")
        return "; ".join(told) + "\n"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
