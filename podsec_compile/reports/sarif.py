"""SARIF 2.1.0, for views of code scanning: a result for each place that offends, and every rule with its help."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from podsec_compile import __version__
from podsec_compile.manifests import STANDARD_INPUT
from podsec_compile.markdown import fenced
from podsec_compile.messages import message
from podsec_compile.reports.json import identity
from podsec_compile.waivers import terms

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.load import Spec
    from podsec_compile.scan import Result, Scanner, Summary

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SCORES = {"critical": "9.0", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""What GitHub sorts by: from 9.0 on is critical, from 7.0 high, from 4.0 medium."""


class Report:
    """Writes SARIF."""

    separator = ",\n"

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        del colour
        self._specs = scanner.specs

    def start(self) -> str:
        """Give what stands before the results."""
        run = '{"columnKind": "unicodeCodePoints",\n"results": [\n'
        return f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{run}'

    def object(self, result: Result) -> str:
        """Give a result for each place that offends; one that is waived is suppressed."""
        if not result.findings:
            return ""
        manifest, told = result.manifest, []
        who = identity(manifest.object)
        named = "/".join(one for one in (who["kind"], who["namespace"], who["name"]) if isinstance(one, str))
        file = {"uri": uri(manifest.file)}
        for finding in result.findings:
            spec = self._specs[finding.rule]
            for spot in finding.spots:
                one: dict[str, Any] = {
                    "ruleId": spec.id,
                    "ruleIndex": finding.rule,
                    "level": _LEVELS[spec.rule.severity],
                    "message": {"text": message(spec, [spot.place])},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": file,
                                "region": {"startLine": spot.line, "startColumn": spot.column},
                            },
                            "logicalLocations": [{"fullyQualifiedName": named, "kind": "resource"}],
                        }
                    ],
                    "partialFingerprints": {"podsec/v1": _fingerprint(spec.id, manifest.file, named, spot.place)},
                }
                if finding.waiver is not None:
                    why = f"Waived {terms(finding.waiver)}"
                    one["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
                told.append(orjson.dumps(one).decode())
        return ",\n".join(told)

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give the rules, and what could not be read."""
        del summary
        driver = {
            "name": "podsec-compile",
            "semanticVersion": __version__,
            "rules": [_rule(spec) for spec in self._specs],
        }
        run = {"executionSuccessful": not broken, "toolExecutionNotifications": [_notification(one) for one in broken]}
        return (
            f'\n],\n"invocations": {orjson.dumps([run]).decode()},\n'
            f'"tool": {{"driver": {orjson.dumps(driver, option=orjson.OPT_INDENT_2).decode()}}}}}]}}\n'
        )


def uri(file: str) -> str:
    """Give the address of a file: relative to where the scan was run, or whole."""
    if file == STANDARD_INPUT:
        return "stdin"
    path = PurePath(file)
    return Path(file).as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(*parts: str) -> str:
    """Give what stays where lines are moved about."""
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]


def _rule(spec: Spec) -> dict[str, Any]:
    rule = spec.rule
    return {
        "id": spec.id,
        "name": "".join(word.capitalize() for word in spec.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": spec.why},
        "help": {"text": f"{spec.why} To fix: {rule.remedy}", "markdown": _help(spec)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", "kubernetes", rule.level],
            "precision": "high",
            "problem.severity": _LEVELS[rule.severity].replace("note", "recommendation"),
            "security-severity": _SCORES[rule.severity],
        },
    }


def _help(spec: Spec) -> str:
    """Give why there is a rule, what is bad and good, and where it comes from."""
    rule = spec.rule
    parts = [spec.why, f"**Fix:** {rule.remedy}"]
    for verdict, cases in (("Bad", rule.bad), ("Good", rule.good)):
        name, text = next(((name, text) for name, text in cases.items() if text.strip()), ("", ""))
        if name:
            parts.append(f"**{verdict}** ({name}):\n\n{fenced(text.strip(), 'yaml')}")
    if rule.sources:
        parts.append("\n".join(["**Sources:**", "", *(f"- {one.title}: {one.place}" for one in rule.sources)]))
    return "\n\n".join(parts)


def _notification(wrong: PodsecError) -> dict[str, Any]:
    told: dict[str, Any] = {"level": "error", "message": {"text": wrong.message}}
    if wrong.file is not None:
        where: dict[str, Any] = {"artifactLocation": {"uri": uri(str(wrong.file))}}
        if wrong.line is not None:
            where["region"] = {"startLine": wrong.line}
        told["locations"] = [{"physicalLocation": where}]
    return told
