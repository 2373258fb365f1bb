"""JUnit's XML, for views of tests: a suite for each object, in it a failed test for each rule that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from podsec_compile.messages import message
from podsec_compile.waivers import terms

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Finding, Result, Scanner, Summary


class Report:
    """Writes XML."""

    separator = ""

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        del colour
        self._specs = scanner.specs

    def start(self) -> str:
        """Give what stands before the suites."""
        return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="podsec-compile">\n'

    def object(self, result: Result) -> str:
        """Give a suite; a rule that is waived is a test that was skipped, one without findings one that passed."""
        manifest, findings = result.manifest, result.findings
        where = _attribute(f"{manifest.file}:{manifest.line}")
        skipped = sum(finding.waiver is not None for finding in findings) + result.excluded
        failed = len(findings) - skipped + result.excluded
        counts = f'tests="{max(len(findings), 1)}" failures="{failed}" skipped="{skipped}"'
        lines = [f"<testsuite name={_attribute(f'{manifest.file}: {manifest.name}')} {counts}>"]
        lines += [self._test(finding, result) for finding in findings]
        if not findings:
            told = '><skipped message="its namespace is excluded"/></testcase>' if result.excluded else "/>"
            lines.append(f'  <testcase name="every rule" classname={where}{told}')
        return "\n".join([*lines, "</testsuite>\n"])

    def _test(self, finding: Finding, result: Result) -> str:
        spec, waiver = self._specs[finding.rule], finding.waiver
        file = result.manifest.file
        places = "\n".join(f"{file}:{spot.line}:{spot.column}: {spot.place}" for spot in finding.spots)
        case = f"  <testcase name={_attribute(spec.id)} classname={_attribute(f'{file}:{result.manifest.line}')}>"
        if waiver is not None:
            return f"{case}<skipped message={_attribute(f'Waived {terms(waiver)}')}/></testcase>"
        said = _attribute(message(spec, [spot.place for spot in finding.spots]))
        return (
            f'{case}<failure type="{spec.rule.severity}" message={said}>{escape(_allowed(places))}</failure></testcase>'
        )

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give a suite of what could not be read."""
        del summary
        lines = []
        if broken:
            lines.append(f'<testsuite name="what could not be read" tests="{len(broken)}" errors="{len(broken)}">')
            for one in broken:
                where = _attribute(f"{one.file}:{one.line}" if one.line else str(one.file))
                lines.append(f"  <testcase name={where}><error message={_attribute(one.message)}/></testcase>")
            lines.append("</testsuite>")
        return "\n".join([*lines, "</testsuites>\n"])


def _allowed(text: str) -> str:
    """Give a text without the characters that XML cannot hold."""
    return "".join(char if char >= " " or char in "\t\n" else "\ufffd" for char in text if char not in "\ufffe\uffff")


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))
