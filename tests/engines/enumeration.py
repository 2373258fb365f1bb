"""What the lab asks: the witnesses of each rule in every kind and operation, and random objects."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from comparing import Question, question
from decoding import typed
from podsec_compile import cases, ir, schema
from podsec_compile.cases import laid_over
from podsec_compile.decisive import decisive
from podsec_compile.normalize import settle
from podsec_compile.witnesses import witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podsec_compile.evaluate import Parameters
    from podsec_compile.kinds import Resource, Subject
    from podsec_compile.load import Spec

Object = dict[str, Any]


def tried(spec: Spec, minor: int, parameters: Parameters | None = None) -> list[Any]:
    """Give the witnesses of a rule at a version, what stands in the pod, below its metadata and spec.

    First come its cases and the decisive ones that ship: they hold what only many fields together make.
    """
    values = parameters or spec.defaults
    broken = settle(spec.broken, minor)
    spared = settle(spec.exempt, minor)
    own = ("apiVersion", "kind")
    stated = [
        {key: one for key, one in case.object.items() if key not in own}
        for case in (*spec.cases, *decisive(spec, minor, values))
    ]
    return [*stated, *witnesses(ir.And((broken, ir.Not(spared))), spec.root, values)]


def carried(value: Any, resource: Resource) -> Object:
    """Give an object of a kind that carries a witness; what it says of itself is kept, whatever its type."""
    if not resource.path:
        metadata = value.get("metadata")
        bare = {"apiVersion": resource.api_version, "kind": resource.kind}
        named = metadata if isinstance(metadata, dict) else {}
        stated = named.get("name")
        name = stated if isinstance(stated, str) and stated else "witness"
        return {**value, **bare, "metadata": {**named, "name": name}}
    body: Any = value
    for part in reversed(resource.path):
        body = {part: body}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": "witness"}, **body}


def enumerated(
    spec: Spec, minor: int, parameters: Parameters | None = None, *, every: int = 1, most: int | None = None
) -> Iterator[Question]:
    """Give the questions of a rule: each witness (or each `every`-th), created, scanned and updated.

    It is created in every kind, or, of more than `most` witnesses, in the kinds in turn, as all else is.
    """
    resources = spec.subject.resources
    before = {resource.kind: cases.wrapped(spec.cases[0].object, resource) for resource in resources}
    values = tried(spec, minor, parameters)[::every]
    in_turn = most is not None and len(values) > most
    for number, value in enumerate(values):
        resource = resources[number % len(resources)]
        for one in [resource] if in_turn else resources:
            yield question(carried(value, one), None, "CREATE")
        new = carried(value, resource)
        yield question(new)
        yield question(new, before[resource.kind], "UPDATE")
        yield question(
            laid_over(new, {"metadata": {"labels": {"touched": "yes"}}}) if resource.path else new, new, "UPDATE"
        )
        for one in (one for one in resources if one.subresources):
            pod = carried(value, one)
            yield from (question(pod, before[one.kind], "UPDATE", below) for below in one.subresources)


class RandomObjects:
    """Objects of one subject, drawn from the fields that its rules read, with odd values at any place.

    They are the same for the same seed.
    """

    def __init__(self, subject: Subject, specs: tuple[Spec, ...], seed: int, *, typed: bool) -> None:
        self.random = random.Random(seed)  # noqa: S311  # not for secrets
        self.subject = subject
        self.typed = typed
        self.fragments = [self._objects(spec) for spec in specs if spec.subject == subject]

    def _objects(self, spec: Spec) -> list[Any]:
        return [one for one in tried(spec, schema.NEWEST_MINOR) if not self.typed or typed(self.subject.type, one)]

    def draw(self) -> Object:
        """Give an object: witnesses of some rules laid over each other, their lists joined."""
        found: Any = {"metadata": {"name": "random"}, "spec": {}}
        for fragments in self.random.sample(self.fragments, self.random.randint(1, len(self.fragments))):
            found = self._joined(found, self.random.choice(fragments))
        for group in cases.CONTAINER_LISTS:
            listed = found["spec"].get(group) if isinstance(found.get("spec"), dict) else None
            if isinstance(listed, list):
                found["spec"][group] = [
                    {**one, "name": f"{group[:4]}{number}"} if isinstance(one, dict) else one
                    for number, one in enumerate(listed)
                ]
        metadata = found["metadata"] if isinstance(found.get("metadata"), dict) else {}
        resource = self.random.choice([one for one in self.subject.resources if not one.path])
        named = {"apiVersion": resource.api_version, "kind": resource.kind}
        return {**named, **found, "metadata": {**metadata, "name": "random"}}

    def _joined(self, below: Any, above: Any) -> Any:
        if isinstance(below, dict) and isinstance(above, dict):
            joined = {**below}
            for key, value in above.items():
                joined[key] = self._joined(below[key], value) if key in below else value
            return joined
        if isinstance(below, list) and isinstance(above, list):
            return self._list(below, above)
        return self.random.choice((below, above))

    def _list(self, below: list[Any], above: list[Any]) -> list[Any]:
        if below and above and self.random.random() < 0.6:  # mostly one container with both traits
            return [self._joined(below[0], above[0]), *below[1:], *above[1:]]
        return [*below, *above]
