"""Fields of Kubernetes objects and conditions over them, as a rule file writes them.

Each operator builds a node of `ir`; nothing is computed while a rule is being written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from podsec_compile import ir, schema
from podsec_compile.binding import free
from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.literals import Operand, Texts, checked_pattern, checked_text, scalar, scalars, texts_of

T = TypeVar("T")


class Unseen:
    """Python's own operators, which would run now instead of becoming part of the rule."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise PodsecError("a field or condition cannot be in a set or be a key", hint="== builds a condition of it")

    def __str__(self) -> str:
        raise PodsecError("a field or condition cannot be put into a text", hint="a message names the places by itself")

    def __and__(self, other: object) -> Condition:
        return Condition(ir.And((*_parts(self, ir.And), node_of(other))))

    def __or__(self, other: object) -> Condition:
        return Condition(ir.Or((*_parts(self, ir.Or), node_of(other))))

    def __rand__(self, other: object) -> NoReturn:
        node_of(other)
        raise AssertionError("a condition has its own &")

    __ror__ = __rand__

    def __invert__(self) -> Condition:
        return Condition(ir.Not(node_of(self)))

    def __bool__(self) -> NoReturn:
        raise PodsecError(
            "a condition has no truth value while the rule is being written: Python's and, or, not, if, in and "
            "chained comparisons cannot become part of it",
            hint="write & for and, | for or, ~ for not, each in parentheses; a < x < b as (x > a) & (x < b)",
        )

    def __iter__(self) -> NoReturn:
        raise PodsecError("a rule cannot loop over a field", hint="write .each for its elements, .contains(x) for in")

    def __contains__(self, item: object) -> NoReturn:
        raise PodsecError("Python's in cannot become part of a rule", hint="write .contains(...) or .one_of(...)")

    def __len__(self) -> NoReturn:
        raise PodsecError("a field has no length while the rule is being written", hint="write .is_empty()")

    def __format__(self, spec: str) -> NoReturn:
        raise PodsecError("a field or condition cannot be put into a text", hint="a message names the places by itself")


class Condition(Unseen):
    """A condition: a part of what a rule requires or forbids."""

    __slots__ = ("node",)

    def __init__(self, node: ir.Expression) -> None:
        self.node = node

    def __repr__(self) -> str:
        """Give the node."""
        return f"Condition({self.node!r})"

    def __eq__(self, other: object) -> NoReturn:
        raise PodsecError("conditions cannot be compared", hint="a == b as (a & b) | (~a & ~b)")

    __ne__ = __eq__
    __hash__ = Unseen.__hash__


def _parts(condition: object, joining: type[ir.And | ir.Or]) -> tuple[ir.Expression, ...]:
    """Give the parts of a chain of one operator, so that a long chain does not nest."""
    node = node_of(condition)
    return node.parts if isinstance(node, joining) else (node,)


def node_of(condition: object) -> ir.Expression:
    """Give a condition's node; anything else raises PodsecError."""
    if not isinstance(condition, Condition):
        raise PodsecError(
            f"expected a condition, got {type(condition).__name__} {condition!r}"
            if not isinstance(condition, Reference)
            else f"{condition!r} is a field, not a condition",
            hint="a comparison next to & or | needs its own parentheses: (a == 1) & (b == 2)",
        )
    return condition.node


class Reference(Unseen):
    """A field of the object under judgment."""

    __slots__ = ("_field", "_kind")

    def __init__(self, field: ir.Field, kind: str) -> None:
        self._field = field
        self._kind = kind

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            known = sorted(one for one in dir(type(self)) if not one.startswith("_"))
            hint = did_you_mean(name, known) or f"it has {', '.join(known)}"
            raise PodsecError(f'{self!r} is a {self._field.type} and has no "{name}"', hint=hint)

    def __repr__(self) -> str:
        """Give the path as a rule writes it."""
        return ".".join((self._field.of.name, *self._field.path))

    def __eq__(self, other: object) -> NoReturn:
        raise PodsecError(
            f"{self!r} is no single value and cannot be compared", hint="compare a field of it, or an .each"
        )

    __ne__ = __eq__
    __hash__ = Unseen.__hash__

    def is_set(self) -> Condition:
        """Hold where the field is there, with a value of its type."""
        return Condition(ir.Present(self._field))

    def is_absent(self) -> Condition:
        """Hold where the field is missing, null, or of another type than the schema's."""
        return ~self.is_set()


class Single(Reference):
    """A field that holds a single value."""

    __slots__ = ()
    __hash__ = Reference.__hash__

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # builds a condition by design
        return Condition(ir.Equal(self._field, scalar(other, self._field)))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return ~(self == other)

    def one_of(self, *values: Operand | tuple[Operand, ...] | list[Operand]) -> Condition:
        """Hold where the field is one of the values, of the list, or of the list parameter."""
        return Condition(ir.OneOf(self._field, scalars(values, self._field)))

    def absent_or(self, *values: Operand | tuple[Operand, ...] | list[Operand]) -> Condition:
        """Hold where the field is absent or one of the values."""
        return self.is_absent() | self.one_of(*values)


class Flag(Single):
    """A true-or-false field."""

    __slots__ = ()

    def is_true(self) -> Condition:
        """Hold where the field is true; an absent one is not."""
        return self == True  # noqa: E712  # builds a condition

    def is_false(self) -> Condition:
        """Hold where the field is false; an absent one is not."""
        return self == False  # noqa: E712


class Number(Single):
    """A number field."""

    __slots__ = ()

    def _compare(self, operator: Any, other: object) -> Condition:
        field = replace(self._field, type="number")
        return Condition(ir.Compare(field, operator, scalar(other, field)))

    def __lt__(self, other: int | ir.Parameter) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: int | ir.Parameter) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: int | ir.Parameter) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: int | ir.Parameter) -> Condition:
        return self._compare(">=", other)


class Text(Single):
    """A string field. Strings are compared byte for byte."""

    __slots__ = ()

    def _test(self, test: Any, texts: tuple[Texts, ...]) -> Condition:
        field = replace(self._field, type="string")
        return Condition(ir.Text(field, test, texts_of(texts, field)))

    def starts_with(self, *texts: Texts) -> Condition:
        """Hold where the string starts with the text, or with one of several."""
        return self._test("prefix", texts)

    def ends_with(self, *texts: Texts) -> Condition:
        """Hold where the string ends with the text, or with one of several."""
        return self._test("suffix", texts)

    def contains(self, *texts: Texts) -> Condition:
        """Hold where the text, or one of several, stands somewhere in the string."""
        return self._test("part", texts)

    def is_under(self, *paths: Texts) -> Condition:
        """Hold where the string is the path, or one of several, or continues it behind a slash."""
        return self._test("under", paths)

    def matches(self, *patterns: str) -> Condition:
        """Hold where an RE2 expression finds a match; anchor it with ^ and $ to match the whole string."""
        return self._test("match", tuple(map(checked_pattern, patterns)))


class Anything(Number, Text):
    """A field that may hold a number or a string, as a port does; the literal decides which is meant."""

    __slots__ = ()


class Object(Reference):
    """An object with the fields that the schema knows."""

    __slots__ = ()

    if not TYPE_CHECKING:  # editors and mypy read fields.pyi instead

        def __getattr__(self, name: str) -> Reference:
            if name.startswith("_"):
                raise AttributeError(name)
            return _below(self._field, (name,), schema.field_type(self._kind, name))


class Map(Reference, Generic[T]):
    """A map with free keys, such as labels."""

    __slots__ = ()

    def __getitem__(self, key: str) -> T:
        """Give the value under a key."""
        if not isinstance(key, str):
            raise PodsecError(f"a key of {self!r} is a string, not {key!r}")
        return cast("T", _below(self._field, (checked_text(key),), self._kind[1:-1]))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise PodsecError(f"{self!r} is a map with free keys", hint=f'write ["{name}"]')

    @property
    def each(self) -> Entry[T]:
        """Stand for every entry of the map."""
        return Entry(ir.Field(_element(self._field, self._kind), (), "map"), self._kind)


class Entry(Reference, Generic[T]):
    """An entry of a map."""

    __slots__ = ()

    @property
    def key(self) -> Text:
        """The key."""
        return Text(ir.Field(self._field.of, ("key",), "string"), "string")

    @property
    def value(self) -> T:
        """The value under it."""
        return cast("T", _below(self._field, ("value",), self._kind[1:-1]))


class List(Reference, Generic[T]):
    """A list."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise PodsecError(f"{self!r} is a list and has no field {name}", hint=f"write .each.{name}")

    def __getitem__(self, index: object) -> NoReturn:
        raise PodsecError(f"{self!r} is a list, and a rule is about all of it", hint="write .each for its elements")

    @property
    def each(self) -> T:
        """Stand for every element: what is required must hold for each, what is forbidden for none."""
        kind = self._kind[1:-1]
        variable = _element(self._field, kind)
        return cast("T", refer(ir.Field(variable, (), schema.json_type(kind)), kind))

    def contains(self, value: Operand) -> Condition:
        """Hold where an element is this value."""
        return some(self._single() == value)

    def subset_of(self, *values: Operand | tuple[Operand, ...] | list[Operand]) -> Condition:
        """Hold where every element is one of the values, hence where there is none."""
        return ~some(~self._single().one_of(*values))

    def is_empty(self) -> Condition:
        """Hold where the list has no element, or is absent."""
        return ~Condition(ir.Some(_element(self._field, self._kind[1:-1]), ir.Constant(value=True)))

    def _single(self) -> Single:
        element = self.each
        if not isinstance(element, Single):
            raise PodsecError(f"{self!r} is a list of objects", hint="use some(condition over .each)")
        return element


def _element(field: ir.Field, kind: str) -> ir.Variable:
    """Give what stands for each element of a list of a kind, or for each entry of a map."""
    tables, name = schema.tables(), _singular(field.path[-1] if field.path else field.of.name)
    if field.type == "map":
        return ir.Variable(name, (field,), "key")
    return ir.Variable(name, (field,), tables.keys.get(kind), kind in tables.named)


def _singular(plural: str) -> str:
    for ending, single in (("ies", "y"), ("sses", "ss"), ("ses", "s"), ("ss", "ss"), ("s", "")):
        if plural.endswith(ending):
            return plural.removesuffix(ending) + single
    return plural


_CLASSES: dict[str, type[Reference]] = {"string": Text, "number": Number, "boolean": Flag, "any": Anything}


def refer(field: ir.Field, kind: str) -> Reference:
    """Give a field as a rule file knows it, by its type in the schema."""
    if kind.startswith("["):
        return List(field, kind)
    if kind.startswith("{"):
        return Map(field, kind)
    return _CLASSES.get(kind, Object)(field, kind)


def _below(parent: ir.Field, path: tuple[str, ...], kind: str) -> Reference:
    return refer(ir.Field(parent.of, (*parent.path, *path), schema.json_type(kind)), kind)


def some(condition: Condition) -> Condition:
    """Hold where the condition is true of at least one element of the innermost lists in it."""
    node = node_of(condition)
    found = free(node)
    if not found:
        raise PodsecError("some(...) needs a condition over an .each")
    parents = {field.of for variable in found for field in variable.lists}
    for variable in found:
        if variable not in parents:
            node = ir.Some(variable, node)
    return Condition(node)


def any_set(*fields: Reference) -> Condition:
    """Hold where at least one of the fields is there, with a value of its type."""
    if not fields:
        raise PodsecError("any_set(...) needs a field")
    return Condition(ir.Or(tuple(field.is_set().node for field in fields)))
