"""The shipped rules compiled once, and each engine started once with them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, Reference, started
from engines import Judge
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.load import Spec, load
from podsec_compile.render import folder
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES_OF_A_GROUP = 9


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


@dataclass(frozen=True)
class Group:
    """Some of the rules, with the folder of their bundle and their meaning."""

    specs: tuple[Spec, ...]
    out: Path
    reference: Reference


@pytest.fixture(scope="session")
def groups(specs: tuple[Spec, ...], tmp_path_factory: pytest.TempPathFactory) -> list[Group]:
    """Give the rules a few at a time: a request is asked of all the rules that are loaded, so many cost the square."""
    found = []
    for start in range(0, len(specs), RULES_OF_A_GROUP):
        some = specs[start : start + RULES_OF_A_GROUP]
        out = tmp_path_factory.mktemp("group") / "out"
        write(compile_bundle(some, minor=NEWEST_MINOR), out)
        found.append(Group(some, out, Reference(some)))
    return found


class Judges(dict[str, Judge]):
    """Engines by their target's name."""

    def __init__(self, bundle: Path, stack: contextlib.ExitStack) -> None:
        super().__init__()
        self._bundle = bundle
        self._stack = stack

    def __missing__(self, name: str) -> Judge:
        """Start an engine."""
        self[name] = self._stack.enter_context(started(name, self._bundle))
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
