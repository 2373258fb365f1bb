"""What surprises in the Pod Security Standards as Kubernetes' own code has them; the rules follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from corpus import LEVELS, judged_by_kubernetes
from podsec_compile.cases import laid_over
from podsec_compile.schema import NEWEST_MINOR
from updates import GOOD, pod

if TYPE_CHECKING:
    from engines import Judge


@dataclass(frozen=True)
class Quirk:
    """A pod that keeps all of restricted but for what the text says, and the levels that admit it."""

    text: str
    stated: str
    admitted: tuple[str, ...]

    @property
    def pod(self) -> Any:
        """The whole pod."""
        stated = yaml.safe_load(self.stated)
        own = stated.pop("container", {})
        return laid_over(pod(laid_over(GOOD, own)), stated)


_WINDOWS = "spec: {os: {name: windows}}"
QUIRKS = (
    Quirk(
        "A Windows pod adds SYS_ADMIN: the restricted check replaces the baseline one, and spares Windows.",
        f"{_WINDOWS}\ncontainer: {{securityContext: {{capabilities: {{add: [SYS_ADMIN]}}}}}}",
        ("restricted",),
    ),
    Quirk(
        "A Windows pod runs with seccomp Unconfined: likewise.",
        f"{_WINDOWS}\ncontainer: {{securityContext: {{seccompProfile: {{type: Unconfined}}}}}}",
        ("restricted",),
    ),
    Quirk(
        "A Windows pod sets hostPID: host namespaces are judged whatever the operating system.",
        "spec: {os: {name: windows}, hostPID: true}",
        (),
    ),
    Quirk(
        "/proc is unmasked in a user namespace: baseline spares it, restricted does not.",
        "spec: {hostUsers: false}\ncontainer: {securityContext: {procMount: Unmasked}}",
        ("baseline",),
    ),
    Quirk(
        "Root in a user namespace: spared by both levels.",
        "spec: {hostUsers: false}\ncontainer: {securityContext: {runAsUser: 0, runAsNonRoot: false}}",
        LEVELS,
    ),
    Quirk(
        "Privileged in a user namespace: not spared.",
        "spec: {hostUsers: false}\ncontainer: {securityContext: {privileged: true}}",
        (),
    ),
    Quirk(
        "A volume without a source: the API server makes it an emptyDir before it is judged.",
        "spec: {volumes: [{name: scratch}]}",
        LEVELS,
    ),
    Quirk(
        "A volume whose only source is null: likewise.",
        "spec: {volumes: [{name: scratch, hostPath: null}]}",
        LEVELS,
    ),
    Quirk(
        "An AppArmor annotation without text: the default.",
        'metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/c0: ""}}',
        LEVELS,
    ),
    Quirk(
        "An AppArmor annotation for a container that the pod does not have counts.",
        "metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/nobody: unconfined}}",
        (),
    ),
    Quirk(
        "Dropping the capability all, in lower case, is not dropping ALL.",
        "container: {securityContext: {capabilities: {drop: [all]}}}",
        ("baseline",),
    ),
    Quirk(
        "The pod says runAsNonRoot, its container says false: denied.",
        "spec: {securityContext: {runAsNonRoot: true}}\ncontainer: {securityContext: {runAsNonRoot: false}}",
        ("baseline",),
    ),
    Quirk(
        "A host in a probe that is the container's own loopback counts.",
        "container: {livenessProbe: {httpGet: {port: 80, host: 127.0.0.1}}}",
        (),
    ),
)


def admitted_by_kubernetes(oracle: Judge) -> list[tuple[str, ...]]:
    """Give the levels at which Kubernetes' own code admits each of the pods."""
    answers = judged_by_kubernetes(oracle, [one.pod for one in QUIRKS], NEWEST_MINOR)
    for answer in answers:
        assert not any(answer[level]["errors"] for level in LEVELS), answer
    return [tuple(level for level in LEVELS if answer[level]["allowed"]) for answer in answers]
