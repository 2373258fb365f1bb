"""Lets Zensical render the sources of the site, and swaps the site in whole, as a bundle is."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile import __version__
from podsec_compile.bundle import LOCK, Bundle, write
from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND = "site"
"""The key by which a lock tells that its folder holds a site, and no policies."""


def check_installed() -> None:
    """Raise PodsecError where Zensical, which the extra `site` brings, is missing."""
    if importlib.util.find_spec("zensical") is None:
        raise PodsecError(
            "the site is rendered by Zensical, which is not installed",
            hint="pip install 'podsec-compile[site]'; or --sources, to write its Markdown only",
        )


def render(sources: Mapping[str, str]) -> dict[str, bytes]:
    """Give the files of the site that Zensical makes of its sources."""
    check_installed()
    with tempfile.TemporaryDirectory(prefix="podsec-site-") as folder:
        root = Path(folder)
        for path, text in sources.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "zensical", "build", "--strict", "--config-file", "zensical.toml"],
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            said = " ".join((done.stderr or done.stdout).split())
            raise PodsecError(f"Zensical could not render the site: {said[-600:]}")
        made = root / "site"
        return {
            file.relative_to(made).as_posix(): file.read_bytes() for file in sorted(made.rglob("*")) if file.is_file()
        }


def put(files: Mapping[str, bytes], minor: int, out: Path, *, overwrite_edits: bool) -> None:
    """Make a folder hold the site, or its sources; what the folder holds that is not ours stays."""
    _refuse_policies(out)
    lock = {"podsec-compile": __version__, "kubernetes": f"1.{minor}", _KIND: True}
    try:
        write(Bundle(files, lock), out, overwrite_edits=overwrite_edits)
    except PodsecError as wrong:
        hint = wrong.hint.replace("podsec-compile build", "podsec-compile docs") if wrong.hint else None
        raise PodsecError(wrong.message, file=wrong.file, line=wrong.line, hint=hint) from None


def _refuse_policies(out: Path) -> None:
    try:
        lock = json.loads((out / LOCK).read_bytes())
    except (OSError, ValueError):
        return  # there is none, or `write` says what is wrong with it
    if isinstance(lock, dict) and not lock.get(_KIND):
        raise PodsecError("holds a bundle of policies, which the site would replace", file=out, hint="give -o DIR")
