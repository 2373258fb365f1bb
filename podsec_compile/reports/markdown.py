"""Markdown, for a comment on a pull request: a table of what offends, and one of how often each rule is broken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podsec_compile.render import one_line
from podsec_compile.waivers import terms

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Result, Scanner, Summary


class Report:
    """Writes Markdown."""

    separator = ""

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        del colour
        self._specs = scanner.specs
        self._remedies = [cell(spec.rule.remedy) for spec in scanner.specs]

    def start(self) -> str:
        """Give the head of the table."""
        return "# podsec-compile scan\n\n| where | object | rule | severity | what | fix |\n|---|---|---|---|---|---|\n"

    def object(self, result: Result) -> str:
        """Give a row for each rule that an object breaks."""
        if not result.findings:
            return ""
        manifest = result.manifest
        file, name, rows = cell(manifest.file), cell(manifest.name), []
        for finding in result.findings:
            spec, first, waiver = self._specs[finding.rule], finding.spots[0], finding.waiver
            severity: str = spec.rule.severity
            remedy = self._remedies[finding.rule]
            if waiver is not None:
                severity = "waived"
                remedy = cell(terms(waiver))
            places = "<br>".join(cell(spot.place) for spot in finding.spots)
            where = f"{file}:{first.line}:{first.column}"
            rows.append(f"| {where} | {name} | {spec.id} | {severity} | {places} | {remedy} |\n")
        return "".join(rows)

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give the counts, and what could not be read."""
        lines = ["", f"{summary.findings} findings in {summary.offending} of {summary.objects} objects; "]
        lines[-1] += f"{summary.waived} waived, {summary.excluded} objects in excluded namespaces."
        if summary.by_rule:
            lines += ["", "| rule | findings |", "|---|---|"]
            by_count = sorted(summary.by_rule.items(), key=lambda one: (-one[1], one[0]))
            lines += [
                f"| {self._specs[number].id}: {cell(self._specs[number].rule.title)} | {count} |"
                for number, count in by_count
            ]
        if broken:
            lines += ["", "Could not be read:", "", *(f"- {cell(str(one))}" for one in broken)]
        return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Give a text that stands in a cell of a table as it is."""
    return re.sub(r"([\\`*_\[\]<>|~#&])", r"\\\1", one_line(text))
