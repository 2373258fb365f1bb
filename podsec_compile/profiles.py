"""Profiles: named sets of rules, each containing the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.schema import NEWEST_MINOR, minor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.load import Spec

LADDER = ("baseline", "restricted", "aks")


def select(specs: Sequence[Spec], profile: str | None, minor: int) -> tuple[Spec, ...]:
    """Give the rules of a profile at Kubernetes 1.`minor`; None is all of them.

    A profile of the ladder holds the levels up to its own, less the rules that a rule of it replaces; any other
    is the level of that name. One without rules raises PodsecError.
    """
    known = [spec for spec in specs if minor_of(spec.rule.introduced) <= minor]
    if not known:
        raise PodsecError(
            f"no rule existed yet at Kubernetes 1.{minor}", hint="leave --kubernetes out, or give a newer one"
        )
    if profile is None:
        return tuple(known)
    levels = LADDER[: LADDER.index(profile) + 1] if profile in LADDER else (profile,)
    chosen = [spec for spec in known if spec.rule.level in levels]
    if not chosen and any(spec.rule.level in levels for spec in specs):
        raise PodsecError(f'no rule of the profile "{profile}" existed yet at Kubernetes 1.{minor}')
    if not chosen:
        names = sorted({spec.rule.level for spec in specs})
        raise PodsecError(
            f'no rule has the profile "{profile}"; there are {", ".join(names)}',
            hint=did_you_mean(profile, names),
        )
    replaced = {spec.rule.replaces for spec in chosen}
    return tuple(spec for spec in chosen if spec.id not in replaced)


def names(specs: Sequence[Spec]) -> tuple[str, ...]:
    """Give the profiles that these rules make: those of the ladder first."""
    levels = {one.rule.level for one in specs}
    return (*(one for one in LADDER if one in levels), *sorted(levels - {*LADDER}))


def containing(specs: Sequence[Spec], spec: Spec) -> tuple[str, ...]:
    """Give the profiles, made of these rules, that contain a rule."""
    return tuple(name for name in names(specs) if spec in select(specs, name, NEWEST_MINOR))
