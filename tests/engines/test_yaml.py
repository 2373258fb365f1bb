"""Texts are read as kubectl reads them: by k8s.io/apimachinery and sigs.k8s.io/yaml, as pinned in kubectl/go.mod."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from engines import Judge
from podsec_compile.manifests import parsed
from podsec_compile.reading import NotRead, streams

sys.path.insert(0, str(Path(__file__).parents[1] / "reading"))
from texts import every, random_texts  # they stand beside the reader's own tests

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engines
TEXTS = every()
WRONG = object()
STRICTER = [
    TEXTS[name]
    for name in ("the same key as text and boolean", "a key twice as number and text", "UTF-16, the other way round")
]
"""Keys that are two to go-yaml and one in JSON, of which kubectl takes any; UTF-16, of which it reads a single line."""


@pytest.fixture(scope="module")
def kubectl() -> Iterator[Judge]:
    with Judge("yaml") as judge:
        yield judge


def ours(text: bytes) -> list[Any]:
    """Give the values in a text that are not null, WRONG for one that is refused."""
    found = []
    for document in streams.documents(io.BytesIO(text)):
        try:
            value, _ = parsed(document)
        except NotRead:
            value = WRONG
        if value is not None:
            found.append(value)
    return found


def compared(kubectl: Judge, text: bytes) -> None:
    if text in STRICTER:
        assert WRONG in ours(text)
        return
    (answer,) = kubectl.ask([{"text": base64.b64encode(text).decode()}])
    theirs = [one for one in answer["documents"] if one["error"] or one["json"] is not None]
    found = ours(text)
    told = f"{text!r}\nours: {found}\ntheirs: {theirs}"
    if theirs and theirs[-1]["error"].startswith("invalid Yaml document separator"):
        assert WRONG in found, told  # kubectl drops the document before it, and those behind it
        return
    for value, one in zip(found, theirs, strict=False):
        if one["error"]:
            assert value is WRONG, told
        elif not (value is WRONG and "already set in map" in one["strict"]):
            assert _same(value, one["json"]), told
    # kubectl stops at an error in JSON; ours goes on
    assert len(found) == len(theirs) or (theirs and theirs[-1]["error"] and len(found) > len(theirs)), told


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(theirs, int) and abs(theirs) >= 1 << 53:  # how many digits of it Go prints is its own affair
        return isinstance(ours, int | float) and float(ours) == float(theirs)
    return isinstance(ours, bool) == isinstance(theirs, bool) and bool(ours == theirs)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_as_kubectl_reads_it(kubectl: Judge, text: bytes) -> None:
    compared(kubectl, text)


@settings(max_examples=2000, suppress_health_check=list(HealthCheck))
@given(text=random_texts())
def test_a_random_text_is_read_as_kubectl_reads_it(kubectl: Judge, text: str) -> None:
    compared(kubectl, text.encode())
