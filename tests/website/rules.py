"""Rules whose every text is the test's: in each place that a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.load import Spec, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RULE = """__doc__ = {why!r}
from podsec_compile.dsl import Rule, Source, each_container, param

name = param.string("name", default={default!r}, help={help!r})
names = param.strings("names", default=[{default!r}, "b"], help={help!r})

RULE = Rule(
    title={title!r},
    level="own",
    sources=[Source({document!r}, {place!r}, url="https://example.org/a?b=c&d")],
    forbid=(each_container.workingDir == name) | each_container.command.each.one_of(names),
    remedy={remedy!r},
    good={{{good!r}: "workingDir: /fine"}},
    bad={{{bad!r}: "command: [b]"}},
)
"""
PLACES = ("why", "default", "help", "title", "document", "place", "remedy", "good", "bad")


def rules(folder: Path, texts: Sequence[Sequence[str]]) -> tuple[Spec, ...]:
    """Give a rule for each row of texts, one for each of `PLACES`."""
    folder.mkdir(parents=True)
    for number, row in enumerate(texts):
        given = dict(zip(PLACES, row, strict=True))
        (folder / f"rule_{number}.py").write_text(RULE.format(**given), encoding="utf-8")
    return load(folder)
