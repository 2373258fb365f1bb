"""What the compiled policies cost an admission, by `gator bench`: `make bench` writes docs/benchmarks.md.

Bundles take turns in several runs, of which the quietest counts: what else the machine does can only add to a time.
What tells something on any machine is the ratio to the floor, as many templates that never deny, and the allocations.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
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
    from collections.abc import Sequence

    from podsec_compile.load import Spec

HERE = Path(__file__).resolve().parent
ENGINES = ("rego", "cel")
SMALL, LARGE = (HERE / "objects" / name for name in ("pod.yaml", "deployment.yaml"))
ROUNDS = 3
ITERATIONS = 300
WARMUP = 100
PROFILE = "restricted"
NEVER = 'package never\n\nviolation contains {"msg": "never"} if input.review.kind.kind == "Never"\n'
_UNITS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Cost:
    """What a review of one object by one bundle cost: the fastest and the median one in ms, and allocations."""

    fastest: float
    median: float
    allocations: int

    def quietest(self, other: Cost | None) -> Cost:
        """Give the lower times of two runs."""
        if other is None:
            return self
        return Cost(min(self.fastest, other.fastest), min(self.median, other.median), self.allocations)


@dataclass(frozen=True)
class Bundle:
    """Policies that are benched together: a name for the table, the folder, and the cost by object and engine."""

    name: str
    folder: Path
    templates: int
    cost: dict[tuple[str, str], Cost] = field(default_factory=dict)


# --- bundles --------------------------------------------------------------------------------------------------------


def ours(name: str, specs: Sequence[Spec], scratch: Path, shape: str = "gatekeeper-cel") -> Bundle:
    """Write the templates and constraints of some rules, in Rego and CEL, as a target gives them."""
    folder = _folder(name, scratch)
    rules = [Bare(spec, NEWEST_MINOR, spec.defaults) for spec in specs]
    files = target(shape).files(rules, Renderer())
    policies = {
        path: text
        for path, text in files.items()
        if path.startswith(("templates/", "constraints/")) and not path.endswith("kustomization.yaml")
    }
    for path, text in policies.items():
        (folder / path.replace("/", "-")).write_text(text)
    return Bundle(name, folder, sum(path.startswith("templates/") for path in policies))


def trivial(name: str, count: int, match: object, scratch: Path) -> Bundle:
    """Write templates that never deny, with the `match` of ours or without any."""
    folder = _folder(name, scratch)
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
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump_all([template, constraint], sort_keys=False))
    return Bundle(name, folder, count)


def _folder(name: str, scratch: Path) -> Path:
    folder = scratch / re.sub(r"\W+", "-", name)
    folder.mkdir()
    return folder


# --- measuring ------------------------------------------------------------------------------------------------------


def review(bundle: Bundle, thing: Path, engine: str) -> Cost:
    """Give what `gator bench` says of one object."""
    asked = [binary("gator"), "bench", "--engine", engine, "--output", "json", "--memory"]
    asked += ["--iterations", str(ITERATIONS), "--warmup", str(WARMUP)]
    asked += ["--filename", str(bundle.folder), "--filename", str(thing)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"gator bench of {bundle.name}: {done.stderr}")
    (said,) = json.loads(done.stdout)
    if said["violationCount"] or said["templateCount"] != bundle.templates or said["objectCount"] != 1:
        sys.exit(f"gator bench of {bundle.name}: it denied {thing.name}, or did not load every template: {said}")
    times = said["latencies"]
    return Cost(_ms(times["min"]), _ms(times["p50"]), said["memoryStats"]["allocsPerReview"])


def _ms(text: str) -> float:
    """Read a duration as Go writes it: `1.5ms`."""
    read = re.fullmatch(r"([\d.]+)(ns|µs|ms|s)", text)
    if read is None:
        sys.exit(f"gator bench: {text} is no duration")
    return float(read[1]) * _UNITS[read[2]]


def measure(bundles: Sequence[Bundle], things: Sequence[Path], rounds: int) -> None:
    """Bench each bundle with each object by both engines, several times in turn."""
    for number in range(rounds):
        for thing in things:
            for engine in ENGINES:
                for bundle in bundles:
                    key = thing.stem, engine
                    bundle.cost[key] = review(bundle, thing, engine).quietest(bundle.cost.get(key))
        sys.stderr.write(f"round {number + 1} of {rounds}\n")


def run(specs: Sequence[Spec], scratch: Path) -> dict[str, Any]:
    """Measure everything and give what the page needs."""
    every = ours(f"all {len(specs)} rules", specs, scratch)
    constraint = min(every.folder.glob("constraints-*"))
    match = yaml.safe_load(constraint.read_text())["spec"]["match"]
    floor = trivial(f"{len(specs)} templates that never deny", len(specs), match, scratch)
    profile = select(specs, PROFILE, NEWEST_MINOR)
    bundles = [
        every,
        ours(f"all {len(specs)} joined in one template", specs, scratch, "gatekeeper-joined"),
        ours(f"the {len(profile)} rules of {PROFILE}", profile, scratch),
        ours(f"these {len(profile)} joined in one template", profile, scratch, "gatekeeper-joined"),
        floor,
        trivial(f"{len(specs)} such, without a match", len(specs), None, scratch),
        one := trivial("1 template that never denies", 1, match, scratch),
    ]
    rules = [ours(spec.id, [spec], scratch) for spec in specs]
    measure(bundles, (SMALL, LARGE), ROUNDS)
    lone = replace(one, cost={})  # measured beside the rules
    measure([lone, *rules], (LARGE,), ROUNDS)
    return {
        "bundles": bundles,
        "every": every,
        "floor": floor,
        "one": lone,
        "rules": rules,
        "things": [SMALL.stem, LARGE.stem],
        "larger": LARGE.stem,
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
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return loader.get_template("benchmarks.md.j2").render(told)


def table(bundles: Sequence[Bundle]) -> str:
    """Give a line for each bundle and object: the fastest review by Rego and by CEL in milliseconds."""
    width = max(len(one.name) for one in bundles)
    lines = [f"{'':{width}}  {'':10}  {'Rego':>8}  {'CEL':>8}"]
    for one in bundles:
        for thing in dict.fromkeys(thing for thing, _ in one.cost):
            costs = "  ".join(f"{one.cost[thing, engine].fastest:5.2f} ms" for engine in ENGINES)
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
