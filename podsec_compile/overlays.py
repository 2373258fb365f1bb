"""An environment's kustomize overlay over a target: enforcement by rule, namespaces that are left out, and the order.

    out/overlays/<environment>/<target>/kustomization.yaml     all of it: first/, then/
                                        first/, then/          the two steps, where there are two
                                        flux.yaml              the steps for Flux

It stands beside the targets and not in them: kustomize refuses a base that contains what builds on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile.render import quoted

if TYPE_CHECKING:
    from podsec_compile.config import Enforcement
    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

Changes = Mapping[str, object]
"""The place of a value in a manifest, as a JSON pointer → the value."""

_OVERLAY, _FLUX = "overlay.yaml.j2", "flux.yaml.j2"


@dataclass(frozen=True)
class Kustomized:
    """How a target's manifests are changed for an environment.

    What is in the folders `first` has to be there before what is in `then`, and `ready` tells by a field of its
    status that it is; without them nothing has to wait, and the whole target is patched. Patched are the objects that
    `select` (group, kind) chooses, one a rule. `large`: what is first is too large for `kubectl apply` by the client.
    """

    target: str
    select: Mapping[str, str]
    enforced: Callable[[Enforcement], Changes]
    excluded: Callable[[Sequence[str]], Changes]
    first: tuple[str, ...] = ()
    then: str = ""
    ready: Mapping[str, str] | None = None
    large: bool = False

    def files(self, environment: str, objects: Mapping[str, Compiled], renderer: Renderer) -> dict[str, str]:
        """Give the overlay's files: path below its folder → text; `objects` are the rules by their objects' names."""
        name = f"podsec-{self.target}-{environment}"
        patches = self._patches(objects)

        def overlay(name: str, above: Sequence[str], **more: object) -> str:
            plain = {"patches": (), "waits": False, "large": False, "select": self.select}
            return renderer.render(_OVERLAY, name=name, resources=above, **(plain | more))

        if not self.first:
            return {"kustomization.yaml": overlay(name, [f"../../../{self.target}"], patches=patches)}
        above = f"../../../../{self.target}/"
        return {
            "kustomization.yaml": overlay(name, ["first", "then"]),
            "first/kustomization.yaml": overlay(
                f"{name}-first", [f"{above}{folder}" for folder in self.first], large=self.large
            ),
            "then/kustomization.yaml": overlay(f"{name}-then", [f"{above}{self.then}"], patches=patches, waits=True),
            "flux.yaml": renderer.render(
                _FLUX, name=name, path=f"./out/overlays/{environment}/{self.target}", ready=self.ready
            ),
        }

    def _patches(self, objects: Mapping[str, Compiled]) -> list[dict[str, object]]:
        """Give the patches: what most rules have for all, what others have for these, and what is left out."""
        counted = Counter(rule.enforcement for rule in objects.values()).most_common()
        found = [_patch(f"Enforcement: {counted[0][0]}.", "", self.enforced(counted[0][0]))]
        for enforcement, _ in counted[1:]:
            names = [name for name, rule in objects.items() if rule.enforcement == enforcement]
            chosen = names[0] if len(names) == 1 else f"({'|'.join(names)})"
            found.append(_patch(f"Enforcement of these: {enforcement}.", chosen, self.enforced(enforcement)))
        excluded = next(iter(objects.values())).excluded
        if excluded:
            found.append(_patch("Namespaces that are left out.", "", self.excluded(excluded)))
        return found


def _patch(note: str, names: str, changes: Changes) -> dict[str, object]:
    return {"note": note, "names": names, "changes": {path: quoted(value) for path, value in changes.items()}}
