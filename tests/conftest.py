"""Fixtures that several test modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, settings
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from shipped import SPECS

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from podsec_compile.load import Spec

settings.register_profile(
    "podsec", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.load_profile("podsec")


class WriteSpec(Protocol):
    """Writes a rule file below the test's own folder of rules."""

    def __call__(self, text: str, name: str = "x.py") -> Path: ...


@pytest.fixture
def write_spec(tmp_path: Path) -> WriteSpec:
    """Write a rule file into `tmp_path`, and give its path."""

    def write(text: str, name: str = "x.py") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def specs() -> tuple[Spec, ...]:
    """Give the rules that ship with the package."""
    return SPECS


class YamlSnapshot(SingleFileSnapshotExtension):
    """A snapshot a file, so that a review reads YAML."""

    file_extension = "yaml"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def yaml_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare a text with a .yaml file of its own."""
    return snapshot.use_extension(YamlSnapshot)
