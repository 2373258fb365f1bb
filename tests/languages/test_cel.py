"""The CEL column of the table in test_expressions.py: how CEL says each condition."""

from __future__ import annotations

import re

import pytest
from test_expressions import NEWEST, ROWS, allowed, equal, flag, is_a, item_is_a, item_on, item_word, on, one_line, word

from podsec_compile import ir
from podsec_compile.binding import parameters
from podsec_compile.errors import PodsecError
from podsec_compile.kinds import CONFIG_MAP, POD
from podsec_compile.languages import cel
from podsec_compile.normalize import FALSE, TRUE, Clause, Violation, normalize
from strategies import ITEM, LABEL, ROOT

_NAME = """.optMap(name, type(name) == string && name != "" ? name : "(unnamed)") .orValue("(unnamed)")"""


def in_cel(node: ir.Expression) -> str:
    """Give the list of what offends; the object, the naming of elements and the test for numbers in short."""
    found = cel.render(normalize(node, FALSE, NEWEST), POD, parameters(node), "variables.params").variables["places"]
    text = one_line(found).replace("variables.pod.", "pod.").replace(_NAME, ".NAME")
    text = re.sub(r"type\((\S+)\) == int \|\| type\(\1\) == double", r"NUMBER \1", text)
    text = re.sub(r"type\((\S+)\) != int && type\(\1\) != double", r"NO NUMBER \1", text)
    text = re.sub(r"(?<=[(\[]) | (?=[)\]])", "", text)
    return text.replace('.map(item, "item " + item.?name .NAME)', ".NAMED")


CEL = {
    "boolean present": '(type(pod.?spec.?flag.orValue(null)) == bool ? ["spec.flag"] : [])',
    "boolean absent": '(type(pod.?spec.?flag.orValue(null)) != bool ? ["spec.flag"] : [])',
    "string present": '(type(pod.?spec.?word.orValue(null)) == string ? ["spec.word"] : [])',
    "string absent": '(type(pod.?spec.?word.orValue(null)) != string ? ["spec.word"] : [])',
    "number present": '(pod.?spec.?count.optMap(value, NUMBER value).orValue(false) ? ["spec.count"] : [])',
    "number absent": '(pod.?spec.?count.optMap(value, NO NUMBER value).orValue(true) ? ["spec.count"] : [])',
    "anything present": '(pod.?spec.?port.orValue(null) != null ? ["spec.port"] : [])',
    "anything absent": '(pod.?spec.?port.orValue(null) == null ? ["spec.port"] : [])',
    "map present": '(type(pod.?spec.?box.orValue(null)) == map ? ["spec.box"] : [])',
    "map absent": '(type(pod.?spec.?box.orValue(null)) != map ? ["spec.box"] : [])',
    "list present": '(type(pod.?spec.?words.orValue(null)) == list ? ["spec.words"] : [])',
    "list absent": '(type(pod.?spec.?words.orValue(null)) != list ? ["spec.words"] : [])',
    "is true": '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : [])',
    "is not true": '(pod.?spec.?flag.orValue(null) != true ? ["spec.flag"] : [])',
    "is a text": '(pod.?spec.?word.orValue(null) == "a" ? ["spec.word"] : [])',
    "is not a text": '(pod.?spec.?word.orValue(null) != "a" ? ["spec.word"] : [])',
    "is a number": '(pod.?spec.?count.orValue(null) == 1 ? ["spec.count"] : [])',
    "is not a number": '(pod.?spec.?count.orValue(null) != 1 ? ["spec.count"] : [])',
    "is what a parameter says": '(pod.?spec.?count.orValue(null) == variables.limit ? ["spec.count"] : [])',
    "is not what a parameter says": '(pod.?spec.?count.orValue(null) != variables.limit ? ["spec.count"] : [])',
    "hostile key and text": (
        '(pod.?metadata.?labels[?"a.io/b"].orValue(dyn(null)) == "x\'{{y}}" ? ["metadata.labels.a.io/b"] : [])'
    ),
    "one of": '(pod.?spec.?word.orValue(null) in ["a", "b"] ? ["spec.word"] : [])',
    "none of": '(!(pod.?spec.?word.orValue(null) in ["a", "b"]) ? ["spec.word"] : [])',
    "one of a parameter": '(pod.?spec.?word.orValue(null) in variables.allowed ? ["spec.word"] : [])',
    "none of a parameter": '(!(pod.?spec.?word.orValue(null) in variables.allowed) ? ["spec.word"] : [])',
    "<": ('(pod.?spec.?count.optMap(value, (NUMBER value) && value < 1).orValue(false) ? ["spec.count"] : [])'),
    "<=": ('(pod.?spec.?count.optMap(value, (NUMBER value) && value <= 1).orValue(false) ? ["spec.count"] : [])'),
    ">": ('(pod.?spec.?count.optMap(value, (NUMBER value) && value > 1).orValue(false) ? ["spec.count"] : [])'),
    ">=": ('(pod.?spec.?count.optMap(value, (NUMBER value) && value >= 1).orValue(false) ? ["spec.count"] : [])'),
    "absent or <": (
        '(pod.?spec.?count.optMap(value, NO NUMBER value).orValue(true) ? ["spec.count"] : []) + '
        "(pod.?spec.?count.optMap(value, (NUMBER value) && value < 1).orValue(false) ? "
        '["spec.count"] : [])'
    ),
    "absent or <=": (
        '(pod.?spec.?count.optMap(value, NO NUMBER value).orValue(true) ? ["spec.count"] : []) + '
        "(pod.?spec.?count.optMap(value, (NUMBER value) && value <= 1).orValue(false) ? "
        '["spec.count"] : [])'
    ),
    "absent or >": (
        '(pod.?spec.?count.optMap(value, NO NUMBER value).orValue(true) ? ["spec.count"] : []) + '
        "(pod.?spec.?count.optMap(value, (NUMBER value) && value > 1).orValue(false) ? "
        '["spec.count"] : [])'
    ),
    "absent or >=": (
        '(pod.?spec.?count.optMap(value, NO NUMBER value).orValue(true) ? ["spec.count"] : []) + '
        "(pod.?spec.?count.optMap(value, (NUMBER value) && value >= 1).orValue(false) ? "
        '["spec.count"] : [])'
    ),
    "< a parameter": (
        "(pod.?spec.?count.optMap(value, (NUMBER value) && value < variables.limit).orValue(false) ? "
        '["spec.count"] : [])'
    ),
    "a number where anything may stand": (
        '(pod.?spec.?port.optMap(value, NO NUMBER value).orValue(true) ? ["spec.port"] : []) + '
        '(pod.?spec.?port.optMap(value, (NUMBER value) && value >= 1).orValue(false) ? ["spec.port"] '
        ": [])"
    ),
    "prefix": (
        "(pod.?spec.?word.optMap(value, type(value) == string && "
        'value.startsWith("a")).orValue(false) ? ["spec.word"] : [])'
    ),
    "no prefix": (
        "(pod.?spec.?word.optMap(value, type(value) != string || "
        '!value.startsWith("a")).orValue(true) ? ["spec.word"] : [])'
    ),
    "suffix": (
        '(pod.?spec.?word.optMap(value, type(value) == string && value.endsWith("a")).orValue(false) '
        '? ["spec.word"] : [])'
    ),
    "no suffix": (
        '(pod.?spec.?word.optMap(value, type(value) != string || !value.endsWith("a")).orValue(true) '
        '? ["spec.word"] : [])'
    ),
    "part": (
        '(pod.?spec.?word.optMap(value, type(value) == string && value.contains("a")).orValue(false) '
        '? ["spec.word"] : [])'
    ),
    "no part": (
        '(pod.?spec.?word.optMap(value, type(value) != string || !value.contains("a")).orValue(true) '
        '? ["spec.word"] : [])'
    ),
    "match": (
        "(pod.?spec.?word.optMap(value, type(value) == string && "
        'value.matches("^a$")).orValue(false) ? ["spec.word"] : [])'
    ),
    "no match": (
        "(pod.?spec.?word.optMap(value, type(value) != string || "
        '!value.matches("^a$")).orValue(true) ? ["spec.word"] : [])'
    ),
    "prefix of a parameter": (
        "(pod.?spec.?word.optMap(value, type(value) == string && "
        'value.startsWith(variables.start)).orValue(false) ? ["spec.word"] : [])'
    ),
    "no prefix of a parameter": (
        "(pod.?spec.?word.optMap(value, type(value) != string || "
        '!value.startsWith(variables.start)).orValue(true) ? ["spec.word"] : [])'
    ),
    "under": (
        "(pod.?spec.?word.optMap(value, type(value) == string && "
        '(value == "a" || value.startsWith("a/"))).orValue(false) ? ["spec.word"] : [])'
    ),
    "not under": (
        "(pod.?spec.?word.optMap(value, type(value) != string || "
        '!(value == "a" || value.startsWith("a/"))).orValue(true) ? ["spec.word"] : [])'
    ),
    "one of several parts": (
        "(pod.?spec.?word.optMap(value, type(value) == string && "
        '["a", "b"].exists(text, value.contains(text))).orValue(false) ? ["spec.word"] : [])'
    ),
    "none of several patterns": (
        "(pod.?spec.?word.optMap(value, type(value) != string || "
        '!(value.matches("a") || value.matches("b"))).orValue(true) ? ["spec.word"] : [])'
    ),
    "under one of a parameter": (
        "(pod.?spec.?word.optMap(value, type(value) == string && variables.allowed.exists(text, "
        '(value == text || value.startsWith(text + "/")))).orValue(false) ? ["spec.word"] : [])'
    ),
    "under none of a parameter": (
        "(pod.?spec.?word.optMap(value, type(value) != string || !variables.allowed.exists(text, "
        '(value == text || value.startsWith(text + "/")))).orValue(true) ? ["spec.word"] : [])'
    ),
    "and": (
        '(pod.?spec.?flag.orValue(null) == true && pod.?spec.?word.orValue(null) == "a" ? '
        '["spec.flag", "spec.word"] : [])'
    ),
    "not and": (
        '(pod.?spec.?flag.orValue(null) != true ? ["spec.flag"] : []) + '
        '(pod.?spec.?word.orValue(null) != "a" ? ["spec.word"] : [])'
    ),
    "or": (
        '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : []) + '
        '(pod.?spec.?word.orValue(null) == "a" ? ["spec.word"] : [])'
    ),
    "not or": (
        '(pod.?spec.?flag.orValue(null) != true && pod.?spec.?word.orValue(null) != "a" ? '
        '["spec.flag", "spec.word"] : [])'
    ),
    "not not": '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : [])',
    "or below and": (
        "(type(pod.?spec.?word.orValue(null)) == string && (pod.?spec.?flag.orValue(null) == true || "
        'pod.?spec.?word.orValue(null) == "a") ? ["spec.flag", "spec.word"] : [])'
    ),
    "an element is": '("a" in variables.words ? ["spec.words"] : [])',
    "no element is": '(!("a" in variables.words) ? ["spec.words"] : [])',
    "some": "variables.items .filter(item, item.?flag.orValue(null) == true) .NAMED",
    "not some": ('(variables.items.all(item, item.?flag.orValue(null) != true) ? ["spec.items", "spec.spares"] : [])'),
    "every": ('(variables.items.all(item, item.?flag.orValue(null) == true) ? ["spec.items", "spec.spares"] : [])'),
    "not every": "variables.items .filter(item, item.?flag.orValue(null) != true) .NAMED",
    "any element at all": "variables.items .NAMED",
    "no element at all": '(variables.items.size() == 0 ? ["spec.items", "spec.spares"] : [])',
    "an element without elements": (
        "variables.items .filter(item, item.?flag.orValue(null) == true && item.?counts.optMap(counts, "
        "type(counts) != list || counts.all(count, count == null)).orValue(true)) .NAMED"
    ),
    "some of some": (
        "variables.items .map(item, item.?box.?pieces .optMap(listed, type(listed) == list ? "
        "listed.filter(piece, piece != null) : []) .orValue([]) .filter(piece, piece.?flag.orValue(null) == true) "
        '.map(piece, "item " + item.?name .NAME + " piece " + piece.?word .NAME)) .flatten()'
    ),
    "some of every": (
        "variables.items .filter(item, item.?box.?pieces.optMap(pieces, type(pieces) != list || "
        "pieces.all(piece, piece == null || piece.?flag.orValue(null) == true)).orValue(true)) .NAMED"
    ),
    "every of some": (
        "(variables.items.all(item, item.?box.?pieces.optMap(pieces, type(pieces) == list && "
        'pieces.exists(piece, piece.?flag.orValue(null) == true)).orValue(false)) ? ["spec.items", '
        '"spec.spares"] : [])'
    ),
    "or below some": (
        'variables.items .filter(item, item.?flag.orValue(null) == true || item.?word.orValue(null) == "a") .NAMED'
    ),
    "a number in a list of an element": (
        "variables.items .filter(item, item.?counts.optMap(counts, type(counts) == list && 1 in "
        "counts).orValue(false)) .NAMED"
    ),
    "no such number in a list of an element": (
        "variables.items .filter(item, item.?counts.optMap(counts, type(counts) != list || !(1 in "
        "counts)).orValue(true)) .NAMED"
    ),
    "the object below some": (
        "(pod.?spec.?flag.orValue(null) == true ? variables.items .filter(item, "
        "item.?flag.orValue(null) == true) .NAMED : [])"
    ),
    "an entry of a map": (
        'variables.labels .filter(label, label == "a" && variables.labels[label] == "b") .map(label, '
        '"label " + (label == "" ? "(unnamed)" : label))'
    ),
    "an entry of a map of an element": (
        "variables.items .filter(item, item.?marks.optMap(marks, type(marks) == map && "
        "marks.exists(mark, (NUMBER marks[mark]) && marks[mark] > 1)).orValue(false)) .NAMED"
    ),
    "true": '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : [])',
    "not false": '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : [])',
    "since then": '(pod.?spec.?flag.orValue(null) == true ? ["spec.flag"] : [])',
    "not since then": '(pod.?spec.?flag.orValue(null) != true ? ["spec.flag"] : [])',
    "since later": '(pod.?spec.?word.orValue(null) == "a" ? ["spec.word"] : [])',
}


@pytest.mark.parametrize("name", ROWS)
def test_in_cel(name: str) -> None:
    assert in_cel(ROWS[name].node) == CEL[name]


def test_the_column_has_a_text_for_each_row() -> None:
    assert CEL.keys() == ROWS.keys()


def rendered(broken: ir.Expression, exempt: ir.Expression = FALSE) -> cel.Cel:
    return cel.render(normalize(broken, exempt, NEWEST), POD, parameters(broken), "variables.params")


def test_a_node_that_cel_does_not_know_is_an_error() -> None:
    with pytest.raises(AssertionError, match="versions are settled"):
        cel.render(Violation(FALSE, (Clause(ir.Since(25, on)),), ()), POD)


def test_one_list_of_the_entries_of_several_maps_is_refused() -> None:
    both = ir.Variable("entry", tuple(ir.Field(ROOT, ("spec", name), "map") for name in ("a", "b")), "key")
    with pytest.raises(PodsecError, match="one list of the entries of several maps"):
        rendered(ir.Some(both, TRUE))


def test_a_key_that_only_has_to_be_there_is_asked_for_nothing_and_a_part_of_an_image_whether_it_is() -> None:
    is_key = ir.Present(ir.Field(LABEL, ("key",), "string"))
    listed = rendered(ir.Some(LABEL, is_key)).variables["places"]
    assert "  .filter(label, variables.labels[label] != null)\n" in listed
    part = ir.ImagePart(ROOT, ("spec", "word"), "string", "digest")
    assert rendered(ir.Present(part)).variables["places"].count(").hasValue()") == 1
    assert "hasValue" not in rendered(ir.Not(ir.Present(part))).variables["places"]


def test_the_lists_of_the_object_are_variables_said_once() -> None:
    twice = ir.Or((ir.Some(ITEM, item_on), ir.And((on, ir.Some(ITEM, item_is_a)))))
    variables = rendered(twice).variables
    assert list(variables) == ["pod", "items", "places"]
    assert variables["places"].count("variables.items") == 2


def test_what_some_or_every_element_is_asked_is_asked_in_one_loop() -> None:
    either = ir.And((on, ir.Or((is_a, ir.Some(ITEM, item_on), ir.Some(ITEM, item_is_a)))))
    assert rendered(is_a, either).variables["exempt"].count(".exists(") == 1


def test_what_is_exempt_is_a_variable_and_nothing_exempt_is_none() -> None:
    exempting = rendered(on, is_a)
    assert exempting.variables["exempt"] == 'variables.pod.?spec.?word.orValue(null) == "a"'
    assert exempting.kept == "variables.exempt || variables.places.size() == 0"
    assert rendered(on).kept == "variables.places.size() == 0"
    assert "exempt" not in rendered(on).variables


def test_a_rule_that_nothing_or_everything_breaks_is_still_a_list_of_texts() -> None:
    assert rendered(FALSE).variables["places"] == '[""].filter(place, false)'
    always = cel.render(Violation(FALSE, (Clause(TRUE),), ()), POD)
    assert always.variables["places"] == '["pod"]'


@pytest.mark.parametrize("name", ["in", "null", "params", "pod", "places", "object", "string", "items"])
def test_a_parameter_and_a_list_have_names_that_nothing_else_has(name: str) -> None:
    parameter = ir.Parameter(name, "string", ("a",), "")
    variables = rendered(ir.Some(ITEM, ir.And((item_on, ir.Not(ir.OneOf(item_word, parameter)))))).variables
    assert len(variables) == 4
    (given,) = (one for one, text in variables.items() if text.startswith("variables.params"))
    assert given in (name, f"{name}_")
    assert re.fullmatch(r"[A-Za-z_]\w*", given)
    assert f"variables.{given})" in variables["places"]
    assert given not in ("in", "null", "params")


def test_a_loop_never_hides_what_its_body_mentions() -> None:
    hidden = ir.Variable("variables", (ir.Field(ROOT, ("spec", "list"), "list"),), "name")
    text = rendered(ir.Some(hidden, ir.OneOf(ir.Field(hidden, ("type",), "string"), allowed))).variables["places"]
    assert "(variables," not in text
    assert "in variables.allowed" in text


def test_an_update_compares_what_a_rule_reads() -> None:
    text = one_line(rendered(ir.And((on, ir.Some(LABEL, TRUE)))).changed)
    assert text.startswith('request.operation != "UPDATE" || dyn([object, oldObject])')
    assert "pod.?spec.?flag.orValue(null), pod.?metadata.?labels.orValue(null)" in text
    assert text.endswith(".distinct().size() > 1")


def test_an_object_that_is_no_controller_is_judged_itself() -> None:
    root = ir.Variable("configMap")
    found = cel.render(normalize(equal(ir.Field(root, ("immutable",), "boolean"), to=True), FALSE, NEWEST), CONFIG_MAP)
    assert found.variables["configMap"] == "dyn(object)"
    assert "kind" not in found.changed


def test_a_message_is_one_line() -> None:
    assert cel.message("a\r\nb\n", "\u2028") == (
        '"a b "\n+ variables.places.distinct().sort().join(", ")\n+ "\\u2028"'
    )  # fmt: skip


def test_every_shipped_line_can_be_read() -> None:
    long = rendered(ir.And((is_a, equal(flag, to=True), ir.OneOf(word, ir.Values(tuple("abcdefghij" * 3))))))
    for text in long.variables.values():
        assert max(map(len, text.split("\n"))) <= 110
