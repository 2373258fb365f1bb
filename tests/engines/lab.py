"""The lab at full depth: runs every experiment with every engine and writes docs/conformance.md.

Run by `make lab`. Exits with 1 if anything disagreed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import experiments
from article import ROWS
from binaries import HERE, build
from comparing import FOLDERS, Reference, started
from corpus import COUNT, LEVELS
from engines import Judge
from experiments import Mutants, Tally
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.load import load
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR
from quirks import QUIRKS
from updates import SITUATIONS

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from podsec_compile.load import Spec

ENGINES = tuple(FOLDERS)
RANDOM_PODS = 20_000
RANDOM_PODS_FOR_KUBERNETES = 5_000
_MODULES = {
    "gatekeeper": "github.com/open-policy-agent/gatekeeper/v3",
    "kyverno": "github.com/kyverno/kyverno",
    "kubernetes": "k8s.io/kubernetes",
    "psa": "k8s.io/pod-security-admission",
}


@dataclass
class Findings:
    """What one engine said: for the whole, and by rule."""

    by_rule: dict[str, Tally] = field(default_factory=dict)
    random: Tally = field(default_factory=Tally)
    huge: Tally = field(default_factory=Tally)
    mutants: dict[str, Mutants] = field(default_factory=dict)
    situations: list[str] = field(default_factory=list)

    @property
    def enumerated(self) -> Tally:
        """What was said of the witnesses of all rules."""
        whole = Tally()
        for one in self.by_rule.values():
            whole.add(one)
        return whole

    @property
    def wrong(self) -> list[str]:
        """Everything on which the engine and the reference disagreed."""
        found = [*self.enumerated.wrong, *self.random.wrong, *self.huge.wrong]
        return found + [one for told in self.mutants.values() for one in told.wrong]


def judged(engine: str, specs: Sequence[Spec], scratch: Path) -> Findings:
    """Run what concerns one engine alone."""
    found = Findings()
    for spec in specs:
        found.by_rule[spec.id] = experiments.enumeration(engine, spec, scratch / "enumeration" / spec.id)
        found.mutants[spec.id] = experiments.mutation(engine, spec, scratch / "mutation" / spec.id)
        _say(f"{engine}: {spec.id}, {found.enumerated.verdicts:,} verdicts, {len(found.wrong)} disagreements")
    found.random = experiments.random_objects(engine, specs, RANDOM_PODS, scratch / "random")
    standard = [spec for spec in specs if spec.rule.level in LEVELS]
    write(compile_bundle(standard, minor=NEWEST_MINOR, targets=[engine]), scratch / "shipped")
    with started(engine, scratch / "shipped") as judge:
        found.situations = experiments.situations(judge, standard)
        found.huge = experiments.extremes(judge, Reference(standard))
    _say(f"{engine}: {found.random.verdicts:,} verdicts on random objects, {len(found.wrong)} disagreements")
    return found


def run(specs: Sequence[Spec], scratch: Path) -> dict[str, Any]:
    """Run the whole lab and give what the page needs."""
    begun, at = time.monotonic(), commit()  # the tree may move on while the lab runs
    with ThreadPoolExecutor(2) as pool, Judge("psa") as oracle:
        waiting = {name: pool.submit(judged, name, specs, scratch / name) for name in ENGINES}
        findings = {name: one.result() for name, one in waiting.items()}
        standard = [spec for spec in specs if spec.rule.level in LEVELS]
        fixtures = experiments.fixtures(ENGINES, standard, oracle, scratch / "fixtures")
        kubernetes = experiments.against_kubernetes(
            ENGINES, standard, oracle, RANDOM_PODS_FOR_KUBERNETES, scratch / "kubernetes"
        )
    return {
        "findings": findings,
        "fixtures": fixtures,
        "kubernetes": kubernetes,
        "engines": versions(),
        "commit": at,
        "minutes": round((time.monotonic() - begun) / 60),
        "specs": specs,
        "cases": {spec.id: len(spec.cases) for spec in specs},
        "article": ROWS,
        "situations": SITUATIONS,
        "quirks": QUIRKS,
        "levels": LEVELS,
        "corpus": COUNT,
        "verdicts": sum(one.enumerated.verdicts + one.random.verdicts for one in findings.values()),
    }


def versions() -> list[tuple[str, str]]:
    """Give the engines' modules and their versions, from the go.mod of each judge."""
    found = []
    for judge, module in _MODULES.items():
        text = (HERE / judge / "go.mod").read_text()
        stated = re.search(rf"(?m)^\s*(?:require )?{re.escape(module)} (v\S+)", text)
        found.append((module, stated[1] if stated else "unknown"))
    return found


def commit() -> str:
    """Give the commit that is checked out, and whether something differs from it."""
    asked = ["git", "-C", str(HERE), "describe", "--always", "--abbrev=12", "--dirty=, with changes"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def wrong(told: dict[str, Any]) -> list[str]:
    """Give everything that was not as it has to be."""
    found = [one for findings in told["findings"].values() for one in findings.wrong]
    for table in ("fixtures", "kubernetes"):
        counters: dict[str, Counter[str]] = told[table]
        found += [
            f"{table}: {name}, {level}: {counter[level]} wrong"
            for name, counter in counters.items()
            for level in LEVELS
            if name != "podSecurity" and counter[level]
        ]
    for name, findings in told["findings"].items():
        wanted = ["admitted" if one.admitted else "denied" for one in SITUATIONS]
        found += [
            f"{name}: {said}, not {one}" for said, one in zip(findings.situations, wanted, strict=True) if said != one
        ]
    return found


def page(told: dict[str, Any]) -> str:
    """Give the page."""
    loader = Environment(  # noqa: S701  # Markdown, not HTML
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return loader.get_template("conformance.md.j2").render(told)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(out: Path) -> int:
    """Run the lab, write the page, and print what was wrong."""
    build()
    specs = load(folder("policy_specs"))
    with tempfile.TemporaryDirectory() as scratch:
        told = run(specs, Path(scratch))
    out.write_text(page(told))
    found = wrong(told)
    for one in found[:20]:
        _say(one)
    _say(f"{told['verdicts']:,} verdicts, {len(found)} wrong, in {told['minutes']} minutes; {out}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
