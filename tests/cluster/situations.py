"""What is asked of a cluster: a user's situations, and every case of every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comparing import Reference, question
from podsec_compile import cases
from podsec_compile.cases import laid_over
from podsec_compile.kinds import AZURE_POD_IDENTITY, POD, SECRET_PROVIDER_CLASS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api import Api, Object, Reply
    from podsec_compile.load import Spec

NAMESPACE = "shop"
FINALIZER = "example.org/wait"
GOOD = {
    "image": "mcr.microsoft.com/example/app:1.0",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "appArmorProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsGroup": 1000,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
GOOD_SPEC = {"hostUsers": False, "automountServiceAccountToken": False}
# Both at once (privileged, and no escalation) would be refused by the API server's own validation.
BAD = laid_over(GOOD, {"securityContext": {"privileged": True, "allowPrivilegeEscalation": True}})


def pod(name: str, container: Object = GOOD, **metadata: Any) -> Object:
    """Give a pod of one container."""
    made = cases.pod_with(name, [cases.named(container, "app")])
    return laid_over(made, {"metadata": {"namespace": NAMESPACE, **metadata}, "spec": GOOD_SPEC})


def controller(kind: str, name: str, container: Object = GOOD) -> Object:
    """Give a controller whose template is such a pod."""
    resource = next(one for one in POD.resources if one.kind == kind)
    return laid_over(cases.wrapped(pod(name, container), resource), {"metadata": {"namespace": NAMESPACE}})


def _debug(api: Api, name: str, container: Object) -> Reply:
    debugger = cases.named(container, "debugger")
    return api.patch(pod(name), {"spec": {"ephemeralContainers": [debugger]}}, "ephemeralcontainers")


def _change(api: Api, one: Object, change: Object, subresource: str = "") -> Reply:
    return api.patch(one, change, subresource)


@dataclass(frozen=True)
class Situation:
    """Something that a user does, and whether the contract admits it."""

    name: str
    admitted: bool
    do: Callable[[Api], Reply]


OLD_POD = pod("old", BAD, finalizers=[FINALIZER])
OLD_DEPLOYMENT = controller("Deployment", "old", BAD)
BEFORE = (pod("clean"), OLD_POD, OLD_DEPLOYMENT)  # there before the policies were

SITUATIONS = (
    Situation("a good pod is created", True, lambda api: api.create(pod("new"))),
    Situation("a privileged pod is created", False, lambda api: api.create(pod("bad", BAD))),
    Situation("a good Deployment is created", True, lambda api: api.create(controller("Deployment", "new"))),
    Situation(
        "a privileged Deployment is created", False, lambda api: api.create(controller("Deployment", "bad", BAD))
    ),
    Situation("a privileged CronJob is created", False, lambda api: api.create(controller("CronJob", "bad", BAD))),
    Situation(
        "a privileged PodTemplate is created", False, lambda api: api.create(controller("PodTemplate", "bad", BAD))
    ),
    Situation("a privileged ephemeral container in a clean pod", False, lambda api: _debug(api, "clean", BAD)),
    Situation("a good ephemeral container in a clean pod", True, lambda api: _debug(api, "clean", GOOD)),
    Situation("a privileged ephemeral container in an old violating pod", False, lambda api: _debug(api, "old", BAD)),
    Situation(
        "the image of an old violating pod",
        False,
        lambda api: _change(
            api, OLD_POD, {"spec": pod("old", {**BAD, "image": "mcr.microsoft.com/example/app:2.0"})["spec"]}
        ),
    ),
    Situation(
        "a label of an old violating pod", True, lambda api: _change(api, OLD_POD, {"metadata": {"labels": {"a": "b"}}})
    ),
    Situation(
        "the status of an old violating pod",
        True,
        lambda api: _change(api, OLD_POD, {"status": {"message": "x"}}, "status"),
    ),
    Situation(
        "the finalizer of an old violating pod",
        True,
        lambda api: _change(api, OLD_POD, {"metadata": {"finalizers": None}}),
    ),
    Situation("an old violating pod is deleted", True, lambda api: api.delete(OLD_POD)),
    Situation(
        "an old violating Deployment is scaled",
        True,
        lambda api: _change(api, OLD_DEPLOYMENT, {"spec": {"replicas": 3}}),
    ),
    Situation(
        "an old violating Deployment is scaled by its subresource",
        True,
        lambda api: _change(api, OLD_DEPLOYMENT, {"spec": {"replicas": 4}}, "scale"),
    ),
    Situation(
        "a label of an old violating Deployment",
        True,
        lambda api: _change(api, OLD_DEPLOYMENT, {"metadata": {"labels": {"a": "b"}}}),
    ),
)


def _hardened(case: Object, spec: Object) -> Object:
    """Lay a case over what the other rules ask for, so that a good one can be admitted."""
    hardened = laid_over({"metadata": {"namespace": NAMESPACE}, "spec": spec}, case)
    for group in ("containers", "initContainers"):
        if group in hardened["spec"]:
            hardened["spec"][group] = [_hardened_container(one) for one in hardened["spec"][group]]
    return hardened


def _hardened_container(container: Object) -> Object:
    own = {key: value for key, value in container.items() if (key, value) != ("image", cases.STAND_IN_IMAGE)}
    return laid_over(GOOD, own)


def _told(spec: Spec, case: Object) -> Object:
    """Give a case among what the other rules ask for, but for what would spare it from its own rule."""
    reference = Reference([spec])
    ways = [_hardened(case, of) for of in (GOOD_SPEC, {"automountServiceAccountToken": False})]
    verdicts = [bool(reference.messages(question(one, None, "CREATE"))) for one in ways]
    return ways[0] if verdicts[0] == verdicts[1] else ways[1]


def case_objects(specs: Sequence[Spec]) -> Iterator[tuple[Spec, Object]]:
    """Give each rule's cases: those about pods in a Pod, a Deployment and a CronJob, others in each of their kinds."""
    for spec in specs:
        of_pods = spec.subject == POD
        kinds = [one for one in spec.subject.resources if not of_pods or one.kind in {"Pod", "Deployment", "CronJob"}]
        for case in spec.cases:
            for resource in kinds:
                made = cases.wrapped(_told(spec, case.object) if of_pods else case.object, resource)
                yield spec, laid_over(made, {"metadata": {"namespace": NAMESPACE}})


def custom_kinds() -> list[Object]:
    """Give definitions of the kinds that Kubernetes itself does not have; they take any field."""
    found = []
    for resource in (*SECRET_PROVIDER_CLASS.resources, *AZURE_POD_IDENTITY.resources):
        names = {"kind": resource.kind, "plural": resource.plural, "singular": resource.kind.lower()}
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {"name": resource.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        found.append(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {
                    "name": f"{resource.plural}.{resource.group}",
                    "annotations": {"api-approved.kubernetes.io": "unapproved"},  # asked for in a group of *.k8s.io
                },
                "spec": {"group": resource.group, "names": names, "scope": "Namespaced", "versions": [version]},
            }
        )
    return found
