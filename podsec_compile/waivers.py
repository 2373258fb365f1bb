"""Waivers: dated exceptions to a rule, as conditions that every engine and the reference judge alike.

A waiver fits an object where each part of its match does. Namespace and name are those of the object in the request (of
a Deployment, not of its pod template), labels and images those of what the rule judges. It changes nothing else: an
UPDATE is compared as without it. A Deployment's waiver is not one of its pods: they have names of their own, and labels
of the template's.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.binding import bind
from podsec_compile.dsl import each_container, image, pod
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import at, holds
from podsec_compile.normalize import FALSE, conjunction, normalize
from podsec_compile.render import quoted
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podsec_compile.config import Config, Waiver
    from podsec_compile.evaluate import Json
    from podsec_compile.kinds import Subject

DAYS_OF_WARNING = 14


def waived(waiver: Waiver, subject: Subject) -> ir.Waived:
    """Give the conditions of a waiver for a rule about a subject."""
    match, root = waiver.match, ir.Variable(subject.name)
    carrier: list[ir.Expression] = []
    if match.namespace is not None:
        carrier.append(ir.Equal(ir.Field(ir.CARRIER, ("metadata", "namespace"), "string"), ir.Value(match.namespace)))
    if match.name is not None:
        name = ir.Field(ir.CARRIER, ("metadata", "name"), "string")
        start = match.name.removesuffix("*")
        is_exact = start == match.name
        carrier.append(ir.Equal(name, ir.Value(match.name)) if is_exact else ir.Text(name, "prefix", ir.Value(start)))
    judged: list[ir.Expression] = [
        ir.Equal(ir.Field(root, ("metadata", "labels", key), "string"), ir.Value(value)) for key, value in match.labels
    ]
    if match.image is not None:
        judged.append(_images_under(match.image))
    over = datetime.datetime.combine(waiver.expires, datetime.time(), datetime.UTC) + datetime.timedelta(days=1)
    note = f"Until {waiver.expires} for {quoted(waiver.owner)}: {quoted(waiver.reason)}"
    return ir.Waived(conjunction(carrier), conjunction(judged), f"{over:%Y-%m-%dT%H:%M:%SZ}", note)


def _images_under(text: str) -> ir.Expression:
    """Say that every image of a pod comes from a repository: those of containers, and of volumes."""
    volume = pod.spec.volumes.each
    every = image(each_container.image).repository.is_under(text) & (
        volume.image.is_absent() | image(volume.image.reference).repository.is_under(text)
    )
    return normalize(FALSE, bind(every.node, universal=True), NEWEST_MINOR).exempt


def fits(one: ir.Waived, subject: Subject, value: Json) -> bool:
    """Tell whether an object is what a waiver is for, whatever the day."""
    resource = subject.resource(value)
    if resource is None:
        return False
    judged = {ir.Variable(subject.name): at(value, resource.path)}
    return holds(one.carrier, {ir.CARRIER: value}, {}) and holds(one.judged, judged, {})


def today() -> datetime.date:
    """Give the day in UTC."""
    return datetime.datetime.now(datetime.UTC).date()


def days_left(waiver: Waiver, day: datetime.date) -> int:
    """Give the days after this one on which a waiver counts; less than 0 where it is over."""
    return (waiver.expires - day).days


def refuse_over(config: Config, day: datetime.date) -> None:
    """Raise PodsecError for the first waiver that is over, so that none is compiled."""
    for waiver in config.waivers:
        if days_left(waiver, day) < 0:
            raise PodsecError(
                f"{said(waiver)} is over since {waiver.expires}, and {waiver.owner} answers for it",
                file=config.file,
                line=waiver.line,
                hint="remove it, or agree on another day",
            )


def ending(config: Config, day: datetime.date) -> list[str]:
    """Give a warning for each waiver that is soon over."""
    return [
        f"{config.file}:{waiver.line}: {waiver.expires} is the last day of {said(waiver)} ({left(days)});"
        f" {waiver.owner} answers for it"
        for waiver in config.waivers
        if 0 <= (days := days_left(waiver, day)) <= DAYS_OF_WARNING
    ]


def over(config: Config, day: datetime.date) -> list[str]:
    """Give a warning for each waiver that is over, for what goes on without it."""
    return [
        f"{config.file}:{waiver.line}: {said(waiver)} is over since {waiver.expires}, and counts no more"
        for waiver in config.waivers
        if days_left(waiver, day) < 0
    ]


def left(days: int) -> str:
    """Say how many days are left."""
    if days < 0:
        return "over"
    return {0: "today", 1: "1 day left"}.get(days, f"{days} days left")


def said(waiver: Waiver) -> str:
    """Name a waiver by its rule and what it is for."""
    return f"the waiver of {waiver.rule} for {matched(waiver)}"


def terms(waiver: Waiver) -> str:
    """Say until when a waiver counts, who answers for it, and why it is there."""
    return f"until {waiver.expires} for {waiver.owner}: {waiver.reason}"


def matched(waiver: Waiver) -> str:
    """Say what a waiver is for, in the words of podsec.yaml."""
    match = waiver.match
    labels = ",".join(f"{key}={value}" for key, value in match.labels)
    parts = {"namespace": match.namespace, "name": match.name, "labels": labels or None, "image": match.image}
    return " ".join(f"{key} {value}" for key, value in parts.items() if value is not None)


def of_rule(waivers: Iterable[Waiver], rule: str, subject: Subject) -> tuple[ir.Waived, ...]:
    """Give the waivers of a rule, as they are compiled."""
    return tuple(waived(one, subject) for one in waivers if one.rule == rule)
