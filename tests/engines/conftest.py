"""The shipped rules compiled once, and each engine started once with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import Reference, started
from engines import Judge
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.load import Spec, load
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def specs() -> tuple[Spec, ...]:
    """Give the rules that ship."""
    return load(folder("policy_specs"))


@pytest.fixture(scope="session")
def reference(specs: tuple[Spec, ...]) -> Reference:
    """Give their meaning."""
    return Reference(specs)


@pytest.fixture(scope="session")
def bundle(specs: tuple[Spec, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of their bundle."""
    out = tmp_path_factory.mktemp("bundle") / "out"
    write(compile_bundle(specs, minor=NEWEST_MINOR), out)
    return out


@pytest.fixture(scope="session")
def gatekeeper(bundle: Path) -> Iterator[Judge]:
    """Give Gatekeeper's engine with the bundle loaded."""
    with started("gatekeeper", bundle) as judge:
        yield judge


@pytest.fixture(scope="session")
def kyverno(bundle: Path) -> Iterator[Judge]:
    """Give Kyverno's engine with the bundle loaded."""
    with started("kyverno", bundle) as judge:
        yield judge


@pytest.fixture(params=["gatekeeper", "kyverno"])
def engine(request: pytest.FixtureRequest) -> Judge:
    """Give each engine in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def oracle() -> Iterator[Judge]:
    """Give Kubernetes' own Pod Security admission."""
    with Judge("psa") as judge:
        yield judge
