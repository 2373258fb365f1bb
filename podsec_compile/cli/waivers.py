"""`podsec-compile waivers`."""

from __future__ import annotations

import typer

from podsec_compile import agreement, waivers
from podsec_compile.cli import choices
from podsec_compile.load import load
from podsec_compile.render import folder


def list_waivers(specs: choices.Specs = None, config: choices.Configuration = None) -> None:
    """List the waivers by owner and last day: what is waived, and how many days are left."""
    given = choices.configured(config)
    agreement.check(given, load(specs or folder("policy_specs")))
    day = waivers.today()
    rows = [
        (
            one.owner,
            str(one.expires),
            waivers.left(waivers.days_left(one, day)),
            one.rule,
            waivers.matched(one),
            " ".join(one.reason.split()),
        )
        for one in sorted(given.waivers, key=lambda one: (one.owner, one.expires, one.rule))
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
