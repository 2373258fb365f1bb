"""Azure Policy for AKS and Arc: a policy definition with Gatekeeper's template in it for each rule, and initiatives."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from podsec_compile import __version__
from podsec_compile.messages import description
from podsec_compile.profiles import LADDER, select
from podsec_compile.targets import declared, gatekeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.render import Renderer
    from podsec_compile.targets import Compiled

_TYPES = {"string": "String", "integer": "Integer"}


def files(rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give definitions/, and initiatives/ with one for each profile that has rules."""
    found = {f"definitions/{rule.spec.id}.json": _definition(rule, renderer) for rule in rules}
    levels = {rule.spec.rule.level for rule in rules}
    named = [one for one in LADDER if one in levels] + sorted(levels - {*LADDER})
    for profile in named:
        chosen = {spec.id for spec in select([rule.spec for rule in rules], profile, rules[0].minor)}
        found[f"initiatives/{profile}.json"] = renderer.render(
            "azure-policy/initiative.json.j2",
            profile=profile,
            version=__version__,
            rules=[_names(rule) for rule in rules if rule.spec.id in chosen],
        )
    return found


def _names(rule: Compiled) -> dict[str, object]:
    spec = rule.spec
    return {
        "spec": spec,
        "name": f"podsec-{spec.id}",
        "parameters": [
            {**one, "type": "Array" if one["listed"] else _TYPES[str(one["type"])]} for one in declared(rule)
        ],
    }


def _definition(rule: Compiled, renderer: Renderer) -> str:
    content = gatekeeper.template(rule, renderer).encode()
    groups = rule.spec.subject.groups
    return renderer.render(
        "azure-policy/definition.json.j2",
        **_names(rule),
        version=__version__,
        description=description(rule.spec),
        content=base64.b64encode(content).decode(),
        groups=list(groups),
        kinds=[one.kind for ones in groups.values() for one in ones],
    )
