"""What the compiled policies cost an admission, by `gator bench`: `make bench` writes docs/benchmarks.md.

A time is the median of several runs of one invocation, in which the bundles take turns; what tells something on any
machine is the ratio to the floor, as many templates that never deny.
"""

from __future__ import annotations

import json
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from binaries import binary
from compiled import Bare
from lab import commit, versions
from podsec_compile.load import load
from podsec_compile.profiles import select
from podsec_compile.render import Renderer, folder
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podsec_compile.load import Spec

HERE = Path(__file__).resolve().parent
ENGINES = ("rego", "cel")
OBJECTS = tuple(sorted((HERE / "objects").glob("*.yaml"), reverse=True))
ROUNDS = 7
ITERATIONS = 400
WARMUP = 100
PROFILE = "restricted"
NEVER = 'package never\n\nviolation contains {"msg": "never"} if input.review.kind.kind == "Never"\n'
_UNITS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass
class Measured:
    """What a review of one object by one bundle cost: milliseconds of each round, and allocations of the last."""

    rounds: list[float] = field(default_factory=list)
    allocations: int = 0

    @property
    def ms(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)


@dataclass
class Bundle:
    """Policies that are benched together: a name for the table, the folder, and the cost by object and engine."""

    name: str
    folder: Path
    templates: int
    cost: dict[tuple[str, str], Measured] = field(default_factory=dict)

    def ms(self, thing: str, engine: str) -> float:
        """Give the median cost of a review in milliseconds."""
        return self.cost[thing, engine].ms


# --- bundles --------------------------------------------------------------------------------------------------------


def ours(name: str, specs: Sequence[Spec], scratch: Path) -> Bundle:
    """Write the templates and constraints of some rules, in Rego and CEL."""
    found = Bundle(name, scratch / re.sub(r"\W+", "-", name), len(specs))
    found.folder.mkdir()
    rules = [Bare(spec, NEWEST_MINOR, spec.defaults) for spec in specs]
    for path, text in target("gatekeeper-cel").files(rules, Renderer()).items():
        if path.startswith(("templates/", "constraints/")) and not path.endswith("kustomization.yaml"):
            (found.folder / path.replace("/", "-")).write_text(text)
    return found


def trivial(name: str, count: int, match: object, scratch: Path) -> Bundle:
    """Write templates that never deny, with the `match` of ours or without any."""
    found = Bundle(name, scratch / re.sub(r"\W+", "-", name), count)
    found.folder.mkdir()
    for kind in (f"Never{number}" for number in range(count)):
        code = [
            {"engine": "Rego", "source": {"version": "v1", "rego": NEVER}},
            {"engine": "K8sNativeValidation", "source": {"validations": [{"expression": "true", "message": "never"}]}},
        ]
        template = {
            "apiVersion": "templates.gatekeeper.sh/v1",
            "kind": "ConstraintTemplate",
            "metadata": {"name": kind.lower()},
            "spec": {
                "crd": {"spec": {"names": {"kind": kind}}},
                "targets": [{"target": "admission.k8s.gatekeeper.sh", "code": code}],
            },
        }
        constraint = {
            "apiVersion": "constraints.gatekeeper.sh/v1beta1",
            "kind": kind,
            "metadata": {"name": kind.lower()},
            "spec": {"match": match} if match else {},
        }
        (found.folder / f"{kind}.yaml").write_text(yaml.safe_dump_all([template, constraint], sort_keys=False))
    return found


# --- measuring ------------------------------------------------------------------------------------------------------


def review(bundle: Bundle, thing: Path, engine: str) -> tuple[float, int]:
    """Give the median time of a review in milliseconds and its allocations, as `gator bench` says."""
    asked = [binary("gator"), "bench", "--engine", engine, "--output", "json", "--memory"]
    asked += ["--iterations", str(ITERATIONS), "--warmup", str(WARMUP)]
    asked += ["--filename", str(bundle.folder), "--filename", str(thing)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"gator bench of {bundle.name}: {done.stderr}")
    (said,) = json.loads(done.stdout)
    if said["violationCount"] or said["templateCount"] != bundle.templates or said["objectCount"] != 1:
        sys.exit(f"gator bench of {bundle.name}: it denied {thing.name}, or did not load every template: {said}")
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", said["latencies"]["p50"]).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit], said["memoryStats"]["allocsPerReview"]


def measure(bundles: Iterable[Bundle], things: Sequence[Path], rounds: int) -> None:
    """Bench each bundle with each object by both engines, several times in turn."""
    bundles = list(bundles)
    for number in range(rounds):
        for thing in things:
            for engine in ENGINES:
                for bundle in bundles:
                    ms, allocations = review(bundle, thing, engine)
                    told = bundle.cost.setdefault((thing.stem, engine), Measured())
                    told.rounds.append(ms)
                    told.allocations = allocations
        sys.stderr.write(f"round {number + 1} of {rounds}\n")


def run(specs: Sequence[Spec], scratch: Path) -> dict[str, Any]:
    """Measure everything and give what the page needs."""
    every = ours(f"all {len(specs)} rules", specs, scratch)
    constraint = next(one for one in sorted(every.folder.glob("constraints-*")))
    match = yaml.safe_load(constraint.read_text())["spec"]["match"]
    floor = trivial(f"{len(specs)} templates that never deny", len(specs), match, scratch)
    bundles = [
        every,
        ours(f"the profile {PROFILE}", select(specs, PROFILE, NEWEST_MINOR), scratch),
        floor,
        trivial(f"{len(specs)} such, without a match", len(specs), None, scratch),
        one := trivial("1 template that never denies", 1, match, scratch),
    ]
    rules = [ours(spec.id, [spec], scratch) for spec in specs]
    measure(bundles, OBJECTS, ROUNDS)
    measure([one, *rules], OBJECTS[-1:], ROUNDS)
    return {
        "bundles": bundles,
        "every": every,
        "floor": floor,
        "one": one,
        "rules": rules,
        "things": [thing.stem for thing in OBJECTS],
        "larger": OBJECTS[-1].stem,
        "engines": ENGINES,
        "rounds": ROUNDS,
        "iterations": ITERATIONS,
        "gatekeeper": dict(versions())["github.com/open-policy-agent/gatekeeper/v3"],
        "commit": commit(),
        "machine": platform.machine(),
    }


# --- telling --------------------------------------------------------------------------------------------------------


def page(told: dict[str, Any]) -> str:
    """Give the page."""
    loader = Environment(  # noqa: S701  # Markdown, not HTML
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return loader.get_template("benchmarks.md.j2").render(told)


def table(bundles: Sequence[Bundle]) -> str:
    """Give a line for each bundle and object: milliseconds a review by Rego and by CEL."""
    width = max(len(one.name) for one in bundles)
    lines = [f"{'':{width}}  {'':10}  {'Rego':>8}  {'CEL':>8}"]
    for one in bundles:
        for thing in dict.fromkeys(thing for thing, _ in one.cost):
            costs = "  ".join(f"{one.ms(thing, engine):5.2f} ms" for engine in ENGINES)
            lines.append(f"{one.name:{width}}  {thing:10}  {costs}")
    return "\n".join(lines)


def main(out: Path) -> None:
    """Run the benchmark, print a small table and write the page."""
    specs = [spec for spec in load(folder("policy_specs")) if spec.rule.level in ("baseline", PROFILE)]
    with tempfile.TemporaryDirectory() as scratch:
        told = run(specs, Path(scratch))
    print(table([*told["bundles"], *told["rules"]]))
    out.write_text(page(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
