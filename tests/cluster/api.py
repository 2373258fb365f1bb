"""A client of the API server that hides nothing: what it answered, as it answered."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processes import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

Object = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the API server answered: the status of HTTP, the object or the Status, and what it warned of beside."""

    code: int
    body: Object
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked."""
        return 200 <= self.code < 300

    @property
    def message(self) -> str:
        """Its words, if it refused."""
        return "" if self.ok else str(self.body.get("message", self.body))

    def expect(self) -> Object:
        """Give the object; a refusal is an error."""
        if not self.ok:
            raise ClusterError(f"{self.code}: {self.message}")
        return self.body


class Api:
    """The API server at a URL, as the user of a token."""

    def __init__(self, url: str, token: str, authority: Path) -> None:
        self.url = url
        self.token = token
        self.authority = authority
        self._context = ssl.create_default_context(cafile=str(authority))
        self._resources: dict[tuple[str, str], Object] = {}

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Reply:
        """Send one request. An API server that does not answer is an error of urllib."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._context) as answer:  # noqa: S310
                return Reply(answer.status, _json(answer.read()), tuple(answer.headers.get_all("Warning") or ()))
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, _json(refused.read()))

    def is_ready(self) -> bool:
        """Whether the API server serves."""
        try:
            return self.ask("GET", "/readyz").ok
        except OSError:
            return False

    def _resource(self, api_version: str, kind: str) -> Object:
        key = (api_version, kind)
        if key not in self._resources:
            root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
            listed = self.ask("GET", root).expect()["resources"]
            found = [one for one in listed if one["kind"] == kind and "/" not in one["name"]]
            if not found:
                raise ClusterError(f"the API server has no {api_version} {kind}")
            self._resources[key] = {**found[0], "root": root}
        return self._resources[key]

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether there is such a kind by now."""
        try:
            self._resource(api_version, kind)
        except ClusterError:
            return False
        return True

    def path(self, one: Object, subresource: str = "", *, named: bool = True) -> str:
        """Give the path of an object, of the list that it belongs to, or of its subresource."""
        found = self._resource(one["apiVersion"], one["kind"])
        parts = [found["root"]]
        if found["namespaced"]:
            parts += ["namespaces", one["metadata"].get("namespace", "default")]
        parts.append(found["name"])
        if named:
            parts.append(one["metadata"]["name"])
        return "/".join(parts + ([subresource] if subresource else []))

    def create(self, one: Object, *, dry: bool = False) -> Reply:
        """Create an object, or only ask whether it would be."""
        return self.ask("POST", self.path(one, named=False) + ("?dryRun=All" if dry else ""), one)

    def get(self, one: Object) -> Reply:
        """Read an object."""
        return self.ask("GET", self.path(one))

    def patch(self, one: Object, change: Object, subresource: str = "") -> Reply:
        """Lay a change over an object, or over a subresource of it."""
        return self.ask("PATCH", self.path(one, subresource), change, "application/merge-patch+json")

    def delete(self, one: Object) -> Reply:
        """Delete an object at once."""
        return self.ask("DELETE", self.path(one), {"gracePeriodSeconds": 0})


def _json(data: bytes) -> Object:
    try:
        value = json.loads(data)
    except ValueError:
        return {"message": data.decode(errors="replace")}
    return value if isinstance(value, dict) else {"message": str(value)}
