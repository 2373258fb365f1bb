"""The command line as a user runs it: in a process of its own, with what it prints kept apart."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RULE = '''"""Why there is such a rule."""
from podsec_compile.dsl import *

RULE = Rule(
    title="No container is privileged",
    level="baseline",
    forbid=each_container.securityContext.privileged.is_true(),
    remedy="remove privileged",
    good={"unset": ""},
    bad={"switched on": "securityContext: {privileged: true}"},
)
'''

NOISE = ("FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "PY_COLORS", "TERMINAL_WIDTH")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the command leaves: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "podsec_compile", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, less what makes a program colour its output or break its lines elsewhere."""
    calm = {name: value for name, value in os.environ.items() if name not in NOISE}
    return {**calm, "COLUMNS": "100", **more}


def podsec(*arguments: str, cwd: Path, **more: str) -> Run:
    """Run the real entry point; a hang is a failure."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=environment(**more), capture_output=True, encoding="utf-8", timeout=60
    )
    return Run(done.returncode, done.stdout, done.stderr)


def on_a_terminal(*arguments: str, cwd: Path, **more: str) -> str:
    """Run it with a terminal for stdout and stderr, and give what that shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment(TERM="xterm-256color", **more), stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # EIO: the other side has gone
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    return shown.decode()


def put(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Content of each file below a folder, None for a folder: equal where nothing was added, removed or written."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def ids(run: Run) -> list[str]:
    """The rules in a table that `build` or `list` prints."""
    assert run.code == 0, run.err
    return [line.split()[0] for line in run.out.splitlines() if not re.match(r"\d+ rules? for Kubernetes ", line)]
