"""A rule that asks of a key or of a part of an image only whether it is there is one that every engine takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS, NEWEST, Reference, disagreements, started
from enumeration import enumerated
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.load import load

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engines

RULE = '''"""Why."""

from podsec_compile.dsl import Rule, each_container, image, service

RULE = Rule(
    title="It is as it should be",
    level="own",
    sources=[],
    {meaning},
    remedy="change it",
    good={{"good": {good!r}}},
    bad={{"bad": {bad!r}}},
)
'''
PINNED = "image: x:1@sha256:" + "0" * 64
RULES = {
    "a_digest": RULE.format(
        meaning="forbid=image(each_container.image).digest.is_set()", good="image: 'x:1'", bad=PINNED
    ),
    "no_digest": RULE.format(
        meaning="require=image(each_container.image).digest.is_set()", good=PINNED, bad="image: 'x:1'"
    ),
    "a_key": RULE.format(
        meaning="forbid=service.spec.selector.each.key.is_set()",
        good="spec: {selector: null}",
        bad="spec: {selector: {a: b}}",
    ),
    "a_key_and_a_type": RULE.format(
        meaning='forbid=service.spec.selector.each.key.is_set() & (service.spec.type == "NodePort")',
        good="spec: {selector: {a: b}}",
        bad="spec: {type: NodePort, selector: {a: b}}",
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_engine_takes_it_and_says_what_the_reference_says(name: str, tmp_path: Path) -> None:
    for rule, text in RULES.items():
        (tmp_path / "rules" / "own").mkdir(parents=True, exist_ok=True)
        (tmp_path / "rules" / "own" / f"{rule}.py").write_text(text)
    specs = load(tmp_path / "rules")
    write(compile_bundle(specs, minor=NEWEST, targets=[name]), tmp_path / "out")
    with started(name, tmp_path / "out") as judge:
        found = [one for spec in specs for one in disagreements(judge, Reference(specs), enumerated(spec, NEWEST))]
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"
