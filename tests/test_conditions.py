"""What a rule file may write, and what it may not: nothing that Python runs by itself becomes part of a rule."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from podsec_compile import dsl, ir
from podsec_compile.dsl import Rule, before, each_container, param, since, some
from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from podsec_compile.conditions import Condition

pod: Any = dsl.pod  # what these tests write, a type checker refuses as well
container: Any = each_container
flag, text, number = pod.spec.hostPID, pod.spec.hostname, pod.spec.priority
quantity = container.resources.limits["cpu"]
texts, numbers = container.command, pod.spec.securityContext.supplementalGroups
labels, ports = pod.metadata.labels, container.ports
condition, other = flag.is_true(), text == "a"
words = param.strings("words", ["a"], help="Words.")
word = param.string("word", "a", help="A word.")
count = param.number("count", 1, help="A count.")
counts = param.numbers("counts", [1], help="Counts.")

Misuse = Callable[[], object]


def loop() -> None:
    for _ in texts:
        pass


def branch() -> str:
    match text:
        case "a":
            return "never"
    return "by Python"


MISUSES: dict[str, tuple[Misuse, str]] = {
    # what Python decides at once
    "and": (lambda: condition and other, "write & for and"),
    "or": (lambda: condition or other, "write & for and"),
    "not": (lambda: not condition, "write & for and"),
    "not of a field": (lambda: not flag, "write & for and"),
    "if": (lambda: 1 if condition else 2, "write & for and"),
    "if of a field": (lambda: 1 if text else 2, "write & for and"),
    "bool": (lambda: bool(condition), "write & for and"),
    "any": (lambda: any([condition, other]), "write & for and"),
    "all": (lambda: all([condition, other]), "write & for and"),
    "chained comparison": (lambda: 1 < number < 3, "a < x < b as (x > a) & (x < b)"),
    "chained equality": (lambda: text == "a" != text, "write & for and"),
    "field in a list": (lambda: text in ["a", "b"], "write & for and"),
    "field not in a list": (lambda: text not in ["a", "b"], "write & for and"),
    "value in a field": (lambda: "a" in texts, ".contains(...) or .one_of(...)"),
    "value in a condition": (lambda: "a" in condition, ".contains(...) or .one_of(...)"),
    "match": (branch, "write & for and"),
    "loop": (loop, ".each"),
    "unpacking": (lambda: [*texts], ".each"),
    "list": (lambda: list(texts), ".each"),
    "comprehension": (lambda: [one for one in numbers], ".each"),  # noqa: C416  # the misuse itself
    "len": (lambda: len(texts), ".is_empty()"),
    "len of a string": (lambda: len(text), ".is_empty()"),
    # what Python turns into text
    "f-string of a field": (lambda: f"{text}", "names the places by itself"),
    "f-string of a condition": (lambda: f"{condition}", "names the places by itself"),
    "format": (lambda: "{}".format(text), "names the places by itself"),  # noqa: UP032  # the misuse itself
    "% of a condition": (lambda: "%s" % condition, "names the places by itself"),  # noqa: UP031
    "str of a condition": (lambda: str(condition), "names the places by itself"),
    # what cannot be compared
    "== of two fields": (lambda: text == pod.spec.subdomain, "hostname is compared with pod.spec.subdomain"),
    "< of two fields": (lambda: number < pod.spec.terminationGracePeriodSeconds, "priority is compared with"),
    "== of two conditions": (lambda: condition == other, "(a & b) | (~a & ~b)"),
    "!= of two conditions": (lambda: condition != other, "(a & b) | (~a & ~b)"),
    "== of an object": (lambda: pod.spec.securityContext == 1, "no single value"),
    "!= of an object": (lambda: pod.spec.securityContext != {}, "no single value"),
    "== of a list": (lambda: texts == ["a"], "no single value"),
    "!= of a list": (lambda: texts != [], "no single value"),
    "== of a map": (lambda: labels == {"a": "b"}, "no single value"),
    "== None": (lambda: text == None, ".is_absent()"),  # noqa: E711
    "!= None": (lambda: flag != None, ".is_absent()"),  # noqa: E711
    "one_of None": (lambda: text.one_of("a", None), ".is_absent()"),
    # literals of another type than the field's
    "flag == 1": (lambda: flag == 1, "is a boolean and is compared with the number 1"),
    "flag == 'true'": (lambda: flag == "true", "is a boolean and is compared with the string 'true'"),
    "number == True": (lambda: number == True, "is a number and is compared with the boolean True"),  # noqa: E712
    "number == '1'": (lambda: number == "1", "is a number and is compared with the string '1'"),
    "number < True": (lambda: number < True, "is a number and is compared with the boolean True"),
    "number >= '1'": (lambda: number >= "1", "is a number and is compared with the string '1'"),
    "text == 1": (lambda: text == 1, "is a string and is compared with the number 1"),
    "text == False": (lambda: text == False, "is a string and is compared with the boolean False"),  # noqa: E712
    "text == bytes": (lambda: text == b"a", "no string, whole number or boolean"),
    "number == 1.5": (lambda: number == 1.5, "no string, whole number or boolean"),
    "text == []": (lambda: text == [], "no string, whole number or boolean"),
    "text.starts_with(1)": (lambda: text.starts_with(1), "compared with the number 1"),
    "text.contains(True)": (lambda: text.contains(True), "compared with the boolean True"),
    "texts.contains(1)": (lambda: texts.contains(1), "compared with the number 1"),
    "numbers.subset_of('1')": (lambda: numbers.subset_of("1"), "compared with the string '1'"),
    "one_of of mixed types": (lambda: text.one_of("a", 1), "compared with the number 1"),
    "one_of of a nested list": (lambda: text.one_of(["a"], ["b"]), "no string, whole number or boolean"),
    "one_of of a set": (lambda: text.one_of({"a", "b"}), "use a tuple or a list"),
    "one_of of a frozenset": (lambda: text.one_of(frozenset("ab")), "use a tuple or a list"),
    "one_of of a generator": (lambda: text.one_of(one for one in "ab"), "no string, whole number or boolean"),
    "absent_or of a set": (lambda: text.absent_or({"a"}), "use a tuple or a list"),
    "subset_of of a set": (lambda: texts.subset_of({"a"}), "use a tuple or a list"),
    # a field of any type: what is asked decides what may be given
    "quantity < string": (lambda: quantity < "500m", "'500m'"),
    "quantity > True": (lambda: quantity > True, "True"),
    "quantity.starts_with(5)": (lambda: quantity.starts_with(5), "5"),
    "quantity < parameter of strings": (lambda: quantity < word, "word"),
    "quantity.ends_with(number parameter)": (lambda: quantity.ends_with(count), "count"),
    # parameters
    "text == list parameter": (lambda: text == words, "write .one_of(...)"),
    "text.one_of(single parameter)": (lambda: text.one_of(word), "write == instead"),
    "number == string parameter": (lambda: number == word, "is a number and is compared with the string"),
    "text == number parameter": (lambda: text == count, "is a string and is compared with the number"),
    "number.one_of(string parameter)": (lambda: number.one_of(words), 'parameter "words" lists strings'),
    "text.one_of(number parameter)": (lambda: text.one_of(counts), 'parameter "counts" lists numbers'),
    "matches of a parameter": (lambda: text.matches(word), "a regular expression is a string"),
    "parameter of a set": (lambda: param.strings("x", {"a", "b"}, help=""), "use a tuple or a list"),  # type: ignore[arg-type]
    "parameter of one text": (lambda: param.strings("x", "abc", help=""), "'abc'"),  # type: ignore[arg-type]
    "parameter of wrong items": (lambda: param.numbers("x", ["a"], help=""), "is a number"),  # type: ignore[list-item]
    "number parameter of True": (lambda: param.number("x", True, help=""), "is a number"),
    "string parameter of None": (lambda: param.string("x", None, help=""), "None"),  # type: ignore[arg-type]
    "parameter with a bad name": (lambda: param.string("my-word", "a", help=""), "camel case"),
    # text and numbers that no engine takes
    "half of a surrogate pair": (lambda: text == "\ud800", "half of a surrogate pair"),
    "half of a surrogate pair as key": (lambda: labels["\udfff"], "half of a surrogate pair"),
    "half of a surrogate pair in a pattern": (lambda: text.matches("\ud800"), "half of a surrogate pair"),
    "half of a surrogate pair in a parameter": (
        lambda: param.strings("x", ["\ud800"], help=""),
        "half of a surrogate pair",
    ),
    "too large a number": (lambda: number == 2**53 + 1, "too large"),
    "too small a number": (lambda: number > -(2**53) - 1, "too large"),
    "too large a number in a list": (lambda: number.one_of(1, 2**60), "too large"),
    "too large a default": (lambda: param.number("x", 2**60, help=""), "too large"),
    "look-ahead": (lambda: text.matches("a(?=b)"), "RE2 has no look-around"),
    "back-reference": (lambda: text.matches(r"(a)\1"), "RE2 has no look-around"),
    "unclosed bracket": (lambda: text.matches("[a"), "no RE2 regular expression"),
    "what C++ has and Go has not": (lambda: text.matches(r"\C"), "no RE2 regular expression"),
    "pattern that is none": (lambda: text.matches(None), "a regular expression is a string"),
    "key that is no string": (lambda: labels[1], "a key of pod.metadata.labels is a string"),
    # & | ~ with what is no condition
    "precedence of & over ==": (lambda: (text == "a") & number == 2, "(a == 1) & (b == 2)"),
    "precedence of & over two ==": (lambda: text == "a" & number == 2, "(a == 1) & (b == 2)"),
    "precedence of | over two ==": (lambda: number == 1 | number == 2, "(a == 1) & (b == 2)"),
    "precedence of & over two flags": (lambda: flag == True & flag == True, "(a == 1) & (b == 2)"),  # noqa: E712
    "condition & field": (lambda: condition & flag, "is a field, not a condition"),
    "condition | True": (lambda: condition | True, "expected a condition, got bool True"),
    "True & condition": (lambda: True & condition, "expected a condition, got bool True"),
    "field & field": (lambda: flag & pod.spec.hostIPC, "is a field, not a condition"),
    "~ field": (lambda: ~flag, "is a field, not a condition"),
    "condition | is None": (lambda: condition | (text is None), "expected a condition, got bool False"),
    "some of a field": (lambda: some(flag), "is a field, not a condition"),
    "some without an element": (lambda: some(condition), "needs a condition over an .each"),
    "since of a bool": (lambda: since("1.25", True), "expected a condition, got bool True"),  # type: ignore[arg-type]
    "since without a version": (lambda: since("now", condition), 'write "1.25"'),
    "since a version to come": (lambda: since("1.99", condition), "up to 1.37"),
    "since a number, which is another version": (lambda: since(1.30, condition), 'write "1.25"'),  # type: ignore[arg-type]
    # names
    "misspelt field": (lambda: pod.spec.hostNetwrk, 'did you mean "hostNetwork"?'),
    "misspelt nested field": (lambda: ports.each.hostPrt, 'did you mean "hostPort"?'),
    "contains of a list of objects": (lambda: ports.contains("a"), "use some(condition over .each)"),
    "field of a list": (lambda: ports.hostPort, ".each"),
    "index of a list": (lambda: ports[0], ".each"),
    "key of a map as attribute": (lambda: labels.app, '["app"]'),
    "an operator spelt as Python has it": (lambda: text.endswith("x"), 'did you mean "ends_with"?'),
    "an operator of another type": (lambda: text.is_true(), 'is a string and has no "is_true"'),
    "an unknown operator of a flag": (lambda: flag.zzz(), "it has absent_or, is_absent"),
    # hashing compares with ==
    "field in a set": (lambda: {flag}, ""),
    "condition as key": (lambda: {condition: 1}, ""),
}


@pytest.mark.parametrize(("misuse", "advice"), MISUSES.values(), ids=MISUSES)
def test_is_refused_with_advice(misuse: Misuse, advice: str) -> None:
    with pytest.raises(PodsecError) as refused:
        misuse()
    assert advice in str(refused.value)


def test_what_python_compared_itself_is_no_meaning() -> None:
    never: Any = flag is None
    with pytest.raises(PodsecError, match="require is a condition, not False") as refused:
        Rule(title="t", level="l", remedy="r", require=never, good={"a": ""}, bad={"b": ""})
    assert refused.value.hint == "a field needs .is_set(), == ... or the like"


@pytest.mark.parametrize("sources", ["PSS", dsl.pss("x"), [1], ["x"]], ids=repr)
def test_sources_are_a_list_of_sources(sources: Any) -> None:
    with pytest.raises(PodsecError, match="source"):
        Rule(title="t", level="l", remedy="r", sources=sources, require=condition, good={"a": ""}, bad={"b": ""})


@pytest.mark.parametrize("missing", ["title", "level", "remedy"])
@pytest.mark.parametrize("value", ["", "  ", None, 1], ids=repr)
def test_a_rule_says_its_title_level_and_remedy(missing: str, value: Any) -> None:
    given: dict[str, Any] = {"title": "t", "level": "l", "remedy": "r", missing: value}
    with pytest.raises(PodsecError, match=f"{missing} is a text"):
        Rule(**given, require=condition, good={"a": ""}, bad={"b": ""})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"severity": "hihg"}, 'did you mean "high"?'),
        ({"level": "Base line"}, "is no name"),
        ({"introduced": "2.0"}, "no version of Kubernetes"),
        ({"introduced": "1.99"}, "no version of Kubernetes"),
        ({"good": {}}, "at least one good case"),
        ({"bad": {}}, "at least one bad case"),
        ({"bad": ["x"]}, "bad is a dict"),
        ({"bad": {"x": {}}}, "bad is a dict"),
        ({"good": {1: "x"}}, "good is a dict"),
        ({"forbid": condition}, "exactly one of require and forbid"),
        ({"require": None}, "exactly one of require and forbid"),
        ({"exempt": True}, "exempt is a condition, not True"),
        ({"exempt": flag}, "exempt is a condition"),
        ({"title": "\ud800"}, "half of a surrogate pair"),
    ],
    ids=repr,
)
def test_a_wrong_part_of_a_rule_is_refused(wrong: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"title": "t", "level": "l", "remedy": "r", "require": condition}
    with pytest.raises(PodsecError) as refused:
        Rule(**{**given, "good": {"a": ""}, "bad": {"b": ""}, **wrong})
    assert message in str(refused.value)


# --- what may be written, and the node that it becomes ----------------------------------------------------------------

ROOT = ir.Variable("pod")
FLAG = ir.Field(ROOT, ("spec", "hostPID"), "boolean")
TEXT = ir.Field(ROOT, ("spec", "hostname"), "string")
NUMBER = ir.Field(ROOT, ("spec", "priority"), "number")
CONTAINER = ir.Variable(
    "container",
    tuple(ir.Field(ROOT, ("spec", name), "list") for name in ("containers", "initContainers", "ephemeralContainers")),
    "name",
)
PORT = ir.Variable("port", (ir.Field(CONTAINER, ("ports",), "list"),), "name")
WORD = ir.Variable("command", (ir.Field(CONTAINER, ("command",), "list"),))
LABEL = ir.Variable("label", (ir.Field(ROOT, ("metadata", "labels"), "map"),), "key")
GROUP = ir.Variable("supplementalGroup", (ir.Field(ROOT, ("spec", "securityContext", "supplementalGroups"), "list"),))
HOST_PORT = ir.Field(PORT, ("hostPort",), "number")
ELEMENT = ir.Field(WORD, (), "string")


def equal(field: ir.Field, value: ir.Scalar) -> ir.Equal:
    return ir.Equal(field, ir.Value(value))


NODES: dict[str, tuple[Condition, ir.Expression]] = {
    "is_true": (flag.is_true(), equal(FLAG, value=True)),
    "is_false": (flag.is_false(), equal(FLAG, value=False)),
    "== True": (flag == True, equal(FLAG, value=True)),  # noqa: E712
    "!= True": (flag != True, ir.Not(equal(FLAG, value=True))),  # noqa: E712
    "==": (text == "a", equal(TEXT, "a")),
    "== the other way round": (text == "a", equal(TEXT, "a")),
    "!=": (text != "a", ir.Not(equal(TEXT, "a"))),
    "== a parameter": (text == word, ir.Equal(TEXT, word)),
    "is_set": (text.is_set(), ir.Present(TEXT)),
    "is_absent": (text.is_absent(), ir.Not(ir.Present(TEXT))),
    "is_set of an object": (
        pod.spec.securityContext.is_set(),
        ir.Present(ir.Field(ROOT, ("spec", "securityContext"), "map")),
    ),
    "one_of": (text.one_of("a", "b"), ir.OneOf(TEXT, ir.Values(("a", "b")))),
    "one_of a list": (text.one_of(["a", "b"]), ir.OneOf(TEXT, ir.Values(("a", "b")))),
    "one_of repeats": (text.one_of("a", "a"), ir.OneOf(TEXT, ir.Values(("a",)))),
    "one_of a parameter": (text.one_of(words), ir.OneOf(TEXT, words)),
    "absent_or": (number.absent_or(0), ir.Or((ir.Not(ir.Present(NUMBER)), ir.OneOf(NUMBER, ir.Values((0,)))))),
    "<": (number < 1, ir.Compare(NUMBER, "<", ir.Value(1))),
    "<=": (number <= 1, ir.Compare(NUMBER, "<=", ir.Value(1))),
    ">": (number > 1, ir.Compare(NUMBER, ">", ir.Value(1))),
    ">=": (number >= count, ir.Compare(NUMBER, ">=", count)),
    "< the other way round": (1 < number, ir.Compare(NUMBER, ">", ir.Value(1))),  # noqa: SIM300
    "largest exact number": (number == 2**53, equal(NUMBER, 2**53)),
    "starts_with": (text.starts_with("a"), ir.Text(TEXT, "prefix", ir.Value("a"))),
    "ends_with": (text.ends_with(word), ir.Text(TEXT, "suffix", word)),
    "contains of a string": (text.contains("a"), ir.Text(TEXT, "part", ir.Value("a"))),
    "starts_with several": (text.starts_with("a", "b", "a"), ir.Text(TEXT, "prefix", ir.Values(("a", "b")))),
    "is_under a list parameter": (text.is_under(words), ir.Text(TEXT, "under", words)),
    "matches several": (text.matches("^a", "b$"), ir.Text(TEXT, "match", ir.Values(("^a", "b$")))),
    "matches": (text.matches("^a"), ir.Text(TEXT, "match", ir.Value("^a"))),
    "&": (condition & other, ir.And((condition.node, other.node))),
    "|": (condition | other, ir.Or((condition.node, other.node))),
    "~": (~condition, ir.Not(condition.node)),
    "key of a map": (
        labels["a.io/b"] == "c",
        equal(ir.Field(ROOT, ("metadata", "labels", "a.io/b"), "string"), "c"),
    ),
    "each key": (labels.each.key == "a", equal(ir.Field(LABEL, ("key",), "string"), "a")),
    "each value": (labels.each.value == "a", equal(ir.Field(LABEL, ("value",), "string"), "a")),
    "each of a list": (ports.each.hostPort == 1, equal(HOST_PORT, 1)),
    "contains of a list": (texts.contains("a"), ir.Some(WORD, equal(ELEMENT, "a"))),
    "subset_of": (
        texts.subset_of("a", "b"),
        ir.Not(ir.Some(WORD, ir.Not(ir.OneOf(ELEMENT, ir.Values(("a", "b")))))),
    ),
    "is_empty": (ports.is_empty(), ir.Not(ir.Some(PORT, ir.Constant(value=True)))),
    "since": (since("1.25", condition), ir.Since(25, condition.node)),
    "before": (
        before("1.25", condition),
        ir.And((ir.Not(ir.Since(25, ir.Constant(value=True))), condition.node)),
    ),
    "some binds the innermost list": (some(ports.each.hostPort > 1), ir.Some(PORT, (ports.each.hostPort > 1).node)),
    "some of the outermost list": (
        some(container.tty.is_true()),
        ir.Some(CONTAINER, equal(ir.Field(CONTAINER, ("tty",), "boolean"), value=True)),
    ),
    "some of some binds list by list": (
        some(some(ports.each.hostPort == 1)),
        ir.Some(CONTAINER, ir.Some(PORT, equal(HOST_PORT, 1))),
    ),
    "some binds two lists that stand side by side": (
        some((texts.each == "a") & (ports.each.hostPort == 1)),
        ir.Some(PORT, ir.Some(WORD, ir.And((equal(ELEMENT, "a"), equal(HOST_PORT, 1))))),
    ),
    "a list of numbers": (numbers.contains(0), ir.Some(GROUP, equal(ir.Field(GROUP, (), "number"), 0))),
    "quantity": (
        (quantity == "1") | (quantity > 1),
        ir.Or(
            (
                equal(ir.Field(CONTAINER, ("resources", "limits", "cpu"), "any"), "1"),
                ir.Compare(ir.Field(CONTAINER, ("resources", "limits", "cpu"), "number"), ">", ir.Value(1)),
            )
        ),
    ),
}


@pytest.mark.parametrize(("written", "node"), NODES.values(), ids=NODES)
def test_becomes_the_node(written: Condition, node: ir.Expression) -> None:
    assert written.node == node
    assert repr(written.node) == repr(node)  # == takes 1 for True


def test_true_and_one_are_two_values() -> None:
    assert repr(quantity.one_of(1, True).node.among) == repr(ir.Values((1, True)))
    assert repr((quantity == 1).node) != repr((quantity == True).node)  # noqa: E712


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_text_has_no_order(compare: Callable[[Any, Any], object]) -> None:
    with pytest.raises((PodsecError, TypeError)):
        compare(text, "a")


def test_a_field_prints_as_it_is_written() -> None:
    assert repr(pod.spec.securityContext.runAsNonRoot) == "pod.spec.securityContext.runAsNonRoot"
    assert repr(container.ports.each.hostPort) == "port.hostPort"


def test_an_element_is_called_by_the_singular_of_its_list() -> None:
    spec = pod.spec
    named = {
        "container": spec.containers,
        "hostAlias": spec.hostAliases,
        "volume": spec.volumes,
        "toleration": spec.tolerations,
        "env": container.env,
    }
    for name, of in named.items():
        assert of.each._field.of.name == name
