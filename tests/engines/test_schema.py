"""The field tables are what their script makes of Kubernetes' published documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engines import openapi_dir

pytestmark = pytest.mark.engines

CHECKOUT = Path(__file__).parents[2]


def test_the_committed_tables_are_what_make_schema_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, CHECKOUT / "scripts/make_schema.py", openapi_dir(), tmp_path], check=True)
    stub = tmp_path / "fields.pyi"
    config = CHECKOUT / "pyproject.toml"
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", "--config", config, stub], check=True)
    for name in ("schema.json", "fields.pyi"):
        written = (tmp_path / name).read_bytes()
        assert written == (CHECKOUT / "podsec_compile" / name).read_bytes(), f"`make schema` writes {name} anew"
