"""The patterns of credentials: RE2 for every engine, cheap for the API server, and each with its source."""

from __future__ import annotations

import base64
import math
import sys
from pathlib import Path

import pytest
import re2

from podsec_compile import patterns
from podsec_compile.literals import checked_pattern
from podsec_compile.needles import needles
from podsec_compile.samples import samples

sys.path.insert(0, str(Path(__file__).resolve().parent / "credentials"))

import developed
import held_out
import ordinary

FORMS = (*patterns.TOKENS, *patterns.SETTINGS, *patterns.OPTIONS)
NAMES = (
    patterns.CREDENTIAL_NAME,
    patterns.HARMLESS_NAME,
    patterns.BARE_FLAG,
    *patterns.HEADER_NAMES,
    *patterns.HARMLESS,
)
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
MILLION = 1_000_000  # what the API server spends on one expression


@pytest.mark.parametrize("pattern", [*(form.pattern for form in FORMS), *NAMES])
def test_a_pattern_is_re2_and_has_samples(pattern: str) -> None:
    assert checked_pattern(pattern) == pattern
    assert samples(pattern).matching
    assert samples(pattern).misses


@every_form
def test_a_form_says_what_it_is_and_where_that_is_documented(form: patterns.Form) -> None:
    assert form.title
    assert "." in form.source or form.source.startswith("RFC ")
    assert [one.id for one in FORMS].count(form.id) == 1


TEXTS = [one.value for one in (*developed.cases(), *held_out.cases(), *ordinary.cases())]


@every_form
def test_what_a_form_finds_holds_one_of_its_needles(form: patterns.Form) -> None:
    plain, folded = needles(form.pattern), needles(form.pattern, fold=True)
    finds = re2.compile(form.pattern).search
    found = [text for text in (*TEXTS, *samples(form.pattern).matching) if finds(text)]
    assert found
    assert folded
    for text in found:
        assert any(one in text.lower() for one in folded)
        assert not plain or any(one in text for one in plain)


def cost(pattern: str, length: int) -> int:
    """What the API server counts for a text in which no needle is."""
    plain, folded = needles(pattern), "|".join(needles(pattern, fold=True))
    units = sum(math.ceil(len(one) / 10) for one in plain) if plain else math.ceil((len(folded) + 20) / 4)
    return math.ceil(length / 10) * min(units, math.ceil(len(pattern) / 4))


def test_a_config_map_of_a_hundred_kilobytes_is_within_the_api_servers_means() -> None:
    assert sum(cost(form.pattern, 100_000) for form in patterns.TOKENS) < MILLION
    assert sum(cost(form.pattern, 100_000) for form in patterns.SETTINGS) < MILLION


@pytest.mark.parametrize("kind", ["RSA ", "", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_in_base64_is_told_from_a_public_one(kind: str) -> None:
    (form,) = (one for one in FORMS if one.id == "private-key-base64")
    finds = re2.compile(form.pattern).search
    assert finds(base64.b64encode(f"-----BEGIN {kind}PRIVATE KEY-----".encode()).decode())
    for other in ("CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "EC PARAMETERS", "CERTIFICATE REQUEST", "X509 CRL"):
        assert not finds(base64.b64encode(f"-----BEGIN {other}-----".encode()).decode())
