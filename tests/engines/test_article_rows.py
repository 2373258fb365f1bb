"""The table of the article's rows names the rules that there are."""

from __future__ import annotations

from article import ROWS
from podsec_compile.load import load
from podsec_compile.render import folder


def test_every_rule_is_in_a_row_and_every_row_names_rules() -> None:
    named = [rule for row in ROWS for rule in row.rules]
    assert sorted(named) == sorted(spec.id for spec in load(folder("policy_specs")))
    assert all(row.rules for row in ROWS)
