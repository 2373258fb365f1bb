"""From the few lines that a rule states to whole objects of every kind."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from podsec_compile import schema
from podsec_compile.cases import (
    CONTAINER_LISTS,
    Case,
    document,
    laid_over,
    placements,
    pod_with,
    reviews,
    slug,
    unique,
    update,
    wrapped,
)
from podsec_compile.evaluate import at, identical
from podsec_compile.kinds import POD, SUBJECTS, Resource, Subject
from shipped import IDS, SPECS
from strategies import junk

every_rule = pytest.mark.parametrize("spec", SPECS, ids=IDS)
json_objects = st.dictionaries(st.text(max_size=3), st.recursive(junk(), lambda one: st.lists(one, max_size=2)))


def container_case(**container: Any) -> Case:
    return Case("a", "bad", pod_with("a", [{"name": "app", **container}]), {"name": "app", **container})


@given(json_objects)
def test_a_document_reads_back_as_what_it_was(value: dict[str, Any]) -> None:
    assert identical(yaml.safe_load(document(value)), value)


@pytest.mark.parametrize("text", ["y", "N", "yes", "off", "1e3", "1_000", "0o17", "0b1", "0x1", ".5", "~", "=", "1:30"])
def test_a_text_that_some_yaml_reads_as_another_type_is_quoted(text: str) -> None:
    value = document({"a": text}).removeprefix("a: ").rstrip("\n")
    assert value[0] in "'\"", value


@given(json_objects, json_objects)
def test_what_is_laid_over_wins_and_changes_neither(below: dict[str, Any], above: dict[str, Any]) -> None:
    joined = laid_over(below, above)
    assert set(joined) == {*below, *above}
    for key, value in above.items():
        if not (isinstance(value, dict) and isinstance(below.get(key), dict)):
            assert identical(joined[key], value)
    assert identical(laid_over(joined, above), joined)


def test_maps_are_joined_and_lists_replaced() -> None:
    below = {"spec": {"a": 1, "list": [1, 2]}, "kind": "Pod"}
    assert laid_over(below, {"spec": {"b": 2, "list": [3]}}) == {"spec": {"a": 1, "b": 2, "list": [3]}, "kind": "Pod"}


def test_a_container_is_placed_in_each_list_beside_a_good_one() -> None:
    found = dict(placements(container_case(tty=True), container_case(tty=False)))
    assert tuple(found) == CONTAINER_LISTS
    for group, pod in found.items():
        (subject,) = [one for one in pod["spec"][group] if one["name"] == "subject"]
        assert subject["tty"]
        names = [one["name"] for name in CONTAINER_LISTS for one in pod["spec"].get(name, [])]
        assert sorted(names) == ["beside", "subject"]


def test_a_case_of_the_whole_pod_is_not_placed() -> None:
    whole = Case("a", "bad", pod_with("a", []))
    assert placements(whole, container_case()) == []
    assert placements(container_case(), None) == []


@pytest.mark.parametrize("resource", POD.resources, ids=lambda one: one.kind)
@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.subject is POD], ids=lambda one: one.id)
def test_a_wrapped_pod_is_the_template(spec: Any, resource: Resource) -> None:
    for case in spec.cases:
        found = wrapped(case.object, resource)
        assert (found["apiVersion"], found["kind"]) == (resource.api_version, resource.kind)
        template: Any = at(found, resource.path)
        own = {key: value for key, value in template["spec"].items() if key in case.object["spec"]}
        assert identical(own, case.object["spec"])
        assert schema.unknown_field("PodSpec", template["spec"]) is None


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda one: one.name)
def test_what_is_no_pod_becomes_the_kind_asked_for(subject: Subject) -> None:
    for resource in subject.resources:
        if not resource.path:
            first = subject.resources[0]
            whole = {"apiVersion": first.api_version, "kind": first.kind, "metadata": {"name": "a"}, "spec": {"b": 1}}
            assert wrapped(whole, resource) == {**whole, "apiVersion": resource.api_version, "kind": resource.kind}


@every_rule
def test_a_rule_has_an_update_and_its_last_kind_among_its_reviews(spec: Any) -> None:
    found = reviews(spec)
    assert len({one.name for one in found}) >= len(spec.cases)
    assert any(one.old is not None for one in found)
    assert any(one.new["kind"] == spec.subject.resources[-1].kind for one in found)


def test_an_update_names_both_objects() -> None:
    old, new = pod_with("a", []), pod_with("a", [{"name": "b"}])
    request = update(new, old, "ephemeralcontainers")["request"]
    assert (request["operation"], request["object"], request["oldObject"]) == ("UPDATE", new, old)
    assert (request["subResource"], request["kind"]["kind"]) == ("ephemeralcontainers", "Pod")
    assert "subResource" not in update(new, old)["request"]


def test_an_update_names_the_resource_by_its_plural() -> None:
    for subject in SUBJECTS.values():
        for resource in subject.resources:
            one = wrapped(pod_with("a", []), resource)
            assert update(one, one)["request"]["resource"]["resource"] == resource.plurals[0]


@given(st.text())
def test_a_slug_is_part_of_a_kubernetes_name(text: str) -> None:
    assert set(slug(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(text).strip("-") == slug(text) != ""


@given(st.lists(st.text("ab-", min_size=1, max_size=80).map(slug), max_size=8))
def test_names_are_made_unique_within_63_characters(titles: list[str]) -> None:
    taken: set[str] = set()
    found = [unique(title, taken) for title in titles]
    assert len(set(found)) == len(found)
    assert all(len(one) <= len("x" * 63) and one.strip("-") == one for one in found)
