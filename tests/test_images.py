"""Image references are read as container runtimes read them; tests/engines/test_images.py asks their own library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podsec_compile.images import part_of
from references import REFERENCES


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: repr(one)[:60])
def test_a_reference_has_the_parts_that_runtimes_see(reference: str) -> None:
    parts = tuple(part_of(reference, part) for part in ("repository", "tag", "digest"))
    assert parts == (REFERENCES[reference] or (None, None, None))


@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["nginx"]])
def test_what_is_no_text_has_no_parts(value: object) -> None:
    assert part_of(value, "repository") is None


@given(st.text() | st.from_regex(r"[a-zA-Z.:/@_-]{0,20}"))
def test_a_repository_always_has_a_registry(text: str) -> None:
    repository = part_of(text, "repository")
    assert repository is None or "/" in repository


@given(st.sampled_from([one for one, parts in REFERENCES.items() if parts]))
def test_a_reference_written_in_full_says_the_same(reference: str) -> None:
    repository, tag, digest = (part_of(reference, part) for part in ("repository", "tag", "digest"))
    full = f"{repository}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"
    assert [part_of(full, part) for part in ("repository", "tag", "digest")] == [repository, tag, digest]
