"""Image references, read by the library of container runtimes, by the reference evaluator and by every engine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from comparing import Reference, disagreements, question
from engines import Judge
from podsec_compile.cases import pod_with
from podsec_compile.images import part_of
from references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.engines

RANDOM = 20_000
PIECES = (
    "nginx", "library", "docker.io", "index.docker.io", "localhost", "x.io", "X", "a_b", "a__b", "a-b", "5000", "1.2",
    "latest", "/", "/", "/", ":", ":", "@", f"@sha256:{'0' * 64}", "@sha256:", "f" * 63, ".", "-", "_", "[::1]", " ",
    "é",
)  # fmt: skip


def drawn(seed: int, number: int) -> list[str]:
    """Give texts that are references, or nearly."""
    chosen = random.Random(seed)  # noqa: S311  # not for secrets
    return ["".join(chosen.choices(PIECES, k=chosen.randint(1, 7))) for _ in range(number)]


def differing(images: Iterable[str]) -> list[tuple[str, object, object]]:
    """Give the references that the library of the runtimes reads otherwise than we do."""
    asked = list(images)
    with Judge("images") as judge:
        answers = judge.ask({"image": image} for image in asked)
    found = []
    for image, answer in zip(asked, answers, strict=True):
        theirs = tuple(answer[part] or None for part in ("repository", "tag", "digest"))
        ours = tuple(part_of(image, part) for part in ("repository", "tag", "digest"))
        if theirs != ours:
            found.append((image, theirs, ours))
    return found


def test_the_table_says_what_the_library_says() -> None:
    assert differing(REFERENCES) == []


def test_texts_that_are_nearly_references_are_read_as_the_library_reads_them() -> None:
    images = drawn(1, RANDOM)
    read = sum(part_of(image, "repository") is not None for image in images)
    print(f"{len(images)} texts, {read} of them references")
    assert read > RANDOM / 20
    assert differing(images) == []


def test_what_the_reader_leaves_out_can_never_be_pulled() -> None:
    assert {image for image, *_ in differing(["a" * 300, "0" * 64, "x" * 200])} == {"a" * 300, "0" * 64}


def test_every_engine_reads_an_image_as_the_reference_does(engine: Judge, reference: Reference) -> None:
    images = [*REFERENCES, *drawn(2, 1000)]
    asked = [question(pod_with("image", [{"name": "app", "image": image}]), None, "CREATE") for image in images]
    found = disagreements(engine, reference, asked)
    assert not found, f"{len(found)} disagreements, the first:\n{found[0]}"
