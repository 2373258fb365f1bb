"""Fixtures of the targets: the rules in specs/, compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifests import Manifests

from podsec_compile.load import load


@pytest.fixture(scope="session")
def manifests() -> Manifests:
    """The rules in specs/ at the newest version of Kubernetes."""
    return Manifests(load(Path(__file__).parent / "specs"))
