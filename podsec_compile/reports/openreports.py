"""Reports of OpenReports.io (openreports.io/v1alpha1) as YAML: one for each object, which lists the rules it breaks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from podsec_compile.messages import message
from podsec_compile.reports.json import identity
from podsec_compile.waivers import terms

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Finding, Result, Scanner, Summary

_SOURCE = "podsec-compile"


class Report:
    """Writes YAML, of which each value is JSON."""

    separator = ""

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        del colour
        self._specs = scanner.specs

    def start(self) -> str:
        """Give nothing."""
        return ""

    def object(self, result: Result) -> str:
        """Give the report of an object, in its own namespace; of one without findings that nothing failed."""
        who = identity(result.manifest.object)
        told = [one for one in (who["apiVersion"], who["kind"], who["namespace"], who["name"]) if isinstance(one, str)]
        unique = hashlib.sha256(
            "\0".join([result.manifest.file, str(result.manifest.path), *told]).encode(errors="replace")
        )
        metadata = {
            "name": f"podsec-{unique.hexdigest()[:32]}",
            **({"namespace": who["namespace"]} if who["namespace"] else {}),
            "labels": {"app.kubernetes.io/managed-by": _SOURCE},
        }
        findings = [self._finding(finding) for finding in result.findings]
        failed = sum(one["result"] == "fail" for one in findings)
        summary = {"pass": 0, "fail": failed, "warn": 0, "error": 0, "skip": len(findings) - failed}
        parts: dict[str, Any] = {
            "apiVersion": "openreports.io/v1alpha1",
            "kind": "Report",
            "metadata": metadata,
            "source": _SOURCE,
            "scope": {name: one for name, one in who.items() if one is not None},
            "summary": summary,
        }
        lines = [f"{name}: {orjson.dumps(one).decode()}" for name, one in parts.items()]
        if findings:
            lines += ["results:", *(f"- {orjson.dumps(one).decode()}" for one in findings)]
        return "\n".join(["---", *lines]) + "\n"

    def _finding(self, finding: Finding) -> dict[str, Any]:
        spec, waiver, first = self._specs[finding.rule], finding.waiver, finding.spots[0]
        properties = {"line": str(first.line), "column": str(first.column), "remedy": spec.rule.remedy}
        if waiver is not None:
            properties["waiver"] = terms(waiver)
        return {
            "source": _SOURCE,
            "policy": f"podsec-{spec.id}",
            "rule": spec.id,
            "category": spec.rule.level,
            "severity": spec.rule.severity,
            "result": "fail" if waiver is None else "skip",
            "message": message(spec, [spot.place for spot in finding.spots]),
            "properties": properties,
        }

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give what could not be read, as comments."""
        del summary
        return "".join(f"# {' '.join(str(one).split())}\n" for one in broken)
