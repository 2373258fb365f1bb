"""Literals and parameters of a rule, checked against the field that they are compared with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import re2

from podsec_compile import ir
from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Iterable

Operand = str | int | bool | ir.Parameter
Texts = str | ir.Parameter | tuple[str, ...] | list[str]

_EXACT = 2**53  # beyond it, an engine that computes with doubles would compare wrongly
_TYPES: dict[type, ir.JsonType] = {str: "string", int: "number", bool: "boolean"}


def checked_text(text: str) -> str:
    """Give the text back; one that is no valid Unicode raises PodsecError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PodsecError(f"{text!r} is not valid Unicode: it holds half of a surrogate pair") from None
    return text


def checked_pattern(pattern: object) -> str:
    """Give the regular expression back; one that RE2 refuses raises PodsecError."""
    if not isinstance(pattern, str):
        raise PodsecError(f"a regular expression is a string, not {pattern!r}")
    if r"\C" in pattern.replace(r"\\", ""):
        raise PodsecError(f"{pattern!r} is no RE2 regular expression of Go's: it has no \\C")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(checked_text(pattern), options)
    except re2.error as wrong:
        reason = wrong.args[0].decode() if isinstance(wrong.args[0], bytes) else str(wrong)
        raise PodsecError(
            f"{pattern!r} is no RE2 regular expression: {reason}",
            hint="RE2 has no look-around and no back-references",
        ) from None
    return pattern


def _checked(value: object, field: ir.Field) -> ir.Scalar:
    kind = _TYPES.get(type(value))
    place = ".".join((field.of.name, *field.path))
    if kind is None:
        hint = "write .is_absent()" if value is None else None
        raise PodsecError(f"{place} is compared with {value!r}, which is no string, whole number or boolean", hint=hint)
    if field.type not in (kind, "any"):
        raise PodsecError(f"{place} is a {field.type} and is compared with the {kind} {value!r}")
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, int) and abs(value) > _EXACT:
        raise PodsecError(f"{value} is too large: engines compare numbers exactly up to {_EXACT}")
    return value  # type: ignore[return-value]  # its type is one of _TYPES


def checked_value(parameter: ir.Parameter, value: object) -> None:
    """Raise PodsecError for a value that a parameter cannot have."""
    kind = {"string": "text", "number": "whole number"}[parameter.items]
    listed = isinstance(parameter.default, tuple)
    if listed != isinstance(value, tuple):
        raise PodsecError(f"a {'list' if listed else kind} is expected, not {'a single value' if listed else 'a list'}")
    for one in value if isinstance(value, tuple) else (value,):
        if _TYPES.get(type(one)) != parameter.items:
            raise PodsecError(f"a {kind} is expected, not {one!r}")
        if isinstance(one, int) and abs(one) > _EXACT:
            raise PodsecError(f"{one} is too large: engines compare numbers exactly up to {_EXACT}")
        if isinstance(one, str):
            checked_text(one)


def distinct(values: Iterable[ir.Scalar]) -> tuple[ir.Scalar, ...]:
    """Give the values without repeats, in their order; 1 and true are two."""
    first: dict[str, ir.Scalar] = {}
    for value in values:
        first.setdefault(repr(value), value)
    return tuple(first.values())


def scalar(value: object, field: ir.Field) -> ir.Value | ir.Parameter:
    """Check a literal or a single-valued parameter against a field's type; a wrong one raises PodsecError."""
    if isinstance(value, ir.Parameter):
        if isinstance(value.default, tuple):
            raise PodsecError(f'parameter "{value.name}" is a list', hint="write .one_of(...)")
        try:
            _checked(value.default, field)
        except PodsecError as wrong:
            raise PodsecError(f'{wrong.message}, the default of parameter "{value.name}"', hint=wrong.hint) from None
        return value
    return ir.Value(_checked(value, field))


def scalars(values: tuple[Any, ...], field: ir.Field) -> ir.Values | ir.Parameter:
    """Check the literals, the one list, or the list parameter against a field's type."""
    if len(values) == 1 and isinstance(values[0], ir.Parameter):
        parameter = values[0]
        if not isinstance(parameter.default, tuple):
            raise PodsecError(f'parameter "{parameter.name}" is no list', hint="write == instead")
        if field.type not in (parameter.items, "any"):
            place = ".".join((field.of.name, *field.path))
            raise PodsecError(f'{place} is a {field.type}; parameter "{parameter.name}" lists {parameter.items}s')
        return parameter
    if len(values) == 1 and isinstance(values[0], set | frozenset):
        raise PodsecError(
            "a set has no order, so the output would differ from run to run", hint="use a tuple or a list"
        )
    listed = tuple(values[0]) if len(values) == 1 and isinstance(values[0], tuple | list) else values
    return ir.Values(distinct(_checked(value, field) for value in listed))


def texts_of(values: tuple[Any, ...], field: ir.Field) -> ir.Value | ir.Values | ir.Parameter:
    """Check the one text, the several, or the parameter that a string is held against."""
    if len(values) == 1 and isinstance(values[0], ir.Parameter) and not isinstance(values[0].default, tuple):
        return scalar(values[0], field)
    listed = scalars(values, field)
    if not isinstance(listed, ir.Values):
        return listed
    if not listed.values:
        raise PodsecError("a text is held against at least one other", hint='write .starts_with("a")')
    return listed if len(listed.values) > 1 else ir.Value(listed.values[0])


class param:  # noqa: N801  # reads as a word of the language: param.strings(...)
    """Parameters: what a configuration may set."""

    @staticmethod
    def strings(name: str, default: tuple[str, ...] | list[str], *, help: str) -> ir.Parameter:  # noqa: A002
        """Declare a list of strings."""
        return _parameter(name, "string", _listed(name, default), help)

    @staticmethod
    def numbers(name: str, default: tuple[int, ...] | list[int], *, help: str) -> ir.Parameter:  # noqa: A002
        """Declare a list of whole numbers."""
        return _parameter(name, "number", _listed(name, default), help)

    @staticmethod
    def string(name: str, default: str, *, help: str) -> ir.Parameter:  # noqa: A002
        """Declare a string."""
        return _parameter(name, "string", default, help)

    @staticmethod
    def number(name: str, default: int, *, help: str) -> ir.Parameter:  # noqa: A002
        """Declare a whole number."""
        return _parameter(name, "number", default, help)


def _listed(name: str, default: object) -> tuple[Any, ...]:
    if isinstance(default, set | frozenset):
        raise PodsecError(f'the default of "{name}" has no order', hint="use a tuple or a list")
    if not isinstance(default, tuple | list):
        raise PodsecError(f'the default of "{name}" is a list, not {default!r}')
    return tuple(default)


def _parameter(
    name: str, items: Literal["string", "number"], default: ir.Scalar | tuple[ir.Scalar, ...], text: str
) -> ir.Parameter:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][A-Za-z0-9]*", name):
        raise PodsecError(f'"{name}" is no name for a parameter', hint="write it in camel case: allowedPorts")
    if not isinstance(text, str):
        raise PodsecError(f'the help of "{name}" is a text, not {text!r}')
    place = ir.Field(ir.Variable(f'the default of "{name}"'), (), items)
    for value in default if isinstance(default, tuple) else (default,):
        _checked(value, place)
    return ir.Parameter(name, items, default, checked_text(text))
