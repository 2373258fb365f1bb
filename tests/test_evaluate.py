"""The meaning of a rule, sentence by sentence, and the verdict on a request."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podsec_compile import ir
from podsec_compile.evaluate import (
    Request,
    at,
    elements,
    has_type,
    holds,
    identical,
    judge,
    place,
    places,
    same,
)
from podsec_compile.kinds import CONFIG_MAP, POD, Resource
from podsec_compile.normalize import FALSE, Violation, normalize
from strategies import ITEM, LABEL, ROOT, Given, as_pod, expressions, given_parameters, junk, objects

Spec = dict[str, Any]

FLAG = ir.Field(ROOT, ("spec", "flag"), "boolean")
WORD = ir.Field(ROOT, ("spec", "word"), "string")
COUNT = ir.Field(ROOT, ("spec", "count"), "number")
PORT = ir.Field(ROOT, ("spec", "port"), "any")
BOX = ir.Field(ROOT, ("spec", "box"), "map")
DEEP = ir.Field(ROOT, ("spec", "box", "word"), "string")
LIST = ir.Field(ROOT, ("spec", "words"), "list")
EACH = ir.Variable("word", (LIST,))
ELEMENT = ir.Field(EACH, (), "string")
ANY_ELEMENT = ir.Field(EACH, (), "any")

TRUE = ir.Constant(value=True)


def equal(field: ir.Field, value: ir.Scalar) -> ir.Expression:
    return ir.Equal(field, ir.Value(value))


def text(test: Any, value: str, field: ir.Field = WORD) -> ir.Expression:
    return ir.Text(field, test, ir.Value(value))


def compare(operator: Any, value: int, field: ir.Field = COUNT) -> ir.Expression:
    return ir.Compare(field, operator, ir.Value(value))


def true_of(node: ir.Expression, value: object, parameters: Given | None = None) -> bool:
    return holds(node, {ROOT: value}, parameters or {})


# --- a rule is a total function: it always answers, it never errors -----------------------------------------------


@settings(max_examples=500)
@given(expressions(with_parameters=True, with_versions=False), objects(wrong=1) | junk(), given_parameters())
def test_every_condition_answers_for_every_object(node: ir.Expression, value: object, parameters: Given) -> None:
    assert true_of(node, value, parameters) in (True, False)


@given(objects(wrong=1))
def test_judging_changes_nothing(value: Any) -> None:
    before = copy.deepcopy(value)
    places(normalize(ir.Some(ITEM, TRUE), FALSE, 37), ROOT, value, {})
    assert identical(value, before)


# --- a missing field, an explicit null and a missing parent are the same ------------------------------------------

ABSENT = {
    "no field": {"spec": {}},
    "null": {"spec": dict.fromkeys(("flag", "word", "count", "port", "box", "words"))},
    "no parent": {},
    "parent is null": {"spec": None},
    "parent is a text": {"spec": "flag"},
    "parent is a list": {"spec": [{"flag": True, "word": "a"}]},
    "no object": None,
}
FALSE_OF_ABSENT = {
    "present": ir.Present(WORD),
    "present, any type": ir.Present(PORT),
    "==": equal(WORD, ""),
    "== false": equal(FLAG, value=False),
    "== 0": equal(COUNT, 0),
    "in": ir.OneOf(WORD, ir.Values(("", "a"))),
    "<": compare("<", 1),
    "<=": compare("<=", 0),
    ">": compare(">", -1),
    ">=": compare(">=", 0),
    "prefix": text("prefix", ""),
    "suffix": text("suffix", ""),
    "part": text("part", ""),
    "regex": text("match", ""),
    "nested": equal(DEEP, ""),
    "any over nothing": ir.Some(EACH, TRUE),
}


@pytest.mark.parametrize("value", ABSENT.values(), ids=ABSENT)
@pytest.mark.parametrize("node", FALSE_OF_ABSENT.values(), ids=FALSE_OF_ABSENT)
def test_absent_is_false_and_its_plain_negation_true(node: ir.Expression, value: object) -> None:
    assert not true_of(node, value)
    assert true_of(ir.Not(node), value)


@pytest.mark.parametrize("value", ABSENT.values(), ids=ABSENT)
def test_all_over_nothing_is_true(value: object) -> None:
    assert true_of(ir.Every(EACH, FALSE), value)


@settings(max_examples=300)
@given(expressions(with_versions=False), objects())
def test_null_is_absent_everywhere(node: ir.Expression, value: object) -> None:
    assert true_of(node, value) == true_of(node, without_nulls(value))


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value if one is not None] if isinstance(value, list) else value


# --- a value of a type that the schema does not allow counts as absent --------------------------------------------

WRONG = {
    "flag: 1": (equal(FLAG, value=True), {"flag": 1}),
    "flag: 'true'": (equal(FLAG, value=True), {"flag": "true"}),
    "flag: 0": (equal(FLAG, value=False), {"flag": 0}),
    "flag: ''": (equal(FLAG, value=False), {"flag": ""}),
    "count: true": (equal(COUNT, 1), {"count": True}),
    "count: '1'": (equal(COUNT, 1), {"count": "1"}),
    "count: false < 1": (compare("<", 1), {"count": False}),
    "count: '2' > 1": (compare(">", 1), {"count": "2"}),
    "word: 1": (equal(WORD, "1"), {"word": 1}),
    "word: ['a'] contains a": (text("part", "a"), {"word": ["a"]}),
    "word: {}": (ir.Present(WORD), {"word": {}}),
    "box: []": (ir.Present(BOX), {"box": []}),
    "box: 'a'": (ir.Present(BOX), {"box": "a"}),
    "words: 'a'": (ir.Some(EACH, TRUE), {"words": "a"}),
    "words: {'a': 'b'}": (ir.Some(EACH, TRUE), {"words": {"a": "b"}}),
    "words: {}": (ir.Present(LIST), {"words": {}}),
    "words: [1]": (ir.Some(EACH, ir.Present(ELEMENT)), {"words": [1]}),
    "word in a text": (equal(DEEP, "a"), {"box": "a"}),
}


@pytest.mark.parametrize(("node", "spec"), WRONG.values(), ids=WRONG)
def test_a_value_of_another_type_is_absent(node: ir.Expression, spec: Spec) -> None:
    assert not true_of(node, {"spec": spec})


RIGHT = {
    "flag: true": (equal(FLAG, value=True), {"flag": True}),
    "flag: false": (equal(FLAG, value=False), {"flag": False}),
    "count: 1": (equal(COUNT, 1), {"count": 1}),
    "count: 1.0": (equal(COUNT, 1), {"count": 1.0}),
    "count: 1.5 > 1": (compare(">", 1), {"count": 1.5}),
    "count: 1 <= 1": (compare("<=", 1), {"count": 1}),
    "count: 1 >= 1": (compare(">=", 1), {"count": 1}),
    "count: 0 < 1": (compare("<", 1), {"count": 0}),
    "empty text is present": (ir.Present(WORD), {"word": ""}),
    "false is present": (ir.Present(FLAG), {"flag": False}),
    "0 is present": (ir.Present(COUNT), {"count": 0}),
    "empty list is present": (ir.Present(LIST), {"words": []}),
    "empty map is present": (ir.Present(BOX), {"box": {}}),
    "any: text": (equal(PORT, "http"), {"port": "http"}),
    "any: number": (equal(PORT, 80), {"port": 80}),
    "any: list is present": (ir.Present(PORT), {"port": []}),
    "one of": (ir.OneOf(WORD, ir.Values(("a", "b"))), {"word": "b"}),
    "prefix": (text("prefix", "ab"), {"word": "abc"}),
    "suffix": (text("suffix", "bc"), {"word": "abc"}),
    "part": (text("part", "b"), {"word": "abc"}),
    "regex finds": (text("match", "b"), {"word": "abc"}),
    "regex, anchored": (text("match", "^a.c$"), {"word": "abc"}),
}


@pytest.mark.parametrize(("node", "spec"), RIGHT.values(), ids=RIGHT)
def test_a_value_of_its_type_counts(node: ir.Expression, spec: Spec) -> None:
    assert true_of(node, {"spec": spec})


# --- true is not 1 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "right"), [(True, 1), (False, 0), (True, 1.0), ("1", 1), (None, 0), ("", None)])
def test_values_of_two_types_are_two_values(left: object, right: object) -> None:
    assert not same(left, right)
    assert not same(right, left)
    assert not identical({"a": [left]}, {"a": [right]})


def test_true_is_not_one_of_a_list_that_holds_1() -> None:
    assert not true_of(ir.OneOf(PORT, ir.Values((0, 1))), {"spec": {"port": True}})
    assert not true_of(equal(PORT, 1), {"spec": {"port": True}})
    assert not true_of(ir.OneOf(PORT, ir.Values((True,))), {"spec": {"port": 1}})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", ["", "a"]),
        ("number", [0, 1, -1.5]),
        ("boolean", [True, False]),
        ("list", [[], [1]]),
        ("map", [{}, {"a": 1}]),
    ],
)
def test_a_value_has_one_type_and_null_has_none(kind: ir.JsonType, values: list[object]) -> None:
    kinds: tuple[ir.JsonType, ...] = ("string", "number", "boolean", "list", "map")
    for value in values:
        assert [one for one in kinds if has_type(value, one)] == [kind]
        assert has_type(value, "any")
    assert not any(has_type(None, one) for one in (*kinds, "any"))


# --- elements -----------------------------------------------------------------------------------------------------


def test_null_elements_are_no_elements() -> None:
    assert elements(EACH, {ROOT: {"spec": {"words": [None, "a", None]}}}) == ["a"]
    assert not true_of(ir.Some(EACH, TRUE), {"spec": {"words": [None]}})
    assert true_of(ir.Every(EACH, equal(ELEMENT, "a")), {"spec": {"words": ["a", None]}})


def test_elements_of_another_type_are_elements_whose_value_is_absent() -> None:
    assert not true_of(ir.Every(EACH, equal(ELEMENT, "a")), {"spec": {"words": ["a", 1]}})
    assert true_of(ir.Some(EACH, ir.Not(equal(ELEMENT, "a"))), {"spec": {"words": [{}]}})


def test_entries_of_a_map_have_a_key_and_a_value_and_null_entries_are_none() -> None:
    value = {"metadata": {"labels": {"a": "1", "b": None, "c": 2}}}
    assert elements(LABEL, {ROOT: value}) == [{"key": "a", "value": "1"}, {"key": "c", "value": 2}]
    key = ir.Field(LABEL, ("key",), "string")
    assert true_of(ir.Some(LABEL, equal(key, "c")), value)
    assert not true_of(ir.Some(LABEL, equal(key, "b")), value)


def test_a_variable_runs_over_all_its_lists_in_order() -> None:
    spec = {"items": [{"name": "a"}], "spares": [{"name": "b"}]}
    assert elements(ITEM, {ROOT: {"spec": spec}}) == [{"name": "a"}, {"name": "b"}]
    assert elements(ITEM, {ROOT: {"spec": {**spec, "items": "a"}}}) == [{"name": "b"}]


# --- strings are compared byte for byte ---------------------------------------------------------------------------

DIFFERENT = {
    "case": ("ALL", "all"),
    "wildcard *": ("*", "anything"),
    "wildcard ?": ("?", "a"),
    "wildcard in the object": ("CHOWN", "*"),
    "quantity": ("1", "1000m"),
    "duration": ("1h", "60m"),
    "trailing space": ("a", "a "),
    "alternatives": ("a|b", "a"),
    "negation": ("!a", "b"),
    "range": ("1-3", "2"),
    "variable": ("{{ request }}", ""),
    "composed and decomposed": ("\u00e4", "a\u0308"),
    "newline": ("a", "a\n"),
}


@pytest.mark.parametrize(("said", "found"), DIFFERENT.values(), ids=DIFFERENT)
def test_strings_that_only_look_alike_differ(said: str, found: str) -> None:
    for node in (equal(WORD, said), ir.OneOf(WORD, ir.Values((said, "another")))):
        assert not true_of(node, {"spec": {"word": found}})
        assert true_of(node, {"spec": {"word": said}})


@pytest.mark.parametrize("test", ["prefix", "suffix", "part"])
def test_a_text_test_knows_no_pattern(test: Any) -> None:
    assert not true_of(text(test, ".*"), {"spec": {"word": "abc"}})
    assert true_of(text(test, ".*"), {"spec": {"word": ".*"}})
    assert not true_of(text(test, "A"), {"spec": {"word": "aaa"}})


# --- regular expressions are RE2 ----------------------------------------------------------------------------------

PATTERNS = [
    ("a$", "a\n", False),  # Python's re would match before the last newline
    (r"\d", "\u0663", False),  # Python's re knows digits of every script
    (r"^\w+$", "\u00e4", False),
    ("(?i)ALL", "all", True),
    ("^$", "", True),
    ("a.c", "a\nc", False),
    ("(?s)a.c", "a\nc", True),
    (r"\pL", "\u00e4", True),
    ("^.$", "\u00e4", True),
    (r"\Aab\z", "ab", True),
    ("b", "abc", True),
]


@pytest.mark.parametrize(("pattern", "value", "found"), PATTERNS, ids=lambda one: repr(one))
def test_a_regular_expression_is_read_as_re2_reads_it(pattern: str, value: str, found: bool) -> None:
    assert true_of(text("match", pattern), {"spec": {"word": value}}) == found


# --- two-valued logic ---------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.lists(expressions(depth=1, with_versions=False), max_size=3), objects())
def test_not_and_or_are_those_of_two_values(parts: list[ir.Expression], value: object) -> None:
    said = [true_of(part, value) for part in parts]
    assert true_of(ir.And(tuple(parts)), value) == all(said)
    assert true_of(ir.Or(tuple(parts)), value) == any(said)
    assert [true_of(ir.Not(part), value) for part in parts] == [not one for one in said]


@settings(max_examples=200)
@given(expressions((ROOT, ITEM), 2, with_versions=False), objects())
def test_every_is_not_some_not(body: ir.Expression, value: object) -> None:
    assert true_of(ir.Every(ITEM, body), value) == (not true_of(ir.Some(ITEM, ir.Not(body)), value))


def test_a_parameter_stands_for_its_value() -> None:
    word = ir.Parameter("word", "string", "a", "")
    words = ir.Parameter("words", "string", (), "")
    value = {"spec": {"word": "b"}}
    assert true_of(ir.Equal(WORD, word), value, {"word": "b"})
    assert not true_of(ir.Equal(WORD, word), value, {"word": "a"})
    assert true_of(ir.OneOf(WORD, words), value, {"words": ("a", "b")})
    assert not true_of(ir.OneOf(WORD, words), value, {"words": ()})
    assert true_of(ir.Text(WORD, "prefix", word), value, {"word": ""})


# --- places: what a message names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "named"),
    [
        ({"name": "web"}, "item web"),
        ({"name": ""}, "item (unnamed)"),
        ({"name": None}, "item (unnamed)"),
        ({"name": 1}, "item (unnamed)"),
        ({}, "item (unnamed)"),
        ("web", "item (unnamed)"),
        (["name"], "item (unnamed)"),
    ],
)
def test_an_element_is_named_by_its_name(element: object, named: str) -> None:
    assert place(ITEM, element) == named


def test_an_element_without_a_name_is_named_by_its_list() -> None:
    assert place(EACH, "a") == "spec.words"


def test_places_are_sorted_and_each_is_named_once() -> None:
    violation = normalize(ir.Or((ir.Some(ITEM, TRUE), equal(FLAG, value=True))), FALSE, 37)
    items = [{"name": "b"}, {"name": "a"}, {"name": "b"}, {}]
    found = places(violation, ROOT, {"spec": {"items": items, "flag": True}}, {})
    assert found == ("item (unnamed)", "item a", "item b", "spec.flag")


def test_what_is_exempt_has_no_places() -> None:
    violation = normalize(equal(FLAG, value=True), equal(WORD, "spared"), 37)
    assert places(violation, ROOT, {"spec": {"flag": True}}, {}) == ("spec.flag",)
    assert places(violation, ROOT, {"spec": {"flag": True, "word": "spared"}}, {}) == ()


# --- the verdict on a request -------------------------------------------------------------------------------------

BROKEN = normalize(equal(FLAG, value=True), FALSE, 37)
OFFENDS = ("spec.flag",)
KINDS = {
    "Pod": ("v1", ()),
    "PodTemplate": ("v1", ("template",)),
    "ReplicationController": ("v1", ("spec", "template")),
    "DaemonSet": ("apps/v1", ("spec", "template")),
    "Deployment": ("apps/v1", ("spec", "template")),
    "ReplicaSet": ("apps/v1", ("spec", "template")),
    "StatefulSet": ("apps/v1", ("spec", "template")),
    "Job": ("batch/v1", ("spec", "template")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template")),
}

every_kind = pytest.mark.parametrize("kind", KINDS)


def placed(kind: str, template: object, **own: Any) -> Spec:
    """Give an object of a kind with this pod template, and fields of its own."""
    api_version, path = KINDS[kind]
    body: Any = template
    for name in reversed(path):
        body = {name: body}
    return {**(body if isinstance(body, dict) else {}), **own, "apiVersion": api_version, "kind": kind}


def verdict(value: Spec, old: Spec | None = None, operation: str = "CREATE", by: Violation = BROKEN) -> tuple[str, ...]:
    return judge(by, POD, Request(value, old, operation), {})


def test_the_kinds_are_a_pod_and_the_eight_that_make_pods() -> None:
    assert {one.kind: (one.api_version, one.path) for one in POD.resources} == KINDS


@every_kind
@pytest.mark.parametrize("operation", ["", "CREATE", "UPDATE"])
def test_the_verdict_on_a_controller_is_that_of_its_template(kind: str, operation: str) -> None:
    assert verdict(placed(kind, {"spec": {"flag": True}}), None, operation) == OFFENDS
    assert verdict(placed(kind, {"spec": {"flag": False}}), None, operation) == ()


@every_kind
@pytest.mark.parametrize("template", [None, "flag", [], {}, {"spec": None}, {"spec": []}], ids=repr)
def test_a_template_of_any_type_is_judged_as_what_is_absent(kind: str, template: object) -> None:
    assert verdict(placed(kind, template)) == ()
    required = normalize(ir.Not(equal(FLAG, value=True)), FALSE, 37)
    assert verdict(placed(kind, template), by=required) == OFFENDS


@every_kind
def test_what_stands_outside_of_the_template_is_not_the_pods(kind: str) -> None:
    if KINDS[kind][1]:
        assert verdict({**placed(kind, {}), "flag": True}) == ()
        assert verdict({"apiVersion": KINDS[kind][0], "kind": kind, "spec": {"flag": True}}) == ()


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT", "create", "PATCH"])
@every_kind
def test_every_other_operation_is_admitted(kind: str, operation: str) -> None:
    value = placed(kind, {"spec": {"flag": True}})
    assert verdict(value, None, operation) == ()
    assert verdict(value, {}, operation) == ()


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("v1", "Deployment"),
        ("apps/v1", "Pod"),
        ("apps/v1beta1", "Deployment"),
        ("batch/v1beta1", "CronJob"),
        ("example.com/v1", "Pod"),
        ("v1", "pod"),
        (None, "Pod"),
        ("v1", None),
        (["v1"], {"Pod": 1}),
    ],
    ids=repr,
)
def test_an_object_of_another_kind_is_admitted(api_version: object, kind: object) -> None:
    spec = {"flag": True, "template": {"spec": {"flag": True}}}
    assert verdict({"apiVersion": api_version, "kind": kind, "spec": spec}) == ()


def test_an_object_without_kind_or_version_is_admitted() -> None:
    assert verdict({"spec": {"flag": True}}) == ()
    assert verdict({}) == ()


def test_a_rule_over_another_kind_does_not_judge_pods() -> None:
    root = ir.Variable("configMap")
    violation = normalize(ir.Present(ir.Field(root, ("data", "a"), "string")), FALSE, 37)
    data = {"data": {"a": "b"}}
    config_map: Spec = {"apiVersion": "v1", "kind": "ConfigMap", **data}
    assert judge(violation, CONFIG_MAP, Request(config_map, None, "CREATE"), {}) == ("data.a",)
    assert judge(violation, CONFIG_MAP, Request(as_pod(data), None, "CREATE"), {}) == ()


# --- an UPDATE ----------------------------------------------------------------------------------------------------


@every_kind
def test_an_update_that_leaves_what_the_rule_reads_is_admitted(kind: str) -> None:
    old = placed(kind, {"spec": {"flag": True, "word": "a"}, "metadata": {"labels": {}}})
    new = placed(
        kind,
        {"spec": {"flag": True, "word": "b", "count": 1}, "metadata": {"labels": {"x": "y"}, "finalizers": []}},
        status={"phase": "Running"},
    )
    assert verdict(new, old, "UPDATE") == ()


@every_kind
@pytest.mark.parametrize("old", [{"spec": {"flag": False}}, {"spec": {}}, {}, {"spec": {"flag": 1}}], ids=repr)
def test_an_update_that_changes_what_the_rule_reads_is_judged(kind: str, old: Spec) -> None:
    assert verdict(placed(kind, {"spec": {"flag": True}}), placed(kind, old), "UPDATE") == OFFENDS


def item(name: str, **own: Any) -> Spec:
    return {"name": name, **own}


FLAGGED = normalize(ir.Some(ITEM, equal(ir.Field(ITEM, ("flag",), "boolean"), value=True)), FALSE, 37)


@pytest.mark.parametrize(
    "items",
    [
        [item("old", flag=True), item("new")],
        [item("old", flag=True, word="a")],
        [item("old", flag=True), item("new", flag=True)],
        [item("old", flag=True), None],
    ],
    ids=["another element", "another field", "another violation", "a null"],
)
def test_a_changed_object_is_judged_in_full_however_it_was_before(items: list[Any]) -> None:
    old = as_pod({"spec": {"items": [item("old", flag=True)]}})
    assert "item old" in verdict(as_pod({"spec": {"items": items}}), old, "UPDATE", FLAGGED)
    assert verdict(old, old, "UPDATE", FLAGGED) == ()


def test_a_debug_container_is_judged() -> None:
    old = as_pod({"spec": {"items": [item("app")]}})
    new = as_pod({"spec": {"items": [item("app")], "spares": [item("debugger", flag=True)]}})
    assert verdict(new, old, "UPDATE", FLAGGED) == ("item debugger",)


def test_missing_and_null_are_the_same_also_before_and_after() -> None:
    old = as_pod({"spec": {"items": [item("a", flag=True)], "spares": None}})
    new = as_pod({"spec": {"items": [item("a", flag=True)]}})
    assert verdict(new, old, "UPDATE", FLAGGED) == ()


def test_true_in_the_place_of_1_is_a_change() -> None:
    assert verdict(as_pod({"spec": {"flag": True}}), as_pod({"spec": {"flag": 1}}), "UPDATE") == OFFENDS


def test_what_exempts_is_read_as_well() -> None:
    violation = normalize(equal(FLAG, value=True), equal(WORD, "spared"), 37)
    spared, caught = as_pod({"spec": {"flag": True, "word": "spared"}}), as_pod({"spec": {"flag": True}})
    assert verdict(caught, spared, "UPDATE", violation) == OFFENDS
    assert verdict(spared, caught, "UPDATE", violation) == ()
    assert verdict(caught, caught, "UPDATE", violation) == ()


def test_only_an_update_is_spared_by_what_was() -> None:
    value = as_pod({"spec": {"flag": True}})
    for operation in ("CREATE", ""):
        assert verdict(value, value, operation) == OFFENDS
    assert verdict(value, None, "UPDATE") == OFFENDS


@settings(max_examples=300)
@given(expressions(depth=3), objects(), objects())
def test_an_update_is_admitted_unchanged_or_judged_as_if_it_were_new(
    broken: ir.Expression, new: object, old: object
) -> None:
    violation = normalize(broken, FALSE, 37)
    unchanged = all(identical(at(new, path), at(old, path)) for path in violation.reads)
    created = verdict(as_pod(new), None, "CREATE", violation)
    assert verdict(as_pod(new), as_pod(old), "UPDATE", violation) == (() if unchanged else created)
    assert verdict(as_pod(new), as_pod(new), "UPDATE", violation) == ()


@given(junk(), junk())
def test_identical_is_an_equivalence_of_json(left: Any, right: Any) -> None:
    assert identical(left, copy.deepcopy(left))
    assert identical(left, right) == identical(right, left)
    assert identical({"a": left}, {"a": right}) == identical(left, right) == identical([left], [right])


def test_resources_know_their_version() -> None:
    assert Resource("", "v1", "Pod").api_version == "v1"
    assert Resource("apps", "v1", "Deployment").api_version == "apps/v1"
