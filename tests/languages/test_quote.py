"""No text may change the meaning of a policy: a literal comes out as it went in, whatever it holds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import regorus
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hostile import TEXTS
from podsec_compile.languages import arm, cel, jmespath, rego
from podsec_compile.render import quoted

if TYPE_CHECKING:
    from podsec_compile import ir

texts = st.text() | st.sampled_from(TEXTS) | st.lists(st.sampled_from(TEXTS), max_size=4).map("".join)
scalars = texts | st.booleans() | st.integers(-(2**53), 2**53)
lists: st.SearchStrategy[tuple[ir.Scalar, ...]] = st.lists(texts, max_size=4).map(tuple) | st.lists(
    st.integers(-(2**53), 2**53), max_size=4
).map(tuple)
literals: st.SearchStrategy[Any] = scalars | lists


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def in_a_block(text: str) -> object:
    """Give what YAML reads of a text that stands in a block, as both targets place it."""
    return yaml.safe_load(f"a: |-\n  first\n  {text}\n  last\nb: 1\n")


def stands_in_a_block(text: str) -> bool:
    return in_a_block(text) == {"a": f"first\n{text}\nlast", "b": 1}


# --- Azure Resource Manager ---------------------------------------------------------------------------------------


def read_by_azure(text: str) -> Any:
    """Read JSON, of whose texts those from [ to ] are expressions, but for [[."""
    value = json.loads(text)
    bracketed = re.compile(r"\[.*\]", re.DOTALL)
    for one in value if isinstance(value, list) else [value]:
        assert not (isinstance(one, str) and bracketed.fullmatch(one) and not one.startswith("[["))
    strip = lambda one: one[1:] if isinstance(one, str) and bracketed.fullmatch(one) else one  # noqa: E731
    return [strip(one) for one in value] if isinstance(value, list) else strip(value)


@settings(max_examples=200)
@given(literals)
@example("[x]")
@example("[[x]")
@example("[]")
@example("[\n]")
@example(("[x]", "[x", "x]"))
def test_azure_reads_back_what_was_quoted(value: Any) -> None:
    read = read_by_azure(arm.quote(value))
    assert (type(read), read) == (type(plain(value)), plain(value))
    assert arm.quote(value).isascii()


@given(texts, st.integers(10, 40))
@example("\U0001f600" * 30, 11)
def test_what_is_shortened_for_azure_has_room_and_is_whole_where_it_had(text: str, most: int) -> None:
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    kept = arm.shortened(text, most)
    assert len(json.loads(arm.quote(kept)).encode("utf-16-le")) // 2 <= most
    assert kept == text if units < most else kept.endswith("…") and text.startswith(kept[:-1])


# --- Rego ---------------------------------------------------------------------------------------------------------


def read_by_rego(text: str) -> Any:
    return json.loads(regorus.Engine().eval_query_as_json(text))["result"][0]["expressions"][0]["value"]


@settings(max_examples=200)
@given(literals)
def test_rego_reads_back_what_was_quoted(value: Any) -> None:
    read = read_by_rego(rego.quote(value))
    assert (type(read), read) == (type(plain(value)), plain(value))


@settings(max_examples=200)
@given(literals)
def test_a_rego_literal_is_one_line_that_prints(value: Any) -> None:
    text = rego.quote(value)
    assert text.isprintable()
    assert stands_in_a_block(text)


@settings(max_examples=200)
@given(st.lists(texts.filter(lambda one: rego.quote(one) == f'"{one}"'), min_size=1, max_size=3))
def test_a_rego_path_leads_to_its_field(names: list[str]) -> None:
    value: Any = "found"  # names without escapes: regorus does not undo them between brackets
    for name in reversed(names):
        value = {name: value}
    engine = regorus.Engine()
    engine.set_input_json(json.dumps({"object": value}))
    read = engine.eval_query_as_json(rego.reference("input.object", names))
    assert json.loads(read)["result"][0]["expressions"][0]["value"] == "found"


@pytest.mark.parametrize("name", ["not", "in", "some", "every", "contains", "if", "null", "default", "import"])
def test_a_word_of_rego_as_a_field_stands_in_brackets(name: str) -> None:
    assert rego.reference("pod", ("spec", name)) == f'pod.spec["{name}"]'


# --- JMESPath -----------------------------------------------------------------------------------------------------


def read_by_jmespath(text: str) -> Any:
    """Read a literal by JMESPath's grammar: a raw string, or JSON between backquotes."""
    if text.startswith("'"):
        assert re.fullmatch(r"'[^'\\]*'", text)
        return text[1:-1]
    assert text.startswith("`")
    assert text.endswith("`")
    return json.loads(text[1:-1])


@settings(max_examples=250)
@given(literals)
def test_jmespath_reads_back_what_was_quoted(value: Any) -> None:
    read = read_by_jmespath(jmespath.quote(value))
    assert (type(read), read) == (type(plain(value)), plain(value))


def holds_nothing_of_kyverno(text: str) -> bool:
    """Tell whether a text holds nothing that Kyverno's variables and references, or YAML, could take for their own."""
    without_escapes = re.sub(r"\\u[0-9a-f]{4}", "", text)
    return text.isprintable() and not re.search(r"[{}$\\\n]", without_escapes)


@settings(max_examples=250)
@given(literals)
def test_a_jmespath_literal_holds_nothing_that_kyverno_or_yaml_reads(value: Any) -> None:
    text = jmespath.quote(value)
    assert holds_nothing_of_kyverno(text)
    assert not re.search(r"[`']", text[1:-1])
    assert stands_in_a_block(text)


@settings(max_examples=200)
@given(texts)
def test_a_text_in_a_json_literal_is_one_json_string(text: str) -> None:
    quoted_text = jmespath.quote((text,))
    assert quoted_text.count('"') == len("[]")


@settings(max_examples=200)
@given(st.lists(texts, min_size=1, max_size=3))
@example(["a.b", "c"])
@example(["1a"])
@example([""])
def test_a_jmespath_path_is_identifiers_joined_by_dots(names: list[str]) -> None:
    text = jmespath.path(names)
    found = re.findall(r'("(?:[^"\\]|\\u[0-9a-f]{4})*"|[A-Za-z_][A-Za-z0-9_]*)(?:\.|$)', text)
    assert [json.loads(one) if one.startswith('"') else one for one in found] == names
    assert holds_nothing_of_kyverno(text)
    assert stands_in_a_block(text)


@settings(max_examples=200)
@given(texts, texts)
def test_a_message_is_one_variable_that_joins_literals(before: str, behind: str) -> None:
    text = jmespath.message(before, behind)
    inner = text.removeprefix("{{ ").removesuffix(" }}")
    assert inner == f"join('', [{jmespath.quote(before)}, join(', ', places), {jmespath.quote(behind)}])"
    assert holds_nothing_of_kyverno(inner)
    assert yaml.safe_load(quoted(text)) == text


# --- CEL ----------------------------------------------------------------------------------------------------------

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def read_by_cel(text: str) -> Any:
    """Read a literal by CEL's grammar: JSON's, but for \\U with eight digits and `dyn(...)` in lists of mixed types."""
    if not text.startswith('"'):
        inner = re.findall(r'dyn\(((?:"(?:[^"\\]|\\.)*"|[^)])*)\)|("(?:[^"\\]|\\.)*"|[-\w]+)', text)
        return [read_by_cel(one or other) for one, other in inner] if text.startswith("[") else json.loads(text)
    escape = re.compile(r'\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt"\\]))')
    rest = escape.sub("", text[1:-1])
    assert "\\" not in rest
    assert '"' not in rest
    return escape.sub(lambda one: ESCAPES[one[3]] if one[3] else chr(int(one[1] or one[2], 16)), text[1:-1])


@settings(max_examples=250)
@given(literals)
@example(("a", 1, True))
@example("\U000e0001")
def test_cel_reads_back_what_was_quoted(value: Any) -> None:
    read = read_by_cel(cel.quote(value))
    assert (type(read), read) == (type(plain(value)), plain(value))


@settings(max_examples=250)
@given(literals)
def test_a_cel_literal_is_one_line_that_prints(value: Any) -> None:
    text = cel.quote(value)
    assert text.isprintable()
    assert stands_in_a_block(text)


@settings(max_examples=200)
@given(st.lists(texts, min_size=1, max_size=3))
@example(["null", "in", "true"])
@example([""])
def test_a_cel_path_is_names_behind_dots_and_literals_in_brackets(names: list[str]) -> None:
    text = cel.select("pod", names)
    found = re.findall(r'\.\?([A-Za-z_][A-Za-z0-9_]*)|\[\?("(?:[^"\\]|\\.)*")\]', text.removeprefix("pod"))
    assert [plain_name or read_by_cel(literal) for plain_name, literal in found] == names
    assert not {plain_name for plain_name, _ in found} & {"true", "false", "null", "in"}
    assert stands_in_a_block(text)


# --- YAML ---------------------------------------------------------------------------------------------------------


@settings(max_examples=250)
@given(literals | st.none())
def test_yaml_reads_back_what_was_quoted(value: Any) -> None:
    text = quoted(value)
    assert text.isprintable()
    read = yaml.safe_load(f"a: {text}\nb: 1\n")
    assert read == {"a": plain(value), "b": 1}
    assert type(read["a"]) is type(plain(value))
