"""Files are taken apart alike, whatever the size of the pieces in which they are read."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podsec_compile.errors import PodsecError
from podsec_compile.manifests import objects, parsed
from podsec_compile.reading import NotRead, streams
from texts import every, random_texts

TEXTS = every()
ARGUMENTS = {"one": "x", "two": "a\nb\n", "three": "{\n}\n", "four": "- y\nitems:\n- z", "five": "---"}
PODS = [
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [{"args": [text]}]}}
    for name, text in ARGUMENTS.items()
]
LIST = {"apiVersion": "v1", "items": PODS, "kind": "List", "metadata": {"resourceVersion": ""}}


def found(text: bytes) -> list[Any]:
    """Give line and value of each document that holds something; the text of an error, and where it is."""
    told: list[Any] = []
    for document in streams.documents(io.BytesIO(text)):
        try:
            value, _ = parsed(document)
        except NotRead as wrong:
            told.append((document.line, "wrong", wrong.message))
            continue
        if value is not None:
            told.append((document.line, value))
    return told


@pytest.mark.parametrize("size", [16, 64])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_taken_apart_alike(monkeypatch: pytest.MonkeyPatch, text: bytes, size: int) -> None:
    whole = found(text)
    monkeypatch.setattr(streams, "BLOCK", size)
    assert found(text) == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(texts=st.lists(random_texts(), max_size=4), size=st.integers(16, 64))
def test_random_documents_are_taken_apart_alike(monkeypatch: pytest.MonkeyPatch, texts: list[str], size: int) -> None:
    text = "---\n".join(texts).encode()
    monkeypatch.setattr(streams, "BLOCK", 1 << 20)
    whole = found(text)
    monkeypatch.setattr(streams, "BLOCK", size)
    assert found(text) == whole


def in_items(text: bytes) -> list[Any]:
    """Give the objects in a text, each with its line and where its name stands."""
    told = []
    for document in streams.documents(io.BytesIO(text)):
        told += [(one.object, one.locate([("metadata", "name")])[0]) for one in objects("x", document)]
    return told


FORMS = {
    "YAML": yaml.safe_dump(LIST),
    "YAML, sorted otherwise": yaml.safe_dump({"kind": "List", "items": PODS, "apiVersion": "v1"}, sort_keys=False),
    "YAML, indented": "kind: List\nitems:\n" + "".join(
        "".join(f"  {line}\n" for line in yaml.safe_dump([pod]).splitlines()) for pod in PODS
    ) + "apiVersion: v1\n",
    "YAML with comments": "# a\nkind: List\nitems:\n# b\n" + "# c\n".join(yaml.safe_dump([pod]) for pod in PODS),
    "YAML from Windows": yaml.safe_dump(LIST).replace("\n", "\r\n"),
    "JSON": json.dumps(LIST),
    "JSON on lines": json.dumps(LIST, indent=4),
    "JSON on lines, indented by two": json.dumps(LIST, indent=2),
    "JSON, compact": json.dumps(LIST, separators=(",", ":")),
    "two lists of JSON": json.dumps(LIST, indent=4) + "\n" + json.dumps(LIST),
    "two lists of YAML": yaml.safe_dump(LIST) + "---\n" + yaml.safe_dump(LIST),
}  # fmt: skip


@pytest.mark.parametrize("size", [64, 200, 1000])
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_the_items_of_a_long_list_are_those_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch, text: str, size: int
) -> None:
    whole = in_items(text.encode())
    assert [one for one, _ in whole[: len(PODS)]] == PODS
    monkeypatch.setattr(streams, "BLOCK", size)
    assert in_items(text.encode()) == whole
    lines = text.split("\n")
    for one, (line, column) in whole:
        assert one["metadata"]["name"] in lines[line - 1][column - 1 :]
        assert lines[line - 1][column - 1 :].lstrip('"').startswith("name")


def test_what_holds_items_and_is_no_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 64)
    for text in (yaml.safe_dump({**LIST, "kind": "Pods"}), json.dumps({**LIST, "kind": "Pods"}, indent=4)):
        with pytest.raises(PodsecError, match="no List"):
            in_items(text.encode())


@pytest.mark.parametrize("form", [yaml.safe_dump, json.dumps, lambda one: json.dumps(one, indent=4)])
def test_an_item_that_is_too_large_is_named(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    monkeypatch.setattr(streams, "BLOCK", 100)
    monkeypatch.setattr(streams, "LARGEST", 4000)
    large = {**PODS[0], "data": ["x" * 90] * 100}
    told = found(form({**LIST, "items": [PODS[0], large, PODS[1]]}).encode())
    assert next(one for one in told if one[1] == "wrong")[2].startswith("is larger than")


def test_a_document_that_is_too_large_is_named_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 100)
    monkeypatch.setattr(streams, "LARGEST", 4000)
    large = yaml.safe_dump({"data": ["x" * 90] * 100})
    told = found(f"a: b\n---\n{large}---\nc: d\n".encode())
    assert [one[1] for one in told] == [{"a": "b"}, "wrong", {"c": "d"}]
    assert told[2][0] == large.count("\n") + 3
