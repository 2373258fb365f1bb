"""Programs that run as long as a `with` block, and never longer."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_PR_SET_PDEATHSIG = 1


class ClusterError(Exception):
    """A part of the cluster did not start, did not become ready, or died; with the end of what it logged."""


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(what: str, holds: Callable[[], bool], seconds: float, alive: Callable[[], None] | None = None) -> None:
    """Ask four times a second; raise ClusterError if it does not hold in time. `alive` may raise earlier."""
    deadline = time.monotonic() + seconds
    while not holds():
        if alive is not None:
            alive()
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not within {seconds:g} s")
        time.sleep(0.25)


def _die_with_parent() -> None:
    # Linux: whatever kills the tests, kill -9 included, ends what they started.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def log_end(log: Path) -> str:
    """Give the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(line[:400] for line in lines[-15:])


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    ready: Callable[[], bool],
    seconds: float = 60,
    env: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Start a program, wait until it is ready, and stop it at the end of the block."""
    name = log.stem
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=log.parent,
            preexec_fn=_die_with_parent,
        )

    def alive() -> None:
        if process.poll() is not None:
            raise ClusterError(f"{name} ended with status {process.returncode}")

    try:
        try:
            wait_until(f"{name} is ready", ready, seconds, alive)
        except ClusterError as error:
            raise ClusterError(f"{error}\n{log_end(log)}") from error
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
