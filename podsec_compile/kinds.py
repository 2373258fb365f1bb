"""The Kubernetes kinds that rules are about: which resources carry them, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind in the API, and the path in it of the object that a rule judges (none: the resource itself)."""

    group: str
    version: str
    kind: str
    path: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """The value of `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def plurals(self) -> tuple[str, ...]:
        """The names in a request's URL, of the resource and of the subresources through which it changes."""
        return (self.plural, *(f"{self.plural}/{one}" for one in self.subresources))

    @property
    def plural(self) -> str:
        """The name in a request's URL, as Kubernetes makes it of the kind."""
        name = self.kind.lower()
        if name.endswith("s"):
            return f"{name}es"
        return f"{name.removesuffix('y')}ies" if name.endswith("y") else f"{name}s"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule judges: the name that it has in a rule, its type in the schema, the resources that carry it."""

    name: str
    type: str
    resources: tuple[Resource, ...]

    @property
    def usual(self) -> tuple[str, ...]:
        """The path that most of the resources have."""
        paths = [one.path for one in self.resources]
        return max(paths, key=paths.count)

    @property
    def groups(self) -> dict[str, list[Resource]]:
        """The resources by their group."""
        found: dict[str, list[Resource]] = {}
        for one in self.resources:
            found.setdefault(one.group, []).append(one)
        return found

    def resource(self, value: Mapping[str, object]) -> Resource | None:
        """Give the resource that an object is, by its apiVersion and kind; None where it is none of these."""
        named = (value.get("apiVersion"), value.get("kind"))
        return next((one for one in self.resources if (one.api_version, one.kind) == named), None)

    @property
    def unusual(self) -> tuple[Resource, ...]:
        """The resources with another path than the usual one."""
        return tuple(one for one in self.resources if one.path != self.usual)


_TEMPLATE = ("spec", "template")

POD = Subject(
    "pod",
    "Pod",
    (
        Resource("", "v1", "Pod", subresources=("ephemeralcontainers",)),
        Resource("", "v1", "PodTemplate", ("template",)),
        Resource("", "v1", "ReplicationController", _TEMPLATE),
        Resource("apps", "v1", "DaemonSet", _TEMPLATE),
        Resource("apps", "v1", "Deployment", _TEMPLATE),
        Resource("apps", "v1", "ReplicaSet", _TEMPLATE),
        Resource("apps", "v1", "StatefulSet", _TEMPLATE),
        Resource("batch", "v1", "CronJob", ("spec", "jobTemplate", *_TEMPLATE)),
        Resource("batch", "v1", "Job", _TEMPLATE),
    ),
)
CONFIG_MAP = Subject("configMap", "ConfigMap", (Resource("", "v1", "ConfigMap"),))
SERVICE = Subject("service", "Service", (Resource("", "v1", "Service"),))
SERVICE_ACCOUNT = Subject("serviceAccount", "ServiceAccount", (Resource("", "v1", "ServiceAccount"),))

# Custom resources: the cluster may not have them.
SECRET_PROVIDER_CLASS = Subject(
    "secretProviderClass",
    "SecretProviderClass",
    (Resource("secrets-store.csi.x-k8s.io", "v1", "SecretProviderClass"),),
)
AZURE_POD_IDENTITY = Subject(
    "azurePodIdentity",
    "AzurePodIdentity",
    (
        Resource("aadpodidentity.k8s.io", "v1", "AzureIdentity"),
        Resource("aadpodidentity.k8s.io", "v1", "AzureIdentityBinding"),
    ),
)

SUBJECTS = {
    subject.name: subject
    for subject in (POD, CONFIG_MAP, SERVICE, SERVICE_ACCOUNT, SECRET_PROVIDER_CLASS, AZURE_POD_IDENTITY)
}


def carried_by(value: Mapping[str, object]) -> tuple[Subject, Resource] | None:
    """Give the subject that an object carries, and its resource; None for a kind that no rule is about."""
    found = ((subject, subject.resource(value)) for subject in SUBJECTS.values())
    return next(((subject, one) for subject, one in found if one is not None), None)
