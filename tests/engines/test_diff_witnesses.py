"""Each object that `diff` gives as its witness gets the two verdicts from the real engines as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import question, started
from pairs import PAIRS
from podsec_compile.cases import slug
from podsec_compile.compile import compile_bundle
from podsec_compile.diff import compared
from podsec_compile.load import load
from podsec_compile.targets import Compiled

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engines

ENGINES = ("gatekeeper", "kyverno")


def written(folder: Path, version: str) -> tuple[Compiled, ...]:
    """Give all pairs' rules in one version, and write their bundle."""
    rules = folder / version / "rules"
    rules.mkdir(parents=True)
    for name, pair in PAIRS.items():
        text = pair.file(pair.old if version == "old" else pair.new)
        (rules / f"{slug(name).replace('-', '_')}.py").write_text(text, encoding="utf-8")
    specs = load(rules)
    for path, content in compile_bundle(specs, minor=37, targets=ENGINES).files.items():
        file = folder / version / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tuple(Compiled(spec, 37, spec.defaults) for spec in specs)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_engine_confirms_every_witness_on_both_bundles(engine: str, tmp_path: Path) -> None:
    old, new = written(tmp_path, "old"), written(tmp_path, "new")
    asked = []
    for was, now in zip(old, new, strict=True):
        found = compared(was, now)
        assert found is None or was.spec.id == now.spec.id
        examples = ((found.newly_denied, False), (found.newly_admitted, True)) if found else ()
        asked += [(now.spec.id, example, denied) for example, denied in examples if example is not None]
    wrong = []
    for version in ("old", "new"):
        with started(engine, tmp_path / version) as judge:
            answers = judge.ask(question(example, None, "CREATE") for _, example, _ in asked)
        for (name, example, denied_before), answer in zip(asked, answers, strict=True):
            denied = any(violation["policy"] == f"podsec-{name}" for violation in answer["violations"])
            if answer["errors"] or denied != (denied_before == (version == "old")):
                wrong.append((version, name, example, answer))
    print(f"{engine}: {len(asked)} witnesses of {len(PAIRS)} pairs, each on both bundles, {len(wrong)} not confirmed")
    assert len(asked) > len(PAIRS) / 2
    assert not wrong, (wrong[0][:3], wrong[0][3]["errors"], len(wrong[0][3]["violations"]))
