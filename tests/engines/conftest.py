"""The shipped rules compiled once, and each engine started once with them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, Reference, bundle_of
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
def judges(bundle: Path) -> Iterator[dict[str, Judge]]:
    """Give the engines with the bundle loaded, each started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        yield Judges(bundle, stack)


class Judges(dict[str, Judge]):
    """Engines by their target's name."""

    def __init__(self, bundle: Path, stack: contextlib.ExitStack) -> None:
        super().__init__()
        self._bundle = bundle
        self._stack = stack

    def __missing__(self, name: str) -> Judge:
        """Start an engine."""
        self[name] = self._stack.enter_context(Judge(name, *bundle_of(self._bundle, name)))
        return self[name]


@pytest.fixture
def gatekeeper(judges: dict[str, Judge]) -> Judge:
    """Give Gatekeeper's engine for Rego."""
    return judges["gatekeeper"]


@pytest.fixture
def kyverno(judges: dict[str, Judge]) -> Judge:
    """Give Kyverno's engine for ClusterPolicies."""
    return judges["kyverno"]


@pytest.fixture(params=FOLDERS)
def engine(request: pytest.FixtureRequest, judges: dict[str, Judge]) -> Judge:
    """Give each engine in turn."""
    return judges[request.param]


@pytest.fixture(scope="session")
def oracle() -> Iterator[Judge]:
    """Give Kubernetes' own Pod Security admission."""
    with Judge("psa") as judge:
        yield judge
