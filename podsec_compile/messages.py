"""What a user reads when a rule is broken: one wording for all targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podsec_compile.load import Spec


def frame(spec: Spec) -> tuple[str, str]:
    """Give the text before and behind the list of what offends."""
    remedy = spec.rule.remedy
    stop = "" if remedy.endswith((".", "!", "?")) else "."
    return f"{spec.id} ({spec.rule.title}): ", f". Fix: {remedy}{stop}"


def message(spec: Spec, places: Iterable[str]) -> str:
    """Give the whole message, as every target prints it."""
    before, behind = frame(spec)
    return before + ", ".join(places) + behind


def bare(spec: Spec) -> str:
    """Give the message without what offends, for an engine that could not print that."""
    before, behind = frame(spec)
    return before.removesuffix(": ") + behind


def description(spec: Spec) -> str:
    """Give the reason for a rule and its remedy, for an object's annotation."""
    return f"{spec.why} To fix: {spec.rule.remedy}"


def kind(spec: Spec) -> str:
    """Give the kind of a rule's constraints and parameters: `PodsecHostPorts`."""
    return "Podsec" + "".join(word.capitalize() for word in spec.id.split("-"))


def sources(spec: Spec) -> str:
    """Give a rule's sources in one line."""
    return "; ".join(f"{one.document}: {one.place}" for one in spec.rule.sources)
