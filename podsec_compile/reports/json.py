"""For programs: one map of JSON with `findings`, `errors` and `summary`; docs/scan.md says what stands in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson

from podsec_compile import __version__
from podsec_compile.messages import message

if TYPE_CHECKING:
    from podsec_compile.errors import PodsecError
    from podsec_compile.scan import Finding, Result, Scanner, Summary


class Report:
    """Writes JSON."""

    separator = ",\n"

    def __init__(self, scanner: Scanner, *, colour: bool) -> None:
        del colour
        self._specs = scanner.specs

    def start(self) -> str:
        """Give what stands before the findings."""
        return f'{{"version": 1, "podsec-compile": "{__version__}",\n"findings": [\n'

    def object(self, result: Result) -> str:
        """Give a map for each finding."""
        return ",\n".join([self._finding(result, finding) for finding in result.findings])

    def _finding(self, result: Result, finding: Finding) -> str:
        spec, manifest, waiver = self._specs[finding.rule], result.manifest, finding.waiver
        value = {
            "rule": spec.id,
            "level": spec.rule.level,
            "severity": spec.rule.severity,
            "message": message(spec, [spot.place for spot in finding.spots]),
            "remedy": spec.rule.remedy,
            "file": manifest.file,
            "object": identity(manifest.object),
            "places": [
                {"place": spot.place, "line": spot.line, "column": spot.column, "path": list(spot.path)}
                for spot in finding.spots
            ],
            "waiver": None
            if waiver is None
            else {"owner": waiver.owner, "reason": waiver.reason, "expires": str(waiver.expires)},
        }
        return orjson.dumps(value).decode()

    def end(self, summary: Summary, broken: list[PodsecError]) -> str:
        """Give what stands behind the findings."""
        told = {name: count for name, count in asdict(summary).items() if name != "by_rule"}
        by_rule = {self._specs[number].id: count for number, count in sorted(summary.by_rule.items())}
        errors = [{"file": str(one.file), "line": one.line, "message": one.message} for one in broken]
        closing = orjson.dumps({**told, "by_rule": by_rule}).decode()
        return f'\n],\n"errors": {orjson.dumps(errors).decode()},\n"summary": {closing}}}\n'


def identity(value: dict[str, object]) -> dict[str, object]:
    """Give apiVersion, kind, namespace and name of an object; None where it has none."""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    told = {name: value.get(name) for name in ("apiVersion", "kind")}
    told |= {name: metadata.get(name) for name in ("namespace", "name")}
    return {name: one if isinstance(one, str) else None for name, one in told.items()}
