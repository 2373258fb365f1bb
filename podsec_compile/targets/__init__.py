"""Targets: what one engine's manifests look like. They hold no expression text; that is the languages' part.

A target is a module of this package named in `TARGETS` or `ON_REQUEST` (there with dashes), with functions `files` and
`overlay`, and a folder of `templates/`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, cast

from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.evaluate import Request, judge
from podsec_compile.normalize import Violation, normalize, with_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from podsec_compile import ir
    from podsec_compile.cases import Case
    from podsec_compile.config import Enforcement
    from podsec_compile.evaluate import Json
    from podsec_compile.load import Spec
    from podsec_compile.render import Renderer

TARGETS = ("azure-policy", "gatekeeper", "gatekeeper-cel", "kyverno", "kyverno-cel", "vap")
ON_REQUEST = ("gatekeeper-joined",)  # compiled only where asked for: what another target gives, in another shape


@dataclass(frozen=True)
class Compiled:
    """A rule as it is rendered: at one minor version of Kubernetes, with the values of its parameters.

    `excluded` are the namespaces where it does not judge, `waived` what it is waived for.
    """

    spec: Spec
    minor: int
    parameters: Mapping[str, ir.Scalar | tuple[ir.Scalar, ...]]
    enforcement: Enforcement = "deny"
    excluded: tuple[str, ...] = ()
    waived: tuple[ir.Waived, ...] = ()

    @cached_property
    def violation(self) -> Violation:
        """The violation with parameters in it, for an engine that has parameters."""
        return normalize(self.spec.broken, self.spec.exempt, self.minor)

    @cached_property
    def settled(self) -> Violation:
        """The violation with the values of the parameters in their place."""
        broken = with_parameters(self.spec.broken, self.parameters)
        return normalize(broken, with_parameters(self.spec.exempt, self.parameters), self.minor)

    @cached_property
    def witnesses(self) -> tuple[Case, ...]:
        """Small objects for the tests that a target writes, beside the rule's cases."""
        from podsec_compile.decisive import decisive  # only those who compile need it

        return tuple(case for case in decisive(self.spec, self.minor, self.parameters) if not self.spares(case.object))

    @property
    def cases(self) -> tuple[Case, ...]:
        """What a target's tests show: the rule's cases, and what these miss."""
        return (*(case for case in self.spec.cases if not self.spares(case.object)), *self.witnesses)

    def spares(self, value: Json) -> bool:
        """Tell whether a waiver fits an object where it may be tried, so that its verdict would change with the day."""
        from podsec_compile.waivers import fits

        there = {**value, "metadata": {"namespace": "default", **value["metadata"]}}  # type: ignore[dict-item]
        return any(fits(one, self.spec.subject, each) for one in self.waived for each in (value, there))

    def denies(self, request: Request) -> bool:
        """Tell what the reference says of a request, for the tests that a target writes."""
        return bool(judge(self.violation, self.spec.subject, request, self.parameters))


# What Kubernetes' own policies, and Kyverno's of the same shape, do about a violation.
VALIDATION_ACTIONS = {"deny": ("Deny",), "warn": ("Warn", "Audit"), "audit": ("Audit",)}


def outside(namespaces: Sequence[str]) -> dict[str, object]:
    """Give the selector of all namespaces but these."""
    unlike = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(namespaces)}
    return {"matchExpressions": [unlike]}


_OPENAPI = {"string": "string", "number": "integer"}


def declared(rule: Compiled) -> list[dict[str, object]]:
    """Give a rule's parameters as an OpenAPI schema declares them, with their values."""
    return [
        {
            "name": one.name,
            "help": one.help,
            "type": _OPENAPI[one.items],
            "listed": isinstance(one.default, tuple),
            "value": rule.parameters[one.name],
        }
        for one in rule.spec.parameters
    ]


def resources(rules: Sequence[Compiled]) -> dict[str, list[str]]:
    """Give what the rules judge, and the subresources through which it changes: API group → names in a URL."""
    found: dict[str, dict[str, None]] = {}
    for rule in rules:
        for one in rule.spec.subject.resources:
            found.setdefault(one.group, {}).update(dict.fromkeys(one.plurals))
    return {group: list(plurals) for group, plurals in found.items()}


def tests_of_kyverno(rules: Sequence[Compiled], renderer: Renderer, template: str) -> dict[str, str]:
    """Give a test for each rule: `kyverno test` asks every object of one file about every policy that it names."""
    from podsec_compile.cases import document

    found: dict[str, str] = {}
    for rule in rules:
        if not rule.cases or "default" in rule.excluded:  # where the command puts what has no namespace
            continue
        stated = [
            {"kind": case.object["kind"], "name": case.object["metadata"]["name"], "denied": rule.denies(case.request)}
            for case in rule.cases
        ]
        below = f"tests/{rule.spec.id}"
        found[f"{below}/kyverno-test.yaml"] = renderer.render(
            template, id=rule.spec.id, source=rule.spec.file, tests=stated
        )
        found[f"{below}/resources.yaml"] = "---\n".join(document(case.object) for case in rule.cases)
    return found


class Target(Protocol):
    """What a module of this package offers."""

    def files(self, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
        """Give the target's files: path below the target's folder → text."""
        ...

    def overlay(self, environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
        """Give the files that make an environment's of the target's: path below the overlay's folder → text."""
        ...


def target(name: str) -> Target:
    """Give a target by its name; an unknown one raises PodsecError."""
    known = (*TARGETS, *ON_REQUEST)
    if name not in known:
        raise PodsecError(f'there is no target "{name}"; there are {", ".join(known)}', hint=did_you_mean(name, known))
    return cast("Target", importlib.import_module(f"podsec_compile.targets.{name.replace('-', '_')}"))
