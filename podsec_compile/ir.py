"""The nodes that a rule's meaning is made of: data that prints, compares and hashes, and has no behaviour.

`evaluate.py` says what each node means, `languages/` how each engine spells it. An expression is total and
two-valued: it is true or false for every object, whatever is absent or of another type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

JsonType = Literal["string", "number", "boolean", "list", "map", "any"]
ImagePartName = Literal["repository", "tag", "digest"]
Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Variable:
    """The object under judgment (no `lists`), or an element of the lists, an entry of the map, that it runs over.

    An entry of a map is an object with the fields `key` and `value`. `named_by` is the field that tells the
    elements apart in a message; None where there is none. `is_named` says that the API server asks for that field.
    """

    name: str
    lists: tuple[Field, ...] = ()
    named_by: str | None = None
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A place below a variable; the empty path is the variable itself. `type` is what the schema allows there."""

    of: Variable
    path: tuple[str, ...]
    type: JsonType


@dataclass(frozen=True, slots=True)
class ImagePart(Field):
    """A part of the image reference that stands at a place, as container runtimes read it (`images.part_of`)."""

    part: ImagePartName


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; `of` keeps 1 and true apart, which Python takes for equal."""

    value: Scalar
    of: type = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note the type."""
        object.__setattr__(self, "of", type(self.value))


@dataclass(frozen=True, slots=True)
class Values:
    """A list of literals; `of` keeps 1 and true apart."""

    values: tuple[Scalar, ...]
    of: tuple[type, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note the types."""
        object.__setattr__(self, "of", tuple(map(type, self.values)))


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a configuration may set, with its default; a tuple is a list of strings or of numbers (`items`)."""

    name: str
    items: Literal["string", "number"]
    default: Scalar | tuple[Scalar, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Constant:
    """True or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Present:
    """The field holds a value of its type."""

    field: Field


@dataclass(frozen=True, slots=True)
class Equal:
    """The field is this value, of this type."""

    field: Field
    to: Value | Parameter


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field is one of these values."""

    field: Field
    among: Values | Parameter


@dataclass(frozen=True, slots=True)
class Compare:
    """The field is a number that stands so to this one."""

    field: Field
    operator: Literal["<", "<=", ">", ">="]
    to: Value | Parameter


@dataclass(frozen=True, slots=True)
class Text:
    """The field is a string that has one of these prefixes, suffixes or parts, or matches one of these patterns.

    `under`: it is one of these paths, or lies below one (`a/b` and `a` lie under `a`, `ab` does not). `match`: the
    RE2 expression finds a match somewhere in it.
    """

    field: Field
    test: Literal["prefix", "suffix", "part", "under", "match"]
    to: Value | Values | Parameter


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false."""

    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    """Every part is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Some part is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """The body is true of at least one element."""

    variable: Variable
    body: Expression


@dataclass(frozen=True, slots=True)
class Every:
    """The body is true of each element, hence of none where there is none."""

    variable: Variable
    body: Expression


@dataclass(frozen=True, slots=True)
class Since:
    """The body, from this minor version of Kubernetes 1 on; false before it."""

    minor: int
    body: Expression


CARRIER = Variable("object")
"""The object in a request, which may hold what a rule judges as its pod template."""


@dataclass(frozen=True, slots=True)
class Waived:
    """What a waiver spares: a condition of the object in the request, and one of what the rule judges in it.

    `until` is the instant at which it is over, in UTC: `2027-02-01T00:00:00Z`. `note` says in one line who and why.
    """

    carrier: Expression
    judged: Expression
    until: str
    note: str


Atom = Present | Equal | OneOf | Compare | Text
Expression = Constant | Atom | Not | And | Or | Some | Every | Since
