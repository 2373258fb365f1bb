"""One condition a row, and how each language says it; a language that cannot say it refuses.

Every node of `ir` is here, as it is and negated: a test at the end asks the union of nodes itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from podsec_compile import ir
from podsec_compile.languages import Unsupported, jmespath, rego
from podsec_compile.normalize import FALSE, TRUE, Clause, Violation, normalize
from strategies import COUNT, ITEM, LABEL, MARK, PIECE, ROOT, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST = 37

flag = ir.Field(ROOT, ("spec", "flag"), "boolean")
word = ir.Field(ROOT, ("spec", "word"), "string")
count = ir.Field(ROOT, ("spec", "count"), "number")
port = ir.Field(ROOT, ("spec", "port"), "any")
box = ir.Field(ROOT, ("spec", "box"), "map")
words = ir.Field(ROOT, ("spec", "words"), "list")
label = ir.Field(ROOT, ("metadata", "labels", "a.io/b"), "string")
item_flag, item_word = ir.Field(ITEM, ("flag",), "boolean"), ir.Field(ITEM, ("word",), "string")
piece_flag = ir.Field(PIECE, ("flag",), "boolean")
element, number = ir.Field(WORD, (), "string"), ir.Field(COUNT, (), "number")
key, value = ir.Field(LABEL, ("key",), "string"), ir.Field(LABEL, ("value",), "string")
marked = ir.Field(MARK, ("value",), "number")
allowed = ir.Parameter("allowed", "string", ("a",), "Words.")
limit = ir.Parameter("limit", "number", 1, "A number.")
start = ir.Parameter("start", "string", "a", "A word.")


def equal(field: ir.Field, to: ir.Scalar) -> ir.Expression:
    return ir.Equal(field, ir.Value(to))


def compare(field: ir.Field, operator: Any, to: int) -> ir.Expression:
    return ir.Compare(field, operator, ir.Value(to))


def text(test: Any, to: str) -> ir.Expression:
    return ir.Text(word, test, ir.Value(to))


on, is_a = equal(flag, to=True), equal(word, "a")
item_on, item_is_a, piece_on = equal(item_flag, to=True), equal(item_word, "a"), equal(piece_flag, to=True)
no_parameter = Unsupported("JMESPath", "a parameter")


@dataclass(frozen=True)
class Row:
    """A condition; its definitions in Rego, joined by `or`; its clauses in JMESPath."""

    node: ir.Expression
    rego: str
    jmespath: str | Unsupported


ROWS = {
    # present
    "boolean present": Row(
        ir.Present(flag), "is_boolean(pod.spec.flag)", "type(spec.flag) == 'boolean' && 'spec.flag'"
    ),
    "boolean absent": Row(
        ir.Not(ir.Present(flag)),
        'not is_boolean(at(pod, ["spec", "flag"]))',
        "type(spec.flag) != 'boolean' && 'spec.flag'",
    ),
    "string present": Row(ir.Present(word), "is_string(pod.spec.word)", "type(spec.word) == 'string' && 'spec.word'"),
    "string absent": Row(
        ir.Not(ir.Present(word)),
        'not is_string(at(pod, ["spec", "word"]))',
        "type(spec.word) != 'string' && 'spec.word'",
    ),
    "number present": Row(
        ir.Present(count), "is_number(pod.spec.count)", "type(spec.count) == 'number' && 'spec.count'"
    ),
    "number absent": Row(
        ir.Not(ir.Present(count)),
        'not is_number(at(pod, ["spec", "count"]))',
        "type(spec.count) != 'number' && 'spec.count'",
    ),
    "anything present": Row(ir.Present(port), "pod.spec.port != null", "spec.port != `null` && 'spec.port'"),
    "anything absent": Row(
        ir.Not(ir.Present(port)), 'not at(pod, ["spec", "port"]) != null', "spec.port == `null` && 'spec.port'"
    ),
    "map present": Row(ir.Present(box), "is_object(pod.spec.box)", "type(spec.box) == 'object' && 'spec.box'"),
    "map absent": Row(
        ir.Not(ir.Present(box)), 'not is_object(at(pod, ["spec", "box"]))', "type(spec.box) != 'object' && 'spec.box'"
    ),
    "list present": Row(ir.Present(words), "is_array(pod.spec.words)", "type(spec.words) == 'array' && 'spec.words'"),
    "list absent": Row(
        ir.Not(ir.Present(words)),
        'not is_array(at(pod, ["spec", "words"]))',
        "type(spec.words) != 'array' && 'spec.words'",
    ),
    # equal
    "is true": Row(on, "pod.spec.flag == true", "spec.flag == `true` && 'spec.flag'"),
    "is not true": Row(ir.Not(on), "not pod.spec.flag == true", "spec.flag != `true` && 'spec.flag'"),
    "is a text": Row(is_a, 'pod.spec.word == "a"', "spec.word == 'a' && 'spec.word'"),
    "is not a text": Row(ir.Not(is_a), 'not pod.spec.word == "a"', "spec.word != 'a' && 'spec.word'"),
    "is a number": Row(equal(count, 1), "pod.spec.count == 1", "spec.count == `1` && 'spec.count'"),
    "is not a number": Row(ir.Not(equal(count, 1)), "not pod.spec.count == 1", "spec.count != `1` && 'spec.count'"),
    "is what a parameter says": Row(ir.Equal(count, limit), "pod.spec.count == params.limit", no_parameter),
    "is not what a parameter says": Row(
        ir.Not(ir.Equal(count, limit)), "not pod.spec.count == params.limit", no_parameter
    ),
    "hostile key and text": Row(
        equal(label, "x'{{y}}"),
        'pod.metadata.labels["a.io/b"] == "x\'{{y}}"',
        r'metadata.labels."a.io/b" == `"x\u0027\u007b\u007by\u007d\u007d"`' " && 'metadata.labels.a.io/b'",
    ),
    # one of
    "one of": Row(
        ir.OneOf(word, ir.Values(("a", "b"))),
        'pod.spec.word in {"a", "b"}',
        """contains(`["a", "b"]`, spec.word) && 'spec.word'""",
    ),
    "none of": Row(
        ir.Not(ir.OneOf(word, ir.Values(("a", "b")))),
        'not at(pod, ["spec", "word"]) in {"a", "b"}',
        """!contains(`["a", "b"]`, spec.word) && 'spec.word'""",
    ),
    "one of a parameter": Row(ir.OneOf(word, allowed), "pod.spec.word in params.allowed", no_parameter),
    "none of a parameter": Row(
        ir.Not(ir.OneOf(word, allowed)), 'not at(pod, ["spec", "word"]) in params.allowed', no_parameter
    ),
    # compare
    **{
        f"{name}{operator}": Row(
            compare(count, operator, 1) if not name else ir.Not(compare(count, inverse, 1)),
            ('not is_number(at(pod, ["spec", "count"])) or ' if name else "")
            + f"is_number(pod.spec.count); pod.spec.count {operator} 1",
            ("type(spec.count) != 'number' && 'spec.count', " if name else "")
            + f"spec.count {operator} `1` && 'spec.count'",
        )
        for name in ("", "absent or ")
        for operator, inverse in (("<", ">="), ("<=", ">"), (">", "<="), (">=", "<"))
    },
    "< a parameter": Row(
        ir.Compare(count, "<", limit), "is_number(pod.spec.count); pod.spec.count < params.limit", no_parameter
    ),
    "a number where anything may stand": Row(
        ir.Not(compare(replace(port, type="number"), "<", 1)),
        'not is_number(at(pod, ["spec", "port"])) or is_number(pod.spec.port); pod.spec.port >= 1',
        "type(spec.port) != 'number' && 'spec.port', spec.port >= `1` && 'spec.port'",
    ),
    # text
    **{
        name: Row(
            ir.Not(node) if negated else node,
            f'not {function}(at(pod, ["spec", "word"]), "a")' if negated else f'{function}(pod.spec.word, "a")',
            f"!(type(spec.word) == 'string' && {other}(spec.word, 'a')) && 'spec.word'"
            if negated
            else f"type(spec.word) == 'string' && {other}(spec.word, 'a') && 'spec.word'",
        )
        for function, other, says in (
            ("startswith", "starts_with", "prefix"),
            ("endswith", "ends_with", "suffix"),
            ("contains", "contains", "part"),
        )
        for negated in (False, True)
        for name, node in ((f"{'no ' if negated else ''}{says}", text(says, "a")),)
    },
    "match": Row(
        text("match", "^a$"),
        'regex.match("^a$", pod.spec.word)',
        r"""type(spec.word) == 'string' && regex_match(`"^a\u0024"`, spec.word) && 'spec.word'""",
    ),
    "no match": Row(
        ir.Not(text("match", "^a$")),
        'not regex.match("^a$", at(pod, ["spec", "word"]))',
        r"""!(type(spec.word) == 'string' && regex_match(`"^a\u0024"`, spec.word)) && 'spec.word'""",
    ),
    "prefix of a parameter": Row(
        ir.Text(word, "prefix", start), "startswith(pod.spec.word, params.start)", no_parameter
    ),
    "no prefix of a parameter": Row(
        ir.Not(ir.Text(word, "prefix", start)),
        'not startswith(at(pod, ["spec", "word"]), params.start)',
        no_parameter,
    ),
    "under": Row(
        text("under", "a"),
        'under(pod.spec.word, "a")',
        "type(spec.word) == 'string' && (spec.word == 'a' || starts_with(spec.word, 'a/')) && 'spec.word'",
    ),
    "not under": Row(
        ir.Not(text("under", "a")),
        'not under(at(pod, ["spec", "word"]), "a")',
        "!(type(spec.word) == 'string' && (spec.word == 'a' || starts_with(spec.word, 'a/'))) && 'spec.word'",
    ),
    "one of several parts": Row(
        ir.Text(word, "part", ir.Values(("a", "b"))),
        'some text in ["a", "b"]; contains(pod.spec.word, text)',
        "type(spec.word) == 'string' && (contains(spec.word, 'a') || contains(spec.word, 'b')) && 'spec.word'",
    ),
    "none of several patterns": Row(
        ir.Not(ir.Text(word, "match", ir.Values(("a", "b")))),
        'every pattern in ["a", "b"] { not regex.match(pattern, at(pod, ["spec", "word"])) }',
        "!(type(spec.word) == 'string' && (regex_match('a', spec.word) || regex_match('b', spec.word))) "
        "&& 'spec.word'",
    ),
    "under one of a parameter": Row(
        ir.Text(word, "under", allowed), "some text in params.allowed; under(pod.spec.word, text)", no_parameter
    ),
    "under none of a parameter": Row(
        ir.Not(ir.Text(word, "under", allowed)),
        'every text in params.allowed { not under(at(pod, ["spec", "word"]), text) }',
        no_parameter,
    ),
    # not, and, or
    "and": Row(
        ir.And((on, is_a)),
        'pod.spec.flag == true; pod.spec.word == "a"',
        """(spec.flag == `true` && spec.word == 'a') && `["spec.flag", "spec.word"]`""",
    ),
    "not and": Row(
        ir.Not(ir.And((on, is_a))),
        'not pod.spec.flag == true or not pod.spec.word == "a"',
        "spec.flag != `true` && 'spec.flag', spec.word != 'a' && 'spec.word'",
    ),
    "or": Row(
        ir.Or((on, is_a)),
        'pod.spec.flag == true or pod.spec.word == "a"',
        "spec.flag == `true` && 'spec.flag', spec.word == 'a' && 'spec.word'",
    ),
    "not or": Row(
        ir.Not(ir.Or((on, is_a))),
        'not pod.spec.flag == true; not pod.spec.word == "a"',
        """(spec.flag != `true` && spec.word != 'a') && `["spec.flag", "spec.word"]`""",
    ),
    "not not": Row(ir.Not(ir.Not(on)), "pod.spec.flag == true", "spec.flag == `true` && 'spec.flag'"),
    "or below and": Row(
        ir.And((ir.Present(word), ir.Or((on, is_a)))),
        "is_string(pod.spec.word); alternative_1",
        "(type(spec.word) == 'string' && (spec.flag == `true` || spec.word == 'a')) "
        '&& `["spec.flag", "spec.word"]`',
    ),
    # some, every
    "an element is": Row(
        ir.Some(WORD, equal(element, "a")),
        'some word in elements(pod, ["spec", "words"]); word == "a"',
        "( spec.words[*] | [?@ == 'a'] .['spec.words'] | [0] )",
    ),
    "no element is": Row(
        ir.Not(ir.Some(WORD, equal(element, "a"))),
        'not "a" in elements(pod, ["spec", "words"])',
        "!(spec.words[?@ == 'a']) && 'spec.words'",
    ),
    "some": Row(
        ir.Some(ITEM, item_on), "some item in items; item.flag == true", "( ITEMS | [?flag == `true`] .NAME )"
    ),
    "not some": Row(
        ir.Not(ir.Some(ITEM, item_on)),
        "every item in items { not item.flag == true }",
        '(!(ITEMS | [?flag == `true`])) && `["spec.items", "spec.spares"]`',
    ),
    "every": Row(
        ir.Every(ITEM, item_on),
        "every item in items { item.flag == true }",
        '(!(ITEMS | [?!(flag == `true`)])) && `["spec.items", "spec.spares"]`',
    ),
    "not every": Row(
        ir.Not(ir.Every(ITEM, item_on)),
        "some item in items; not item.flag == true",
        "( ITEMS | [?flag != `true`] .NAME )",
    ),
    "any element at all": Row(ir.Some(ITEM, TRUE), "some item in items", "( ITEMS | [?`true`] .NAME )"),
    "no element at all": Row(
        ir.Not(ir.Some(ITEM, TRUE)),
        "count(items) == 0",
        '(!(ITEMS | [?!(`false`)])) && `["spec.items", "spec.spares"]`',
    ),
    "an element without elements": Row(
        ir.Some(ITEM, ir.And((item_on, ir.Not(ir.Some(COUNT, TRUE))))),
        'some item in items; item.flag == true; count(elements(item, ["counts"])) == 0',
        "( ITEMS | [?flag == `true` && !(counts[?!(`false`)])] .NAME )",
    ),
    "some of some": Row(
        ir.Some(ITEM, ir.Some(PIECE, piece_on)),
        'some item in items; some piece in elements(item, ["box", "pieces"]); piece.flag == true',
        "( ITEMS | [?box.pieces[?flag == `true`]] .[join('', [NAME, ' ']), box.pieces[?flag == `true`]"
        ".join(' ', ['piece', type(word) == 'string' && word || '(unnamed)'])] "
        """| [*].join('', [[0], join(join('', [`"\\u0001"`, [0]]), [1])]) """
        """| split(join(`"\\u0001"`, not_null(@, `[]`)), `"\\u0001"`) )""",
    ),
    "some of every": Row(
        ir.Some(ITEM, ir.Every(PIECE, piece_on)),
        'some item in items; every piece in elements(item, ["box", "pieces"]) { piece.flag == true }',
        "( ITEMS | [?!(box.pieces[?!(flag == `true`)])] .NAME )",
    ),
    "every of some": Row(
        ir.Every(ITEM, ir.Some(PIECE, piece_on)),
        'every item in items { some piece in elements(item, ["box", "pieces"]) piece.flag == true }',
        '(!(ITEMS | [?!(box.pieces[?flag == `true`])])) && `["spec.items", "spec.spares"]`',
    ),
    "or below some": Row(
        ir.Some(ITEM, ir.Or((item_on, item_is_a))),
        'some item in items; item.flag == true or some item in items; item.word == "a"',
        "( ITEMS | [?flag == `true` || word == 'a'] .NAME )",
    ),
    "a number in a list of an element": Row(
        ir.Some(ITEM, ir.Some(COUNT, equal(number, 1))),
        'some item in items; 1 in elements(item, ["counts"])',
        "( ITEMS | [?counts[?@ == `1`]] .NAME )",
    ),
    "no such number in a list of an element": Row(
        ir.Some(ITEM, ir.Not(ir.Some(COUNT, equal(number, 1)))),
        'some item in items; not 1 in elements(item, ["counts"])',
        "( ITEMS | [?!(counts[?@ == `1`])] .NAME )",
    ),
    "the object below some": Row(
        ir.Some(ITEM, ir.And((on, item_on))),
        "pod.spec.flag == true; some item in items; item.flag == true",
        "spec.flag == `true` && ( ITEMS | [?flag == `true`] .NAME )",
    ),
    "an entry of a map": Row(
        ir.Some(LABEL, ir.And((equal(key, "a"), equal(value, "b")))),
        'some label in entries(pod, ["metadata", "labels"]); label.key == "a"; label.value == "b"',
        "( items((type(metadata.labels) == 'object' && metadata.labels || `{}`), 'key', 'value')[?value != `null`] "
        "| [?key == 'a' && value == 'b'] "
        ".join(' ', ['label', type(key) == 'string' && key || '(unnamed)']) )",
    ),
    "an entry of a map of an element": Row(
        ir.Some(ITEM, ir.Some(MARK, compare(marked, ">", 1))),
        'some item in items; some mark in entries(item, ["marks"]); is_number(mark.value); mark.value > 1',
        "( ITEMS | [?items((type(marks) == 'object' && marks || `{}`), 'key', 'value')[?value != `null`] "
        "| [?value > `1`]] .NAME )",
    ),
    # constants, versions
    "true": Row(ir.And((TRUE, on)), "pod.spec.flag == true", "spec.flag == `true` && 'spec.flag'"),
    "not false": Row(ir.And((ir.Not(FALSE), on)), "pod.spec.flag == true", "spec.flag == `true` && 'spec.flag'"),
    "since then": Row(ir.Since(25, on), "pod.spec.flag == true", "spec.flag == `true` && 'spec.flag'"),
    "not since then": Row(ir.Not(ir.Since(25, on)), "not pod.spec.flag == true", "spec.flag != `true` && 'spec.flag'"),
    "since later": Row(ir.Or((ir.Since(99, on), is_a)), 'pod.spec.word == "a"', "spec.word == 'a' && 'spec.word'"),
}  # fmt: skip

_ITEMS = "spec.[items[*], spares[*]][]"
_NAME = "join(' ', ['item', type(name) == 'string' && name || '(unnamed)'])"


def one_line(text_: str) -> str:
    return " ".join(text_.split())


def in_rego(node: ir.Expression) -> str:
    """Give the definitions of what offends, without what they name."""
    bodies = []
    for definition in rego.render(normalize(node, FALSE, NEWEST), ROOT).places:
        body = re.sub(r"^places contains .+? if ", "", definition, count=1)
        if body.startswith("{\n"):
            lines = [line[1:] for line in body.split("\n")[1:-1] if not line.startswith("\tsome named in [")]
            body = re.sub(r"\n(?![\t}])", "; ", "\n".join(lines))
        bodies.append(one_line(re.sub(r"(?<=\{);", "", body)))
    return " or ".join(bodies)


def in_jmespath(node: ir.Expression) -> str:
    """Give the clauses, with the lists of the made-up items and their naming in short."""
    text_ = one_line(jmespath.render(normalize(node, FALSE, NEWEST), ROOT))
    clauses, bracket, _ = text_.removeprefix("[ ").partition(" ][]")
    assert bracket
    return clauses.replace(_ITEMS, "ITEMS").replace(_NAME, "NAME")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_in_rego(row: Row) -> None:
    assert in_rego(row.node) == row.rego


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_in_jmespath(row: Row) -> None:
    if isinstance(row.jmespath, str):
        assert in_jmespath(row.node) == row.jmespath
    else:
        with pytest.raises(Unsupported, match=r'JMESPath cannot say the parameter "\w+": a ClusterPolicy has none'):
            in_jmespath(row.node)


# --- nothing is missing -------------------------------------------------------------------------------------------


def inside(node: ir.Expression, *, negated: bool = False) -> Iterator[tuple[ir.Expression, bool]]:
    """Give every node of a condition, and whether it stands below an odd number of negations."""
    yield node, negated
    match node:
        case ir.Not(part):
            yield from inside(part, negated=not negated)
        case ir.And(parts) | ir.Or(parts):
            for part in parts:
                yield from inside(part, negated=negated)
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            yield from inside(body, negated=negated)


SAID = [found for row in ROWS.values() for found in inside(row.node)]


@pytest.mark.parametrize("negated", [False, True], ids=["as it is", "negated"])
@pytest.mark.parametrize("node", get_args(ir.Expression), ids=lambda one: one.__name__)
def test_the_table_holds_the_node(node: type, negated: bool) -> None:
    assert any(isinstance(found, node) and below == negated for found, below in SAID)


def arguments(node: type, field: str) -> tuple[Any, ...]:
    """Give the values that a field of a node may have, from its annotation."""
    return get_args(eval(node.__annotations__[field], vars(ir)))  # noqa: S307  # our own annotations


@pytest.mark.parametrize("negated", [False, True], ids=["as it is", "negated"])
def test_the_table_holds_every_kind_of_every_atom(negated: bool) -> None:
    found = [node for node, below in SAID if below == negated]
    assert {one.operator for one in found if isinstance(one, ir.Compare)} == {*arguments(ir.Compare, "operator")}
    assert {one.test for one in found if isinstance(one, ir.Text)} == {*arguments(ir.Text, "test")}
    assert {one.field.type for one in found if isinstance(one, ir.Present)} == {*get_args(ir.JsonType)}
    assert {type(one.to) for one in found if isinstance(one, ir.Equal)} == {*arguments(ir.Equal, "to")}
    assert {type(one.to) for one in found if isinstance(one, ir.Text)} == {*arguments(ir.Text, "to")}
    assert {type(one.among) for one in found if isinstance(one, ir.OneOf)} == {*arguments(ir.OneOf, "among")}


def test_a_node_that_no_language_knows_is_an_error_in_each() -> None:
    violation = Violation(FALSE, (Clause(ir.Since(25, on)),), ())
    for render in (lambda: rego.render(violation, ROOT), lambda: jmespath.render(violation, ROOT)):
        with pytest.raises(AssertionError, match="versions are settled"):
            render()


# --- what stands around the conditions ----------------------------------------------------------------------------


def test_the_lists_of_an_element_are_defined_once() -> None:
    twice = ir.Or((ir.Some(ITEM, item_on), ir.And((on, ir.Some(ITEM, item_is_a)))))
    (definition,) = rego.render(normalize(twice, FALSE, NEWEST), ROOT).parts
    assert definition.startswith("items := [item |")
    for list_ in ITEM.lists:
        assert rego.quote(list_.path) in definition


def test_no_name_is_declared_twice_in_one_definition() -> None:
    both = ir.And((ir.Some(ITEM, item_on), ir.Some(ITEM, item_is_a)))
    for definition in rego.render(normalize(both, FALSE, NEWEST), ROOT).places:
        declared = re.findall(r"\bsome (\w+) in", definition)
        assert len(declared) == len(set(declared)), definition


def test_an_alternative_of_an_element_is_a_function_of_it() -> None:
    either = ir.Some(ITEM, ir.And((ir.Present(item_word), ir.Or((item_on, item_is_a)))))
    parts = rego.render(normalize(either, FALSE, NEWEST), ROOT).parts
    assert 'alternative_1(item) if item.flag == true\n\nalternative_1(item) if item.word == "a"' in parts


def test_alternatives_within_alternatives_have_names_of_their_own() -> None:
    inner = ir.And((equal(count, 1), ir.Or((equal(word, "b"), ir.Not(on)))))
    parts = rego.render(normalize(ir.And((ir.Present(flag), ir.Or((is_a, inner)))), FALSE, NEWEST), ROOT).parts
    names = [set(re.findall(r"^alternative_\d+", part, flags=re.MULTILINE)) for part in parts]
    assert names == [{"alternative_1"}, {"alternative_2"}]


def test_what_is_exempt_is_said_beside_it() -> None:
    violation = normalize(on, ir.Or((is_a, equal(count, 1))), NEWEST)
    assert rego.render(violation, ROOT).exempt == ['exempt if pod.spec.word == "a"', "exempt if pod.spec.count == 1"]
    text_ = one_line(jmespath.render(violation, ROOT))
    assert text_.startswith("!(spec.word == 'a' || spec.count == `1`) && ([ spec.flag == `true` && 'spec.flag' ][]")
    assert text_.endswith(") || `[]`")


def test_nothing_exempt_says_nothing() -> None:
    violation = normalize(on, FALSE, NEWEST)
    assert rego.render(violation, ROOT).exempt == []
    assert "`[]`" not in jmespath.render(violation, ROOT)


def test_a_rule_that_nothing_breaks_is_still_whole_in_jmespath() -> None:
    assert not one_line(jmespath.render(normalize(FALSE, FALSE, NEWEST), ROOT)).startswith("[ ]")


def test_a_rule_that_everything_breaks_names_something_in_jmespath() -> None:
    always = jmespath.render(normalize(ir.Not(ir.OneOf(word, ir.Values(()))), FALSE, NEWEST), ROOT)
    assert " && `[]`" not in always
    assert not re.search(r"\[\s*&&", always)


def test_what_a_rule_reads_is_compared_before_and_after() -> None:
    text_ = jmespath.unchanged("template", [("spec", "items"), ("metadata", "labels")])
    assert "object, oldObject" in text_
    assert "[spec.items, metadata.labels]" in text_
    assert text_.endswith("| [0] == [1]")
