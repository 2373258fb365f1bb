"""gitleaks beside the rules: each text in its manifest, a file each, scanned with the rules that gitleaks comes with."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import measure
from podsec_compile.cases import document

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "engines"))

from binaries import binary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from making import Case


def found(cases: Sequence[Case]) -> list[bool]:
    """Tell of each case whether gitleaks reports anything in its manifest."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, report = Path(scratch) / "manifests", Path(scratch) / "report.json"
        folder.mkdir()
        for number, case in enumerate(cases):
            (folder / f"{number}.yaml").write_text(document(measure.manifest(case)), encoding="utf-8")
        command = [binary("gitleaks"), "dir", folder, "--report-format=json", f"--report-path={report}"]
        subprocess.run([*command, "--no-banner", "--exit-code=0", "--log-level=error"], check=True)
        reported = {int(Path(one["File"]).stem) for one in json.loads(report.read_text(encoding="utf-8"))}
    return [number in reported for number in range(len(cases))]
