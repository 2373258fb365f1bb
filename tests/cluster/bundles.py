"""The compiled bundles: applied in the order of their kustomizations, and waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import yaml

from processes import ClusterError, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api import Api, Object, Reply


def documents(folder: Path) -> Iterator[Object]:
    """Give what a kustomization lists, in its order: what comes later may need what came before."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for name in kustomization["resources"]:
        path = folder / name
        if path.is_dir():
            yield from documents(path)
        else:
            yield from (one for one in yaml.safe_load_all(path.read_text()) if one)


def apply(api: Api, folder: Path) -> tuple[list[Object], set[str]]:
    """Create everything of a bundle; give it, and what the API server warned of.

    A refusal is an error that names the object and gives the API server's words.
    """
    applied, warnings = list(documents(folder)), set()
    for one in applied:
        # A kind that the bundle itself defines is served a moment later, and a webhook may still be behind.
        deadline = time.monotonic() + 60
        while not (reply := _created(api, one)).ok:
            if time.monotonic() > deadline or reply.code in {400, 403, 422}:
                raise ClusterError(f"{one['kind']} {one['metadata']['name']}: {reply.code}: {reply.message}")
            time.sleep(0.5)
        warnings.update(reply.warnings)
    return applied, warnings


def _created(api: Api, one: Object) -> Reply:
    wait_until(f"{one['kind']} is served", lambda: api.serves(one["apiVersion"], one["kind"]), 60)
    return api.create(one)


def _is_ready(live: Object) -> bool:
    """Read an object's status as its engine writes it; a kind without one is ready."""
    status: Any = live.get("status") or {}
    group = live["apiVersion"].partition("/")[0]
    if group in {"constraints.gatekeeper.sh", "templates.gatekeeper.sh"}:
        generation = live["metadata"]["generation"]
        seen = [one for one in status.get("byPod") or [] if one.get("observedGeneration") == generation]
        # It binds the admission policies that it makes of CEL half a minute after their kind is there.
        points = [point for one in seen for point in one.get("enforcementPointsStatus") or []]
        return (
            bool(seen)
            and all(one.get("enforced", True) and not one.get("errors") for one in seen)
            and all(point["state"] == "generated" for point in points)
        )
    if group == "kyverno.io":
        return any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or [])
    if group == "policies.kyverno.io":
        return (status.get("conditionStatus") or {}).get("ready") is True
    return True


def is_unreadable(api: Api, one: Object) -> bool:
    """Tell whether Kyverno says of a ValidatingPolicy that its reports controller may not read what it matches."""
    status = (api.get(one).expect().get("status") or {}).get("conditionStatus") or {}
    return any(
        wrong["type"] == "RBACPermissionsGranted" and wrong["status"] == "False" and "missing" in wrong["message"]
        for wrong in status.get("conditions") or []
    )


def type_warnings(api: Api, kind: str = "ValidatingAdmissionPolicy") -> dict[str, list[str]]:
    """Give what the type check of Kubernetes' controller has against each admission policy, once it has seen all."""
    group = "admissionregistration.k8s.io/v1"

    def policies() -> list[Object]:
        listed = api.ask("GET", api.path({"apiVersion": group, "kind": kind}, named=False)).expect()
        return list(listed["items"])

    def seen(one: Object) -> bool:
        return bool((one.get("status") or {}).get("observedGeneration") == one["metadata"]["generation"])

    wait_until("every admission policy is type-checked", lambda: all(map(seen, policies())), 120)
    return {
        one["metadata"]["name"]: [
            f"{wrong['fieldRef']}: {wrong['warning']}"
            for wrong in (one["status"].get("typeChecking") or {}).get("expressionWarnings") or []
        ]
        for one in policies()
    }


def wait_until_ready(api: Api, applied: list[Object], probe: Object) -> None:
    """Wait until each policy says that it is in force, and until the API server refuses the probe."""
    late = list(applied)

    def ready() -> bool:
        late[:] = [one for one in late if not _is_ready(api.get(one).expect())]
        return not late

    try:
        wait_until("the bundle is ready", ready, 120)
    except ClusterError as error:
        live = api.get(late[0]).expect()
        raise ClusterError(
            f"{error}: {len(late)} are not, {late[0]['metadata']['name']}: {live.get('status')}"
        ) from None
    wait_until("a violating pod is refused", lambda: not api.create(probe, dry=True).ok, 60)
    time.sleep(2)  # an API server reads its admission policies anew each second, and says of none that it has
