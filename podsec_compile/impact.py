"""Whom a change of rules hits: the objects in a set of manifests that get another verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from podsec_compile.evaluate import Request, judge
from podsec_compile.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podsec_compile.manifests import Manifest
    from podsec_compile.targets import Compiled


@dataclass(frozen=True, slots=True)
class Hit:
    """An object that a rule denies now and did not before, or the other way round; `says` is the rule's message."""

    verdict: Literal["newly denied", "newly admitted"]
    rule: str
    manifest: Manifest
    says: str


@dataclass(frozen=True, slots=True)
class Impact:
    """The objects that were judged, and what changes for which."""

    judged: int
    hits: tuple[Hit, ...]


def impact(old: Sequence[Compiled], new: Sequence[Compiled], manifests: Iterable[Manifest]) -> Impact:
    """Judge every object by both sets of rules."""
    before, after = ({rule.spec.id: rule for rule in rules} for rules in (old, new))
    judged, hits = 0, []
    for manifest in manifests:
        judged += 1
        for name in sorted(before.keys() | after.keys()):
            was, now = (_said(rules.get(name), manifest) for rules in (before, after))
            if now and not was:
                hits.append(Hit("newly denied", name, manifest, now))
            elif was and not now:
                hits.append(Hit("newly admitted", name, manifest, was))
    return Impact(judged, tuple(hits))


def _said(rule: Compiled | None, manifest: Manifest) -> str | None:
    """Give the message of a rule that denies an object; None where it admits it, or there is no such rule."""
    if rule is None:
        return None
    found = judge(rule.violation, rule.spec.subject, Request(manifest.object), rule.parameters)
    return message(rule.spec, found) if found else None
