"""The rules of a git revision, of a folder, or of a checkout, compiled: what `diff` compares."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError
from podsec_compile.load import load
from podsec_compile.profiles import select
from podsec_compile.targets import Compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = "policy_specs"


def rules(named: str, *, specs: str, profile: str | None, minor: int) -> tuple[Compiled, ...]:
    """Give the rules of a revision or folder; `specs` is where they lie in a revision or a checkout.

    Raises PodsecError where there is neither such a folder nor such a revision, or git cannot be asked.
    """
    folder = Path(named)
    if folder.is_dir():
        below = folder / specs
        return _compiled(below if below.is_dir() else folder, profile, minor)
    if folder.exists():
        raise PodsecError("a folder of rules or a git revision is expected, not a file", file=folder)
    with _extracted(named, specs) as found:
        return _compiled(found, profile, minor)


def _compiled(folder: Path, profile: str | None, minor: int) -> tuple[Compiled, ...]:
    chosen = select(load(folder), profile, minor)
    return tuple(Compiled(spec, minor, spec.defaults) for spec in chosen)


@contextlib.contextmanager
def _extracted(revision: str, specs: str) -> Iterator[Path]:
    """Give the folder of rules as it was at a revision of the repository around the working directory."""
    if revision.startswith("-"):
        raise PodsecError(f'"{revision}" is neither a folder nor a git revision')
    if _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").returncode:
        raise PodsecError(
            f'"{revision}" is neither a folder nor a git revision', hint="git log shows the revisions that there are"
        )
    top = _git("rev-parse", "--show-toplevel").stdout.decode().strip()
    archive = _git("-C", top, "archive", "--format=zip", revision, "--", specs)
    if archive.returncode:
        raise PodsecError(
            f'the revision "{revision}" has no folder {specs}', hint="give the folder of the rules with --specs"
        )
    with tempfile.TemporaryDirectory(prefix="podsec-") as temporary:
        with zipfile.ZipFile(io.BytesIO(archive.stdout)) as packed:
            packed.extractall(temporary)
        yield Path(temporary) / specs


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607  # no shell
    except OSError as wrong:
        raise PodsecError(f"git cannot be run: {wrong.strerror}", hint="give two folders of rules") from None
