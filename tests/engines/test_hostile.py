"""Rules full of what YAML, Jinja, Rego, JMESPath and Kyverno read as their own, judged as the reference does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comparing import FOLDERS, Question, Reference, bundle_of, disagreements, question
from engines import Judge
from podsec_compile import cases
from podsec_compile.bundle import write
from podsec_compile.compile import compile_bundle
from podsec_compile.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engines

SPECS = load(Path(__file__).parent / "hostile_specs")
SPECIAL: tuple[str, ...] = SPECS[1].parameters[0].default  # type: ignore[assignment]  # a list of strings


def objects() -> Iterator[Any]:
    near = [change for text in SPECIAL for change in (text, text + "x", "x" + text, text.upper(), text * 2, text[:-1])]
    for text in dict.fromkeys(near):
        yield cases.pod_with("one", [cases.named({"args": [text]}, "app")])
        yield cases.pod_with("one", [cases.named({"workingDir": text, "command": [text, "{{*" + text]}, "app")])
        yield cases.pod_with("one", [cases.named({"command": [text + "|$(", "x" + text + "`'\"\\"]}, "app")])
        annotations = {"{{ x }}/$(y)`'\"\\*": text, text + "|*": "{{" + text}
        yield cases.laid_over(
            cases.pod_with("one", [cases.named({}, "app")]), {"metadata": {"annotations": annotations}}
        )
        yield cases.pod_with("one", [cases.named({"args": ["*"]}, text)])
    for text in ("{}\n#", "{{}\n#", "`'\"\n#", "`'\"\\\n#", "ab\n#", "{}#"):
        yield cases.pod_with("one", [cases.named({"command": [text]}, "app")])


def questions() -> list[Question]:
    found = [question(one, None, operation) for one in objects() for operation in ("", "CREATE")]
    stated = [case.object for spec in SPECS for case in spec.cases]
    return found + [question(one, None, "CREATE") for one in stated]


@pytest.mark.parametrize("name", FOLDERS)
def test_no_text_changes_the_meaning_of_a_policy(name: str, tmp_path: Path) -> None:
    write(compile_bundle(SPECS, minor=37), tmp_path / "out")
    asked = questions()
    with Judge(name, *bundle_of(tmp_path / "out", name)) as engine:
        found = disagreements(engine, Reference(SPECS), asked)
    print(f"{name}: {len(asked)} requests with hostile text, {len(found)} disagreements")
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"


def test_a_hostile_rule_denies_what_it_says() -> None:
    reference = Reference(SPECS)
    for spec in SPECS:
        for case in spec.cases:
            denied = f"podsec-{spec.id}" in reference.messages(question(case.object))
            assert denied == (case.verdict == "bad"), (spec.id, case.name)
