"""Manifests judged without a cluster: what offends in each object, where it stands, and what is waived."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from podsec_compile import waivers
from podsec_compile.judging import Judge
from podsec_compile.languages.python import Lowered
from podsec_compile.messages import frame
from podsec_compile.normalize import normalize

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from podsec_compile import ir
    from podsec_compile.config import Config, Waiver
    from podsec_compile.judging import Path
    from podsec_compile.load import Spec
    from podsec_compile.manifests import Manifest


class Spot(NamedTuple):
    """What offends, as a message names it, and where: line and column in the file, from 1, and path in the object."""

    place: str
    line: int
    column: int
    path: Path


class Finding(NamedTuple):
    """A rule that an object breaks; `waiver` is what it is waived by."""

    rule: int
    spots: Sequence[Spot]
    waiver: Waiver | None = None


class Result(NamedTuple):
    """An object and what was found in it, in the order of the rules; nothing where it was excluded."""

    manifest: Manifest
    findings: tuple[Finding, ...]
    excluded: bool = False


@dataclass(slots=True)
class Summary:
    """What was judged: objects, those with findings that count, findings that count (places of them), and waived."""

    objects: int = 0
    excluded: int = 0
    offending: int = 0
    findings: int = 0
    waived: int = 0
    broken: int = 0
    by_rule: dict[int, int] = field(default_factory=dict)

    def count(self, result: Result) -> None:
        """Count an object in."""
        self.objects += 1
        self.excluded += result.excluded
        offends = 0
        for finding in result.findings:
            if finding.waiver is not None:
                self.waived += len(finding.spots)
                continue
            offends += len(finding.spots)
            self.by_rule[finding.rule] = self.by_rule.get(finding.rule, 0) + len(finding.spots)
        self.findings += offends
        self.offending += offends > 0

    def add(self, other: Summary) -> None:
        """Count what another has counted."""
        self.objects += other.objects
        self.excluded += other.excluded
        self.offending += other.offending
        self.findings += other.findings
        self.waived += other.waived
        self.broken += other.broken
        for rule, count in other.by_rule.items():
            self.by_rule[rule] = self.by_rule.get(rule, 0) + count


class Scanner:
    """Rules as a configuration sets them, ready to judge objects; a waiver counts up to the end of its last day."""

    def __init__(self, specs: Sequence[Spec], config: Config, minor: int, day: datetime.date) -> None:
        self.specs = tuple(specs)
        self.frames = [frame(spec) for spec in specs]
        self._excluded = frozenset(config.excluded())
        self._waivers: dict[int, list[tuple[Waiver, ir.Waived]]] = {}
        lowered = []
        for number, spec in enumerate(specs):
            parameters = {**spec.defaults, **config.settings(spec.id).parameters}
            lowered.append((spec.subject, Lowered(spec.id, normalize(spec.broken, spec.exempt, minor), parameters)))
            for waiver in config.waivers:
                if waiver.rule == spec.id and waivers.days_left(waiver, day) >= 0:
                    self._waivers.setdefault(number, []).append((waiver, waivers.waived(waiver, spec.subject)))
        self._judge = Judge(lowered)

    def judge(self, manifest: Manifest) -> Result:
        """Judge an object; one of a namespace that is excluded is left alone."""
        if self._excluded and self._is_excluded(manifest.object):
            return Result(manifest, (), excluded=True)
        found = self._judge.found(manifest.object)
        if not found:
            return Result(manifest, ())
        marks = manifest.locate([path for _, _, path in found])
        spots: dict[int, list[Spot]] = {}
        for (number, place, path), (line, column) in zip(found, marks, strict=True):
            if number in spots:
                spots[number].append(Spot(place, line, column, path))
            else:
                spots[number] = [Spot(place, line, column, path)]
        if self._waivers:
            return Result(manifest, tuple([Finding(one, spots[one], self._waived(one, manifest)) for one in spots]))
        return Result(manifest, tuple([Finding(number, told) for number, told in spots.items()]))

    def _is_excluded(self, value: dict[str, object]) -> bool:
        metadata = value.get("metadata")
        namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
        return isinstance(namespace, str) and namespace in self._excluded

    def _waived(self, number: int, manifest: Manifest) -> Waiver | None:
        for waiver, waived in self._waivers.get(number, ()):
            if waivers.fits(waived, self.specs[number].subject, manifest.object):
                return waiver
        return None
