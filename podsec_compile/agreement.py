"""Whether a podsec.yaml agrees with the rules and targets that there are; where it does not is an error with a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.images import HUB, NAMED_HOST, part_of
from podsec_compile.kinds import POD
from podsec_compile.literals import checked_value
from podsec_compile.profiles import LADDER, select
from podsec_compile.schema import NEWEST_MINOR, minor_of
from podsec_compile.targets import ON_REQUEST, TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.config import Config, Waiver
    from podsec_compile.load import Spec


def minor(kubernetes: str) -> int:
    """Give N of `1.N`, or the newest for `latest`."""
    return NEWEST_MINOR if kubernetes == "latest" else minor_of(kubernetes)


def check(config: Config, specs: Sequence[Spec]) -> None:
    """Raise PodsecError for the first part of a configuration that names what is not there, or fits nothing."""
    if config.file is None:
        return
    try:
        minor(config.kubernetes)
    except PodsecError as wrong:
        raise config.wrong(wrong.message, "kubernetes") from None
    for number, target in enumerate(config.targets):
        _known(config, target, (*TARGETS, *ON_REQUEST), "target", "targets", number)
    if config.profile is not None:
        levels = {spec.rule.level for spec in specs}
        _known(config, config.profile, [*LADDER, *sorted(levels - {*LADDER})], "profile", "profile")
    ids = {spec.id: spec for spec in specs}
    for rule in config.rules:
        _known(config, rule, ids, "rule", "rules", rule)
        _check_parameters(config, ids[rule])
    built = {spec.id for spec in chosen(config, specs)}
    for environment in config.environments:
        for rule in environment.rules:
            _check_built(config, rule, ids, built, "environments", environment.name, "rules", rule)
    for number, waiver in enumerate(config.waivers):
        _check_built(config, waiver.rule, ids, built, "waivers", number, "rule")
        _check_match(config, number, waiver, ids[waiver.rule])


def chosen(config: Config, specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """Give the rules that a configuration builds; none at all raises PodsecError."""
    try:
        found = select(specs, config.profile, minor(config.kubernetes))
    except PodsecError as wrong:
        if config.file is None:
            raise
        raise config.wrong(wrong.message, "profile", hint=wrong.hint) from None
    kept = tuple(spec for spec in found if not config.settings(spec.id).off)
    if not kept:
        raise config.wrong("every rule is off", "rules")
    return kept


def _known(config: Config, name: str, known: Sequence[str] | dict[str, Spec], what: str, *place: str | int) -> None:
    if name not in known:
        hint = did_you_mean(name, known) or (
            "podsec-compile list prints them all" if what == "rule" else f"there are {', '.join(known)}"
        )
        raise config.wrong(f'there is no {what} "{name}"', *place, hint=hint)


def _check_built(config: Config, rule: str, ids: dict[str, Spec], built: set[str], *place: str | int) -> None:
    """Refuse a rule that the bundle does not hold, since what is said of it would do nothing."""
    _known(config, rule, ids, "rule", *place)
    if rule not in built:
        off = config.settings(rule).off
        why = "is off" if off else f"is not among the rules of {config.profile or 'that version of Kubernetes'}"
        instead = next((one.id for one in ids.values() if one.rule.replaces == rule and one.id in built), None)
        hint = f'there "{instead}" takes its place' if instead and not off else "leave this out"
        raise config.wrong(f'the rule "{rule}" {why}', *place, hint=hint)


def _check_parameters(config: Config, spec: Spec) -> None:
    declared = {one.name: one for one in spec.parameters}
    for name, value in config.settings(spec.id).parameters.items():
        place = ("rules", spec.id, "parameters", name)
        if name not in declared:
            hint = did_you_mean(name, declared) or (
                f"it has {', '.join(declared)}" if declared else "it has no parameters"
            )
            raise config.wrong(f'the rule has no parameter "{name}"', *place, hint=hint)
        try:
            checked_value(declared[name], value)
        except PodsecError as wrong:
            raise config.wrong(wrong.message, *place, hint=wrong.hint) from None


def _check_match(config: Config, number: int, waiver: Waiver, spec: Spec) -> None:
    place = ("waivers", number, "match")
    twin = next((one for one in config.waivers[:number] if (one.rule, one.match) == (waiver.rule, waiver.match)), None)
    if twin is not None:
        raise config.wrong(f"the same is waived in line {twin.line}", *place)
    image = waiver.match.image
    if image is None:
        return
    if spec.subject != POD:
        message = f'the rule "{spec.id}" is about a {spec.subject.type}, which has no image'
        raise config.wrong(message, *place, "image", hint="leave this out")
    if not re.search(NAMED_HOST, f"{image}/") or image.startswith("index.docker.io"):
        known = part_of(image.removeprefix("index."), "repository") or f"{HUB}{image}"
        message = f'"{image}" does not begin with a registry as images are compared'
        raise config.wrong(message, *place, "image", hint=f'write "{known}"')
