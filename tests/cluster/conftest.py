"""A cluster for each target, with its bundle applied; the table of what the API server answered."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

CHECKOUT = Path(__file__).parents[2]
sys.path.insert(0, str(CHECKOUT / "tests" / "engines"))

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api import Api, Object
    from apiserver import Cluster
    from podsec_compile.load import Spec

ROWS: dict[str, dict[str, str]] = {}  # situation → target → what was answered
NOTES: list[str] = []


@dataclass(frozen=True)
class Installed:
    """A cluster in which a target's bundle is in force, and what it was asked before that."""

    target: str
    api: Api
    applied: list[Object]
    warnings: set[str]  # of the API server, when it was applied
    defaulted: list[tuple[Spec, Object, Object]]  # the cases' objects as written, and as the API server defaults them


def _prepared(api: Api, specs: tuple[Spec, ...]) -> list[tuple[Spec, Object, Object]]:
    """Create what is older than the policies; ask a cluster without them which cases are objects of the API."""
    from controllers import named
    from processes import wait_until
    from situations import BEFORE, NAMESPACE, case_objects, custom_kinds

    api.create(named("v1", "Namespace", NAMESPACE)).expect()
    for one in BEFORE:
        api.create(one).expect()
    for one in custom_kinds():
        api.create(one).expect()
        kind = f"{one['spec']['group']}/{one['spec']['versions'][0]['name']}", one["spec"]["names"]["kind"]
        wait_until(f"{kind[1]} is served", partial(api.serves, *kind), 60)
    asked = [(spec, one, api.create(one, dry=True)) for spec, one in case_objects(specs)]
    return [(spec, one, reply.body) for spec, one, reply in asked if reply.ok]


@pytest.fixture(scope="session")
def specs() -> tuple[Spec, ...]:
    """Give the rules that ship."""
    from podsec_compile.load import load
    from podsec_compile.render import folder

    return load(folder("policy_specs"))


# The last is the bundle gatekeeper-cel again, refused by the admission policies that Gatekeeper makes of it.
TARGETS = ("gatekeeper", "gatekeeper-cel", "kyverno", "kyverno-cel", "vap", "gatekeeper-vap")


@pytest.fixture(scope="module", params=TARGETS)
def installed(request: pytest.FixtureRequest, specs: tuple[Spec, ...]) -> Iterator[Installed]:
    """Start a cluster and the target's admission controller, and apply the target's bundle."""
    import bundles
    import controllers
    from apiserver import cluster
    from processes import ClusterError
    from situations import BAD, pod

    target: str = request.param
    controller: Callable[[Cluster], contextlib.AbstractContextManager[Any]] | None = {
        "gatekeeper": partial(controllers.gatekeeper, bind=target == "gatekeeper-vap"),
        "kyverno": controllers.kyverno,
    }.get(target.partition("-")[0])
    folder = CHECKOUT / "out" / {"gatekeeper-vap": "gatekeeper-cel"}.get(target, target)
    if not folder.is_dir():
        pytest.skip(f"there is no bundle {folder.name}")
    with contextlib.ExitStack() as stack:
        # Not pytest's own, which it keeps for three runs: etcd's files are large, and there are keys among them.
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="podsec-cluster-")))
        try:
            running = stack.enter_context(cluster(scratch))
            defaulted = _prepared(running.api, specs)
            if controller is not None:
                stack.enter_context(controller(running))
            applied, warnings = bundles.apply(running.api, folder)
            bundles.wait_until_ready(running.api, applied, pod("probe", BAD))
        except ClusterError as error:
            NOTES.append(f"{target} could not be started: {error}")
            raise
        NOTES.append(f"{target}: {len(applied)} objects applied, every one accepted, {len(warnings)} warnings")
        NOTES.extend(f"{target}: {one}" for one in sorted(warnings))
        yield Installed(target, running.api, applied, warnings, defaulted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if not ROWS and not NOTES:
        return
    targets = [one for one in TARGETS if any(one in row for row in ROWS.values())]
    width = max((len(name) for name in ROWS), default=0)
    columns = [max(len(target), 10) for target in targets]
    terminalreporter.section("what the API server answered")
    head = "  ".join(name.ljust(size) for name, size in zip(targets, columns, strict=True))
    terminalreporter.write_line(f"{'':{width}}  {head}")
    for name, row in ROWS.items():
        cells = "  ".join(row.get(t, "-").ljust(size) for t, size in zip(targets, columns, strict=True))
        terminalreporter.write_line(f"{name:{width}}  {cells}")
    for note in NOTES:
        terminalreporter.write_line(note)
