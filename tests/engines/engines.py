"""The real engines, for tests: asks them.

An engine that cannot answer raises EngineError, or says so in the "errors" of its answer; it never counts as a pass.
The programs are built on demand (see binaries.py).
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from binaries import HERE, EngineError, binary, failure, fixtures_dir, openapi_dir, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "EngineError",
    "Judge",
    "fixtures_dir",
    "gator_test",
    "gator_verify",
    "kyverno_apply",
    "kyverno_test",
    "openapi_dir",
]

# Engine → its program, and how to choose the engine there.
JUDGES = {
    "psa": ("psa-judge",),
    "gatekeeper": ("gatekeeper-judge", "-engine=rego"),
    "gatekeeper-cel": ("gatekeeper-judge", "-engine=cel"),
    "kyverno": ("kyverno-judge", "-engine=clusterpolicy"),
    "kyverno-cel": ("kyverno-judge", "-engine=vpol"),
    "vap": ("vap-judge",),
    "images": ("image-judge",),
    "yaml": ("yaml-judge",),
}


class Judge:
    """An engine with a bundle loaded: `with Judge("kyverno", folder) as judge: judge.ask(...)`.

    Engine is one of JUDGES: "psa", "images" and "yaml" without a bundle, the others with files or folders of policies
    ("gatekeeper" judges by the Rego of a template, "gatekeeper-cel" by its CEL; "kyverno" ClusterPolicies,
    "kyverno-cel" ValidatingPolicies; "vap" is the API server's admission plug-in). Requests and answers are described
    in protocol/protocol.go, psa/main.go, reference/main.go and kubectl/main.go; a request without an "id" gets its
    number. The bundle is loaded when the context is entered; what the engine refuses raises EngineError with its words.
    """

    def __init__(self, engine: str, *bundle: Path) -> None:
        self.engine = engine
        self.policies: list[str] = []  # the names of the loaded constraints or policies, sorted
        self.rules = 0  # Kyverno only: how many rules (or compiled policies) that makes, those of autogen included
        self.warnings: list[str] = []  # of the API server's type checker: what would be in status.typeChecking
        self._bundle = bundle
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> Self:
        program, *choice = JUDGES[self.engine]
        command = [binary(program), *choice, *self._bundle]
        self._stderr = tempfile.TemporaryFile()  # closed in __exit__
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr)
        if self.engine not in ("psa", "images", "yaml"):
            try:
                loaded = self.ask([{"id": "policies", "command": "policies"}])[0]
            except BaseException:
                self.__exit__()
                raise
            self.policies = loaded["policies"]
            self.rules = loaded.get("rules", 0)
            self.warnings = loaded.get("warnings", [])
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None

    def ask(self, requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ask everything at once and return the answers in the order of the requests."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EngineError(f"{self.engine}: the judge is not running")
        numbered = [request if "id" in request else {**request, "id": n} for n, request in enumerate(requests)]
        writer = threading.Thread(target=_write_lines, args=(process.stdin, numbered), daemon=True)
        writer.start()
        answers: list[dict[str, Any]] = []
        for request in numbered:
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                raise self._death(f"died after {len(answers)} of {len(numbered)} answers")
            answer = json.loads(line)
            if answer["id"] != request["id"]:
                raise self._death(f"answered {answer['id']!r} when asked {request['id']!r}")
            answers.append(answer)
        writer.join()
        return answers

    def _death(self, how: str) -> EngineError:
        words = ""
        if self._process is not None and self._stderr is not None:
            self._process.kill()
            status = self._process.wait()
            self._stderr.seek(0)
            words = f" (status {status}): {self._stderr.read().decode(errors='replace').strip()[-8000:]}"
        return EngineError(f"{self.engine} {how}{words}")


def _write_lines(stream: IO[bytes], requests: list[dict[str, Any]]) -> None:
    # A dead judge breaks the pipe; the reader of its answers tells why.
    with contextlib.suppress(BrokenPipeError, ValueError):
        for request in requests:
            stream.write(json.dumps(request, separators=(",", ":")).encode() + b"\n")
        stream.flush()


def _paths(bundle: Path | Sequence[Path]) -> list[Path]:
    return [bundle] if isinstance(bundle, Path) else list(bundle)


def gator_test(bundle: Path | Sequence[Path], objects: Path) -> list[dict[str, Any]]:
    """Run `gator test` and return its results: one for each violation, none for an object that passed.

    The bundle is files or folders of templates and constraints; gator judges all else that lies there, too.
    """
    command: list[str | Path] = [
        binary("gator"),
        "test",
        "--output=json",
        *(f"--filename={path}" for path in [*_paths(bundle), objects]),
    ]
    done = run(command, cwd=HERE, ok=(0, 1))
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise failure(command, done, "no JSON on stdout") from None
    if done.stderr.strip():
        raise failure(command, done, "output on stderr")
    if results is None:  # how gator writes an empty list
        return []
    if not isinstance(results, list):
        raise failure(command, done, "no list of results")
    return results


def gator_verify(path: Path) -> subprocess.CompletedProcess[str]:
    """Run `gator verify` on a suite, or on all suites below a folder; status 0 says that all passed."""
    target = f"{path}/..." if path.is_dir() else str(path)
    return subprocess.run([binary("gator"), "verify", target], capture_output=True, text=True, check=False, cwd=HERE)


def kyverno_test(path: Path) -> subprocess.CompletedProcess[str]:
    """Run `kyverno test` on the kyverno-test.yaml files below a folder; status 0 says that all passed."""
    command: list[str | Path] = [
        binary("kyverno"),
        "test",
        path,
        "--require-tests",
        "--remove-color",
        "--detailed-results",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)


def kyverno_apply(bundle: Path | Sequence[Path], objects: Path) -> list[dict[str, Any]]:
    """Run `kyverno apply` and return the results of its report, sorted by policy, rule and resource.

    The bundle is files or folders of nothing but policies: the CLI leaves out a whole folder for one file in it
    that it does not like (a kyverno-test.yaml, say), without a word in the report and often with status 0. So
    the bundle is first loaded strictly by the judge, and the CLI must then count as many rules.
    """
    with Judge("kyverno", *_paths(bundle)) as judge:
        expected = judge.rules
    command: list[str | Path] = [
        binary("kyverno"),
        "apply",
        *_paths(bundle),
        f"--resource={objects}",
        "--remove-color",
    ]
    counted = run(command, cwd=HERE, ok=(0, 1))
    applying = re.search(r"(?m)^Applying (\d+) policy rule\(s\) to (\d+) resource\(s\)", counted.stdout)
    if applying is None or int(applying[1]) != expected or int(applying[2]) == 0:
        raise failure(command, counted, f"does not apply the {expected} rules of the bundle")
    if re.search(r"(?im)^Policies (skipped|with invalid)", counted.stdout):
        raise failure(command, counted, "policies are skipped")
    command += ["--policy-report", "--output-format=json"]
    done = run(command, cwd=HERE, ok=(0, 1))
    if not done.stdout.strip() and done.returncode == 0:  # no rule matched any object
        return []
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise failure(command, done, "no JSON on stdout") from None
    results: list[dict[str, Any]] = report["results"]
    return sorted(results, key=lambda r: (r["policy"], r["rule"], json.dumps(r["resources"], sort_keys=True)))
