"""Random conditions and random objects for properties, here and in tests/engines.

Two worlds:

- A small made-up schema, in which a few names and a few values meet often. `expressions()` gives closed conditions over
  it (every node of `ir`; quantifiers over lists of objects, of scalars and over maps, two deep, whose bodies may speak
  of outer elements), `objects()` gives what they are judged on: each place may be absent, null, empty or of a wrong
  type. `spec_of()` makes a rule of a condition, for a target to compile; `as_pod()` makes a Pod of an object.
- Kubernetes itself: `objects_of(subject, specs)` gives objects with the fields that the rules read, found in the rules'
  own trees, and with the literals that the rules compare them with; `pods(specs)` gives Pods. Nothing here repeats a
  field's path.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from podsec_compile import cases, ir, schema
from podsec_compile.binding import fields, parameters
from podsec_compile.dsl import Rule, pod
from podsec_compile.kinds import POD
from podsec_compile.load import Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hypothesis.strategies import SearchStrategy

    from podsec_compile.kinds import Resource, Subject

Object = dict[str, Any]
Given = dict[str, ir.Scalar | tuple[ir.Scalar, ...]]

MINORS = (24, 25, 26)

# --- the made-up schema -----------------------------------------------------------------------------------------------

_SCALARS: dict[str, ir.JsonType] = {"flag": "boolean", "word": "string", "count": "number", "port": "any"}


def _fields(of: ir.Variable, *below: str) -> tuple[ir.Field, ...]:
    return tuple(ir.Field(of, (*below, name), kind) for name, kind in _SCALARS.items())


ROOT = ir.Variable("pod")
ITEM = ir.Variable(
    "item", (ir.Field(ROOT, ("spec", "items"), "list"), ir.Field(ROOT, ("spec", "spares"), "list")), "name"
)
PIECE = ir.Variable("piece", (ir.Field(ITEM, ("box", "pieces"), "list"),), "word", is_named=True)
WORD = ir.Variable("word", (ir.Field(ROOT, ("spec", "words"), "list"),))
COUNT = ir.Variable("count", (ir.Field(ITEM, ("counts",), "list"),))
LABEL = ir.Variable("label", (ir.Field(ROOT, ("metadata", "labels"), "map"),), "key")
MARK = ir.Variable("mark", (ir.Field(ITEM, ("marks",), "map"),), "key")
VARIABLES = (ITEM, PIECE, WORD, COUNT, LABEL, MARK)

FIELDS: dict[ir.Variable, tuple[ir.Field, ...]] = {
    ROOT: (
        *_fields(ROOT, "spec"),
        *_fields(ROOT, "spec", "box"),
        ir.Field(ROOT, ("spec", "box"), "map"),
        ir.Field(ROOT, ("spec", "words"), "list"),
        ir.Field(ROOT, ("metadata", "labels", "a.io/b"), "string"),
    ),
    ITEM: (*_fields(ITEM), *_fields(ITEM, "box"), ir.Field(ITEM, ("box",), "map"), ir.Field(ITEM, ("counts",), "list")),
    PIECE: _fields(PIECE),
    WORD: (ir.Field(WORD, (), "string"),),
    COUNT: (ir.Field(COUNT, (), "number"),),
    LABEL: (ir.Field(LABEL, ("key",), "string"), ir.Field(LABEL, ("value",), "string")),
    MARK: (ir.Field(MARK, ("key",), "string"), ir.Field(MARK, ("value",), "number")),
}

WORDS = ("", "a", "b", "ab", "A", "a\nb", "ä*", "a/b")
NUMBERS = (-1, 0, 1, 2)
PATTERNS = ("^a", "b$", "a|b", "(?i)^a$", "")
DECLARED = (
    ir.Parameter("oneWord", "string", "a", "A word."),
    ir.Parameter("oneCount", "number", 1, "A count."),
    ir.Parameter("someWords", "string", ("a", "ab"), "Words."),
    ir.Parameter("someCounts", "number", (0, 1), "Counts."),
)


def _literals(kind: ir.JsonType) -> SearchStrategy[ir.Scalar]:
    word, number = st.sampled_from(WORDS), st.sampled_from(NUMBERS)
    match kind:
        case "boolean":
            return st.booleans()
        case "string":
            return word
        case "number":
            return number
        case _:
            return st.one_of(word, number, st.booleans())


def _declared(kind: ir.JsonType, *, listed: bool) -> SearchStrategy[ir.Parameter]:
    fitting = [one for one in DECLARED if isinstance(one.default, tuple) == listed and kind in (one.items, "any")]
    return st.sampled_from(fitting) if fitting else st.nothing()


@functools.cache
def atoms(field: ir.Field, *, with_parameters: bool = False) -> SearchStrategy[ir.Expression]:
    """Give conditions over one field, of those that the language allows for its type."""
    of, kind = st.just(field), field.type
    ways: list[SearchStrategy[ir.Expression]] = [st.builds(ir.Present, of)]

    def operand(kind: ir.JsonType) -> SearchStrategy[ir.Value | ir.Parameter]:
        value = st.builds(ir.Value, _literals(kind))
        return value | _declared(kind, listed=False) if with_parameters else value

    if kind in ("list", "map"):
        return ways[0]
    among: SearchStrategy[ir.Values | ir.Parameter] = st.builds(
        ir.Values, st.lists(_literals(kind), max_size=3, unique_by=lambda one: (type(one), one)).map(tuple)
    )
    if with_parameters:
        among = among | _declared(kind, listed=True)
    ways += [st.builds(ir.Equal, of, operand(kind)), st.builds(ir.OneOf, of, among)]
    if kind in ("number", "any"):
        number = st.just(replace(field, type="number"))  # what is compared is a number, whatever else may stand there
        ways.append(st.builds(ir.Compare, number, st.sampled_from(("<", "<=", ">", ">=")), operand("number")))
    if kind in ("string", "any"):
        string = st.just(replace(field, type="string"))
        tests = st.sampled_from(("prefix", "suffix", "part", "under"))
        several = st.lists(_literals("string"), min_size=2, max_size=3, unique=True).map(tuple)
        listed: SearchStrategy[ir.Values | ir.Parameter] = st.builds(ir.Values, several)
        if with_parameters:
            listed = listed | _declared("string", listed=True)
        ways.append(st.builds(ir.Text, string, tests, operand("string") | listed))
        pattern = st.sampled_from(PATTERNS)
        patterns = st.builds(ir.Values, st.lists(pattern, min_size=2, max_size=3, unique=True).map(tuple))
        ways.append(st.builds(ir.Text, string, st.just("match"), st.builds(ir.Value, pattern) | patterns))
    return st.one_of(ways)


@functools.cache
def expressions(
    scope: tuple[ir.Variable, ...] = (ROOT,),
    depth: int = 4,
    *,
    with_parameters: bool = False,
    with_versions: bool = True,
    with_quantifiers: bool = True,
) -> SearchStrategy[ir.Expression]:
    """Give conditions over the variables in scope; over the root alone they are closed."""
    places = [field for variable in scope for field in FIELDS[variable]]
    leaf = st.sampled_from(places).flatmap(lambda field: atoms(field, with_parameters=with_parameters))
    if depth == 0:
        return leaf

    def inner(*added: ir.Variable) -> SearchStrategy[ir.Expression]:
        return expressions(
            (*dict.fromkeys((*scope, *added)),),
            depth - 1,
            with_parameters=with_parameters,
            with_versions=with_versions,
            with_quantifiers=with_quantifiers,
        )

    parts = st.lists(inner(), min_size=1, max_size=3).map(tuple)
    ways: list[SearchStrategy[ir.Expression]] = [
        leaf,
        st.builds(ir.Not, inner()),
        st.builds(ir.And, parts),
        st.builds(ir.Or, parts),
        st.builds(ir.Constant, st.booleans()),
    ]
    if with_versions:
        ways.append(st.builds(ir.Since, st.sampled_from(MINORS), inner()))
    if with_quantifiers:
        for variable in VARIABLES:
            if all(field.of in scope for field in variable.lists):
                ways += [st.builds(node, st.just(variable), inner(variable)) for node in (ir.Some, ir.Every)]
    return st.one_of(ways)


def free_expressions() -> SearchStrategy[ir.Expression]:
    """Give conditions as a rule file builds them before they are closed: over elements that nothing binds."""
    return expressions((ROOT, *VARIABLES), 3, with_versions=False, with_quantifiers=False)


def given_parameters() -> SearchStrategy[Given]:
    """Give a value for each of the declared parameters."""
    words, numbers = st.sampled_from(WORDS), st.sampled_from(NUMBERS)
    return st.fixed_dictionaries(
        {
            "oneWord": words,
            "oneCount": numbers,
            "someWords": st.lists(words, max_size=3).map(tuple),
            "someCounts": st.lists(numbers, max_size=3).map(tuple),
        }
    )


def junk() -> SearchStrategy[Any]:
    """Give a value of any JSON type, null included."""
    scalar = st.sampled_from((None, True, False, 0, 1, 1.5, "", "a"))
    return scalar | st.sampled_from(([], [None], ["a"], [1, {}], {}, {"word": "a"}, {"key": None}))


def _or_junk(value: SearchStrategy[Any], weight: int) -> SearchStrategy[Any]:
    return st.one_of([value] * weight + [junk()]) if weight else value


def objects(wrong: int = 5, least: int = 0) -> SearchStrategy[Any]:
    """Give values to judge in the made-up schema.

    At each place one value in `wrong` + 1 is of any type at all (none where `wrong` is 0), and every field may be
    missing; every list and map has at least `least` elements (and is there, where that is more than 0).
    """
    word, number = st.sampled_from(WORDS), st.sampled_from((*NUMBERS, 1.5, 1.0))
    scalars = {"flag": st.booleans(), "word": word, "count": number, "port": word | number | st.booleans()}

    def holding(values: Mapping[str, SearchStrategy[Any]], lists: Mapping[str, SearchStrategy[Any]]) -> Any:
        optional = {name: _or_junk(value, wrong) for name, value in values.items()}
        listed = {name: _or_junk(value, wrong) for name, value in lists.items()}
        if least:
            return st.fixed_dictionaries(listed, optional=optional)
        return st.fixed_dictionaries({}, optional={**optional, **listed})

    def many(value: SearchStrategy[Any]) -> SearchStrategy[Any]:
        return st.lists(_or_junk(value, wrong), min_size=least, max_size=2)

    def entries(value: SearchStrategy[Any], *keys: str) -> SearchStrategy[Any]:
        return st.dictionaries(st.sampled_from((*WORDS, *keys)), _or_junk(value, wrong), min_size=least, max_size=2)

    piece = holding(scalars, {})
    box = holding(scalars, {"pieces": many(piece)})
    item = holding({"name": word, **scalars}, {"box": box, "counts": many(number), "marks": entries(number)})
    items = {"items": many(item), "words": many(word)}
    spec = holding({**scalars, "spares": st.lists(item, max_size=1), "box": holding(scalars, {})}, items)
    metadata = holding({}, {"labels": entries(word, "a.io/b")})
    return _or_junk(holding({}, {"spec": spec, "metadata": metadata}), wrong * 4)


def as_pod(value: object) -> Object:
    """Give an object of the made-up schema as what an API server would call a Pod."""
    return {**(value if isinstance(value, dict) else {}), "apiVersion": "v1", "kind": "Pod"}


def spec_of(broken: ir.Expression, exempt: ir.Expression, name: str = "made-up") -> Spec:
    """Give a rule that is broken where a condition holds, as if it had been loaded."""
    rule = Rule(
        title="Made up",
        level="made",
        remedy="do otherwise",
        forbid=pod.spec.hostPID.is_true(),
        good={"unset": ""},
        bad={"set": "spec: {hostPID: true}"},
    )
    found = parameters(ir.And((broken, exempt)))
    return Spec(name, "made/made_up.py", "For a test.", rule, POD, broken, exempt, found, cases.build(name, rule, POD))


# --- Kubernetes -------------------------------------------------------------------------------------------------------

Tree = dict[str, "Tree"]
_ELEMENT = "[]"  # the child of a list's node; no field has this name


def _full_path(field: ir.Field) -> list[tuple[str, ...]]:
    above = [(*one, _ELEMENT) for list_ in field.of.lists for one in _full_path(list_)] if field.of.lists else [()]
    return [(*one, *field.path) for one in above]


def _literals_of(node: ir.Expression) -> Iterable[ir.Scalar]:
    match node:
        case ir.Not(part):
            yield from _literals_of(part)
        case ir.And(parts) | ir.Or(parts):
            for part in parts:
                yield from _literals_of(part)
        case ir.Some(_, body) | ir.Every(_, body) | ir.Since(_, body):
            yield from _literals_of(body)
        case ir.OneOf(_, ir.Values(values)) | ir.Text(_, _, ir.Values(values)):
            yield from values
        case ir.Equal(_, ir.Value(value)) | ir.Compare(_, _, ir.Value(value)) | ir.Text(_, _, ir.Value(value)):
            yield value


def _names_of(variable: ir.Variable) -> list[ir.Field]:
    own = [ir.Field(variable, (variable.named_by,), "string")] if variable.named_by else []
    return own + [name for list_ in variable.lists for name in _names_of(list_.of)]


def _tree(specs: Iterable[Spec]) -> Tree:
    """Give the fields that rules read, and the names of the elements that they are about, as a tree."""
    tree: Tree = {}
    for spec in specs:
        for field in fields(ir.And((spec.broken, spec.exempt))):
            for one in [field, *_names_of(field.of)]:
                for path in _full_path(one):
                    node = tree
                    for name in path:
                        node = node.setdefault(name, {})
    return tree


def pods(specs: Iterable[Spec], wrong: int = 8) -> SearchStrategy[Object]:
    """Give Pods, as `objects_of` does."""
    return objects_of(POD, specs, wrong)


def objects_of(subject: Subject, specs: Iterable[Spec], wrong: int = 8) -> SearchStrategy[Object]:
    """Give objects with the fields that the rules read, each absent, null, right, nearly right or of a wrong type.

    Beside them stand fields that no rule reads, and fields that Kubernetes does not know. One value in `wrong` + 1 is
    of any type; where `wrong` is 0, every object is one that the API server decodes.
    """
    specs = tuple(spec for spec in specs if spec.subject == subject)
    known = {value for spec in specs for value in _literals_of(ir.And((spec.broken, spec.exempt)))}
    texts = sorted(value for value in known if isinstance(value, str))
    numbers = sorted(value for value in known if isinstance(value, int) and not isinstance(value, bool))
    near = [*(text.swapcase() for text in texts), *(text + "x" for text in texts), *(text[:-1] for text in texts)]
    text = st.sampled_from(texts or ["a"]) | st.sampled_from([*near, "", "*", "?*", "a"])
    number = st.sampled_from([*numbers, *(one + 1 for one in numbers), -1, 0, 1, 8080])

    odd = {"unknownField": junk()} if wrong else {}

    def value(kind: str, node: Tree) -> SearchStrategy[Any]:
        if kind.startswith("["):
            return _or_junk(st.lists(value(kind[1:-1], node.get(_ELEMENT, {})), max_size=3), wrong)
        if kind.startswith("{"):
            keys = [name for name in node if name != _ELEMENT]
            inner = value(kind[1:-1], node.get(_ELEMENT, {}).get("value", {}))
            return _or_junk(st.dictionaries(st.sampled_from([*keys, "a", "b"]), inner, max_size=3), wrong)
        simple = {"string": text, "number": number, "boolean": st.booleans(), "any": text | number}.get(kind)
        return _or_junk(holding(kind, node) if simple is None else simple, wrong)

    def holding(table: str, node: Tree) -> SearchStrategy[Any]:
        children = {name: value(schema.field_type(table, name), below) for name, below in node.items()}
        return st.fixed_dictionaries({}, optional={**children, **odd})

    tree = _tree(specs)
    described = {  # every engine refuses metadata that is no object before it asks a rule
        name: value(schema.field_type("ObjectMeta", name), node) for name, node in tree.pop("metadata", {}).items()
    }
    roots = {
        "metadata": st.fixed_dictionaries({"name": described.pop("name", st.just("random"))}, optional=described),
        **{name: value(schema.field_type(subject.type, name), node) for name, node in tree.items()},
    }
    unread = {name: junk() for name in ("status", "unknownField") if wrong}
    named = st.sampled_from([{"apiVersion": one.api_version, "kind": one.kind} for one in _whole(subject)])
    return st.builds(lambda head, body: {**head, **body}, named, st.fixed_dictionaries(roots, optional=unread))


def _whole(subject: Subject) -> list[Resource]:
    """Give the resources that a rule about the subject judges as they are, without a template in between."""
    return [one for one in subject.resources if not one.path]
