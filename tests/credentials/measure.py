"""How many credentials the rules find, and how often they take an ordinary text for one: writes docs/credentials.md.

`python tests/credentials/measure.py FILE [gitleaks]`; with the second word gitleaks judges the same texts beside them.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import developed
import held_out
import ordinary
import ordinary_held_out
from podsec_compile.evaluate import Request, judge
from podsec_compile.kinds import POD
from podsec_compile.load import load
from podsec_compile.normalize import normalize
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from making import Case
    from podsec_compile.load import Spec

RULES = (
    "annotation-credential", "argument-credential", "config-file-credential", "config-map-credential", "env-credential",
    "header-credential",
)  # fmt: skip


def manifest(case: Case) -> dict[str, Any]:
    """Give the object in which a case's text stands in its place."""
    container: dict[str, Any] = {"name": "app", "image": "registry.example/app:1.0"}
    metadata: dict[str, Any] = {"name": "case"}
    match case.place:
        case "config":
            return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {case.name: case.value}}
        case "annotation":
            metadata["annotations"] = {case.name: case.value}
        case "env":
            container["env"] = [{"name": case.name, "value": case.value}]
        case "args":
            container["args"] = [case.value]
        case "command":
            container["command"] = ["sh", "-c", case.value]
        case "header":
            headers = [{"name": case.name, "value": case.value}]
            container["livenessProbe"] = {"httpGet": {"port": 80, "httpHeaders": headers}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


@functools.cache
def specs() -> tuple[Spec, ...]:
    return tuple(spec for spec in load(folder("policy_specs")) if spec.id in RULES)


def found(case: Case) -> bool:
    """Tell whether one of the rules refuses the object of a case."""
    thing = manifest(case)
    judged = [spec for spec in specs() if (spec.subject is POD) == (thing["kind"] == "Pod")]
    return any(
        judge(normalize(spec.broken, spec.exempt, NEWEST_MINOR), spec.subject, Request(thing), spec.defaults)
        for spec in judged
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What a judge finds of a set of credentials, and wrongly of a set of ordinary texts."""

    credentials: tuple[Case, ...]
    ordinary: tuple[Case, ...]
    hits: tuple[bool, ...]
    alarms: tuple[bool, ...]

    @property
    def recall(self) -> float:
        return sum(self.hits) / len(self.hits)

    @property
    def precision(self) -> float:
        return sum(self.hits) / (sum(self.hits) + sum(self.alarms))

    @property
    def missed(self) -> list[Case]:
        return [case for case, hit in zip(self.credentials, self.hits, strict=True) if not hit]

    @property
    def wrong(self) -> list[Case]:
        return [case for case, alarm in zip(self.ordinary, self.alarms, strict=True) if alarm]

    def by_form(self) -> dict[str, tuple[int, int]]:
        """Give for each form how many are found, and of how many."""
        total = Counter(case.form for case in self.credentials)
        hit = Counter(case.form for case, one in zip(self.credentials, self.hits, strict=True) if one)
        return {form: (hit[form], count) for form, count in total.items()}


def each(judge_one: Callable[[Case], bool]) -> Callable[[Sequence[Case]], list[bool]]:
    return lambda cases: [judge_one(case) for case in cases]


def measure(which: str, ask: Callable[[Sequence[Case]], list[bool]] | None = None) -> Measured:
    """Judge a set, "developed" or "held out", by the rules or by another judge."""
    ask = ask or each(found)
    credentials, others = {
        "developed": (developed.cases(), ordinary.cases()),
        "held out": (held_out.cases(), ordinary_held_out.cases()),
    }[which]
    return Measured(tuple(credentials), tuple(others), tuple(ask(credentials)), tuple(ask(others)))


def _rows(measured: dict[str, dict[str, Measured]]) -> Iterable[str]:
    forms = dict.fromkeys(form for sets in measured.values() for one in sets.values() for form in one.by_form())
    for form in sorted(forms):
        cells = []
        for sets in measured.values():
            for one in sets.values():
                hit, of = one.by_form().get(form, (0, 0))
                cells.append(f"{hit}/{of}" if of else "")
        yield f"| {form} | {' | '.join(cells)} |"


def report(measured: dict[str, dict[str, Measured]]) -> str:
    """Write the page: judge by judge, set by set; it names places, and shows no text."""
    columns = [f"{judge_name}, {which}" for judge_name, sets in measured.items() for which in sets]
    every = [one for sets in measured.values() for one in sets.values()]
    ours = measured["rules"]
    lines = [
        "# Credentials: what the rules find", "",
        "Written by `make credentials` (tests/credentials/measure.py); do not edit. The texts are random, made from a seed when",
        "they are asked for. The patterns were changed until they did well on the sets *developed*; the sets *held out* were",
        "written before any pattern was, from the providers' pages, and no pattern was changed for them but one: a flag that stands",
        "alone is not known by `access-token`, since the switch `--pass-access-token` is an ordinary text there. Both are of one hand",
        "and share what makes a token of a given format: they say how the rules do in other places, under other names and in other",
        "files, and not how they do on formats that nobody here thought of.", "",
        f"| | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|",
        f"| credentials | {' | '.join(str(len(one.credentials)) for one in every)} |",
        f"| ordinary texts | {' | '.join(str(len(one.ordinary)) for one in every)} |",
        f"| **recall** | {' | '.join(f'**{one.recall:.3f}**' for one in every)} |",
        f"| **precision** | {' | '.join(f'**{one.precision:.3f}**' for one in every)} |",
        f"| ordinary texts taken for credentials | {' | '.join(str(sum(one.alarms)) for one in every)} |", "",
        "## Found, by form", "", f"| form | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|", *_rows(measured), "",
        "## Missed by the rules", "",
    ]  # fmt: skip
    for title, cases in (("Missed", "missed"), ("Taken for a credential", "wrong")):
        if title != "Missed":
            lines += ["", "## Ordinary, and taken for a credential by the rules", ""]
        for which, one in ours.items():
            lines += [
                f"- {which}: {case.form}, {case.place} `{case.name or '(no name)'}`" for case in getattr(one, cases)
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    sets = ("developed", "held out")
    measured = {"rules": {which: measure(which) for which in sets}}
    if sys.argv[2:] == ["gitleaks"]:
        import scanner

        measured["gitleaks"] = {which: measure(which, scanner.found) for which in sets}
    Path(sys.argv[1]).write_text(report(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
