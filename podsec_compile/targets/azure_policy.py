"""Azure Policy for AKS and Arc: a policy definition with Gatekeeper's template in it for each rule, and initiatives."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from podsec_compile import __version__
from podsec_compile.languages import Unsupported, arm
from podsec_compile.messages import description
from podsec_compile.profiles import LADDER, select
from podsec_compile.targets import declared, gatekeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

# What every definition has, as the built-in ones do (templates/azure-policy/parameters.json.j2).
OWN = ("effect", "excludedNamespaces", "namespaces", "labelSelector")
_TYPES = {"string": "String", "integer": "Integer"}
# Microsoft Learn: definition structure basics, and the limits of Azure Policy.
_LONGEST_ID, _LONGEST_NAME, _LONGEST_DESCRIPTION, _LONGEST_METADATA = 64, 128, 512, 1024
_MOST_PARAMETERS, _MOST_PARAMETERS_OF_AN_INITIATIVE, _MOST_BYTES = 20, 300, 1 << 20


# Namespaces of the cluster's own, as the built-in definitions leave them out.
_EXCLUDED = ("kube-system", "gatekeeper-system", "azure-arc")


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give definitions/, and initiatives/ with one for each profile that has rules."""
    found = {f"definitions/{rule.spec.id}.json": _definition(rule, renderer) for rule in rules}
    found |= _initiatives(rules, renderer)
    for path, text in found.items():
        if len(text.encode()) > _MOST_BYTES:
            raise Unsupported("Azure Policy", f"{path}, which has more than {_MOST_BYTES} bytes")
    return found


def overlay(environment: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give an environment's initiatives, which use the same definitions."""
    return _initiatives(rules, renderer, environment)


def _initiatives(rules: Sequence[Compiled], renderer: Renderer, environment: str = "") -> dict[str, str]:
    """Give an initiative for each profile that has rules."""
    found: dict[str, str] = {}
    levels = {rule.spec.rule.level for rule in rules}
    named = [one for one in LADDER if one in levels] + sorted(levels - {*LADDER})
    for profile in named:
        chosen = {spec.id for spec in select([rule.spec for rule in rules], profile, rules[0].minor)}
        found[f"initiatives/{profile}.json"] = _initiative(
            profile, [rule for rule in rules if rule.spec.id in chosen], renderer, environment
        )
    return found


def _effect(rule: Compiled) -> str:
    """Give what Azure does about a violation: it knows no warning."""
    return "deny" if rule.enforcement == "deny" else "audit"


def _excluded(rule: Compiled) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_EXCLUDED, *rule.excluded)))


def _definition(rule: Compiled, renderer: Renderer) -> str:
    spec = rule.spec
    parameters = _parameters(rule)
    if len(parameters) > _MOST_PARAMETERS - len(OWN):
        raise Unsupported(
            "Azure Policy",
            f"{len(parameters)} parameters: a definition has {_MOST_PARAMETERS} at most, {len(OWN)} of which it needs",
        )
    groups = spec.subject.groups
    return renderer.render(
        "azure-policy/definition.json.j2",
        name=f"podsec-{spec.id}",
        quoted={
            "title": arm.quote(arm.shortened(f"Kubernetes: {spec.rule.title}", _LONGEST_NAME)),
            "description": arm.quote(arm.shortened(description(spec), _LONGEST_DESCRIPTION)),
            "source": arm.quote(arm.shortened(spec.file, _LONGEST_METADATA)),
        },
        version=__version__,
        parameters=parameters,
        effect=_effect(rule),
        excluded=_excluded(rule),
        content=base64.b64encode(gatekeeper.template(rule, renderer).encode()).decode(),
        groups=list(groups),
        kinds=[one.kind for ones in groups.values() for one in ones],
    )


def _initiative(profile: str, rules: Sequence[Compiled], renderer: Renderer, environment: str) -> str:
    parameters = {f"podsec-{rule.spec.id}": _parameters(rule, f"podsec-{rule.spec.id}-") for rule in rules}
    count = sum(map(len, parameters.values()))
    if count > _MOST_PARAMETERS_OF_AN_INITIATIVE - len(OWN):
        raise Unsupported(
            "Azure Policy",
            f"{count} parameters in the initiative {profile}: it has {_MOST_PARAMETERS_OF_AN_INITIATIVE} at most,"
            f" {len(OWN)} of which it needs",
        )
    name = f"podsec-{profile}-{environment}" if environment else f"podsec-{profile}"
    if len(name) > _LONGEST_ID:
        raise Unsupported("Azure Policy", f"the name {name} of an initiative: it has {_LONGEST_ID} characters at most")
    effects = {f"podsec-{rule.spec.id}": _effect(rule) for rule in rules}
    strongest = max(effects.values())  # "deny" comes behind "audit"
    passed = dict.fromkeys(OWN, "")
    # A rule that is enforced otherwise has its own effect, whatever the initiative is assigned with.
    own = {name: passed | {"effect": "" if effect == strongest else effect} for name, effect in effects.items()}
    return renderer.render(
        "azure-policy/initiative.json.j2",
        name=name,
        profile=f"{profile}, for {environment}" if environment else profile,
        version=__version__,
        parameters=parameters,
        own=own,
        effect=strongest,
        excluded=_excluded(rules[0]),
    )


def _parameters(rule: Compiled, prefix: str = "") -> list[dict[str, object]]:
    """Give the parameters of a rule: names, and `quoted` as JSON. `name` is the rule's, `own` the definition's.

    Azure does not tell names apart by case, and a definition has parameters of its own. An initiative, which holds
    several rules, puts a prefix before the definition's name: `above`.
    """
    taken = {one.lower() for one in OWN}
    found: list[dict[str, object]] = []
    for one in declared(rule):
        own = name = str(one["name"])
        while own.lower() in taken:
            own += "_"
        taken.add(own.lower())
        found.append(
            {
                "name": name,
                "own": own,
                "above": prefix + own,
                "type": "Array" if one["listed"] else _TYPES[str(one["type"])],
                "quoted": {
                    "help": arm.quote(arm.shortened(str(one["help"]), _LONGEST_METADATA)),
                    "value": arm.quote(rule.parameters[name]),
                    "given": arm.parameter(prefix + own),
                },
            }
        )
    return found
