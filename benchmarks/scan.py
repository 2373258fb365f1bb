"""What a scan costs beside other scanners, and how it grows: `make bench-scan` writes docs/scan-benchmarks.md.

Everything runs as whole processes, one after the other, several times in turn; the quietest run counts, since what else
the machine does can only add to a time. Memory is the largest sum over the processes of a tool of what each has alone
and its share of what they have in common (PSS), looked at every 10 ms.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pods import pods

from binaries import binary, cache_dir
from compiled import Bare
from lab import commit
from podsec_compile.load import load
from podsec_compile.profiles import select
from podsec_compile.render import Renderer, folder
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from podsec_compile.load import Spec

PROFILE = "aks"
CHECKOV = "3.3.30"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost: seconds on the clock and of the processors, and the peak of memory in MB."""

    seconds: float
    processor: float
    memory: float


def measured(command: Sequence[str | Path], out: Path, stdin: Path | None = None) -> Cost:
    """Run a command, with what it prints in a file; a scanner may exit with 0 or 1."""
    peak = [0.0]
    with out.open("wb") as printed, (stdin or Path(os.devnull)).open("rb") as given:
        begun = time.monotonic()
        process = subprocess.Popen([*map(str, command)], stdin=given, stdout=printed, stderr=subprocess.PIPE)
        watch = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watch.start()
        assert process.stderr is not None  # noqa: S101  # it is a pipe
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.join()
    if process.returncode not in (0, 1):
        sys.exit(f"{command[0]}: exit {process.returncode}\n{said.decode()[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, peak[0])


def _watch(process: int, peak: list[float]) -> None:
    while (used := sum(_memory(one) for one in _tree(process))) or Path(f"/proc/{process}/stat").exists():
        peak[0] = max(peak[0], used)
        time.sleep(0.01)


def _tree(process: int) -> list[int]:
    try:
        below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [process, *(one for child in below for one in _tree(int(child)))]


def _memory(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(text.split("\nPss:")[1].split()[0]) / 1024 if "\nPss:" in text else 0


def quietest(runs: Sequence[Cost]) -> Cost:
    """Give the lowest of each part."""
    return Cost(*(min(getattr(one, part) for one in runs) for part in ("seconds", "processor", "memory")))


# --- inputs -----------------------------------------------------------------------------------------------------------


def written(count: int, scratch: Path) -> Path:
    """Give a file of pods in block-style YAML."""
    file = scratch / f"pods-{count}.yaml"
    if not file.exists():
        with file.open("w") as out:
            for number, one in enumerate(pods(count)):
                out.write(("---\n" if number else "") + one)
    return file


def dumped(count: int, scratch: Path) -> Path:
    """Give the same pods as `kubectl get -A -o json` prints them."""
    import yaml

    file = scratch / f"pods-{count}.json"
    if not file.exists():
        with file.open("w") as out:
            out.write('{\n    "apiVersion": "v1",\n    "items": [\n')
            for number, one in enumerate(pods(count)):
                value = json.dumps(yaml.load(one, yaml.CSafeLoader), indent=4)
                out.write((",\n" if number else "") + "\n".join("        " + line for line in value.split("\n")))
            out.write('\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n')
    return file


def bundle(specs: Sequence[Spec], name: str, folders: Sequence[str], scratch: Path) -> Path:
    """Write the policies of a target, and nothing else."""
    out = scratch / name
    rules = [Bare(spec, NEWEST_MINOR, spec.defaults) for spec in specs]
    for path, text in target(name).files(rules, Renderer()).items():
        if path.startswith(tuple(f"{one}/" for one in folders)) and not path.endswith("kustomization.yaml"):
            file = out / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return out


def many_rules(count: int, scratch: Path) -> Path:
    """Give a folder of as many rules: those that ship, under other names, again and again."""
    out = scratch / f"rules-{count}"
    files = [one for one in sorted(folder("policy_specs").rglob("*.py")) if "replaces=" not in one.read_text()]
    for number in range(count):
        file = files[number % len(files)]
        copy = out / file.parent.name / f"{file.stem[:38]}_n{number}.py"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return out


def checkov() -> Path:
    """Give checkov, in an environment of its own in the cache."""
    home = cache_dir() / f"checkov-{CHECKOV}"
    program = home / "bin" / "checkov"
    if not program.exists():
        venv.create(home, with_pip=True)
        install = [home / "bin" / "python", "-m", "pip", "install", "--quiet", f"checkov=={CHECKOV}"]
        subprocess.run(install, check=True)
    return program


# --- experiments ------------------------------------------------------------------------------------------------------


def ours(*arguments: str | Path) -> list[str | Path]:
    """Give the command of a scan."""
    return [Path(sys.executable).parent / "podsec-compile", "scan", *arguments]


def beside_others(specs: Sequence[Spec], scratch: Path) -> list[tuple[str, int, Cost]]:
    """Measure the scanners on the same pods: what is quick on 10,000 in several rounds, what is slow on fewer once."""
    large, small, out = written(10_000, scratch), written(1000, scratch), scratch / "out"
    gatekeeper = bundle(specs, "gatekeeper", ("templates", "constraints"), scratch)
    kyverno = bundle(specs, "kyverno", ("policies",), scratch) / "policies"
    quick: dict[str, Sequence[str | Path]] = {
        "podsec-compile scan": ours("--profile", PROFILE, large),
        "podsec-compile scan --jobs 1": ours("--profile", PROFILE, "--jobs", "1", large),
        "podsec-compile scan, of JSON": ours("--profile", PROFILE, dumped(10_000, scratch)),
        "podsec-compile scan --format json": ours("--profile", PROFILE, "--format", "json", large),
        "kube-score score -o human": [binary("kube-score"), "score", "-o", "human", large],
        "kube-score score -o json": [binary("kube-score"), "score", "-o", "json", large],
    }
    runs: dict[str, list[Cost]] = {name: [] for name in quick}
    for number in range(ROUNDS):
        for name, command in quick.items():
            runs[name].append(measured(command, out))
        sys.stderr.write(f"round {number + 1} of {ROUNDS}\n")
    found = [(name, 10_000, quietest(costs)) for name, costs in runs.items()]
    slow: dict[str, tuple[int, Sequence[str | Path]]] = {
        "gator test, the same rules": (10_000, [binary("gator"), "test", "-f", gatekeeper, "-f", large]),
        "kyverno apply, the same rules": (1000, [binary("kyverno"), "apply", kyverno, "--resource", small]),
        "podsec-compile scan, of 1,000": (1000, ours("--profile", PROFILE, small)),
        "checkov --framework kubernetes": (1000, [checkov(), "--framework", "kubernetes", "--quiet", "-f", small]),
    }
    for name, (count, command) in slow.items():
        found.append((name, count, measured(command, out)))
        sys.stderr.write(f"{name}: {found[-1][2]}\n")
    return found


def same_as_gator(specs: Sequence[Spec], scratch: Path) -> tuple[int, int]:
    """Count the violations that gator and scan find in 1,000 pods, and those that only one of them does."""
    small = written(1000, scratch)
    gatekeeper = scratch / "gatekeeper"
    gator = subprocess.run(
        [binary("gator"), "test", "-f", gatekeeper, "-f", small, "--output=json"], capture_output=True, check=False
    )
    theirs = {(one["violatingObject"]["metadata"]["name"], one["msg"]) for one in json.loads(gator.stdout)}
    done = subprocess.run(ours("--profile", PROFILE, "--format", "json", small), capture_output=True, check=False)
    found = {(one["object"]["name"], one["message"]) for one in json.loads(done.stdout)["findings"]}
    return len(theirs | found), len(theirs ^ found)


def growth(scratch: Path) -> list[tuple[str, Cost]]:
    """Measure how a scan grows with pods and with rules."""
    found = []
    for count in (1, 1000, 10_000, 100_000):
        found.append(
            (f"{count:,} pods", measured(ours("--profile", PROFILE, written(count, scratch)), scratch / "out"))
        )
        if count > 1:
            dump = dumped(count, scratch)
            found.append((f"{count:,} pods as JSON", measured(ours("--profile", PROFILE, dump), scratch / "out")))
    pods_ = written(1000, scratch)
    for count in (10, 100, 1000):
        rules = many_rules(count, scratch)
        found.append((f"{count:,} rules, 1,000 pods", measured(ours("--specs", rules, pods_), scratch / "out")))
    return found


def commands(scratch: Path) -> list[tuple[str, Cost]]:
    """Measure the commands that should feel instant, and a whole build."""
    program = Path(sys.executable).parent / "podsec-compile"
    asked: dict[str, Callable[[], list[Any]]] = {
        "python -c pass": lambda: [sys.executable, "-c", "pass"],
        "podsec-compile --version": lambda: [program, "--version"],
        "podsec-compile list": lambda: [program, "list"],
        "podsec-compile build": lambda: [program, "build", "-o", scratch / "bundle"],
    }
    return [
        (name, quietest([measured(command(), scratch / "out") for _ in range(5)])) for name, command in asked.items()
    ]


# --- telling ----------------------------------------------------------------------------------------------------------


def table(head: str, rows: Sequence[tuple[str, Cost]]) -> list[str]:
    """Give a table of costs."""
    lines = [f"| {head} | seconds | seconds of processors | peak of memory |", "|---|---|---|---|"]
    return lines + [f"| {name} | {one.seconds:.2f} | {one.processor:.2f} | {one.memory:.0f} MB |" for name, one in rows]


def main(out: Path) -> None:
    """Run the benchmark and write the page."""
    specs = select(load(folder("policy_specs")), PROFILE, NEWEST_MINOR)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        begun = commands(scratch)
        others = beside_others(specs, scratch)
        both, one = same_as_gator(specs, scratch)
        grown = growth(scratch)
    processors = len(os.sched_getaffinity(0))
    lines = [
        "<!-- Generated by `make bench-scan`; do not edit. -->", "", "# What a scan costs", "",
        f"Measured at {commit()} on {processors} processors ({platform.machine()}), which other work may share, by",
        "`benchmarks/scan.py`: whole processes, side by side in one run, of several rounds the quietest. The pods are",
        f"made by `benchmarks/pods.py`; nearly every one breaks rules. The profile `{PROFILE}` has {len(specs)} rules;",
        "kube-score and checkov have checks of their own.", "",
        *table("10,000 pods in block-style YAML", [(tool, cost) for tool, many, cost in others if many == 10_000]), "",
        *table("1,000 of them", [(tool, cost) for tool, many, cost in others if many == 1000]), "",
        f"gator and scan find {both} violations in 1,000 of the pods, with the same messages, less {one}.", "",
        *table("growth", grown), "",
        *table("other commands", begun),
    ]  # fmt: skip
    out.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
