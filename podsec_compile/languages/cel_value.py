"""What CEL asks of one value: its type, and whether it is, holds or matches a literal or a parameter."""

from __future__ import annotations

import math
import re

from podsec_compile import ir
from podsec_compile.kinds import SUBJECTS
from podsec_compile.languages import several
from podsec_compile.languages.cel_text import call, compound, grouped, join, quote, wrapped
from podsec_compile.needles import needles
from podsec_compile.reserved import CEL

TYPES = {"string": ("string",), "number": ("int", "double"), "boolean": ("bool",), "list": ("list",), "map": ("map",)}
VALUE = "\0"  # stands for a value until it is known how often it is mentioned; no literal holds it
TAKEN = (
    CEL | SUBJECTS.keys() | {"exempt", "field", "image", "listed", "name", "places", "tag", "text", "value", "waived"}
)
_TEXT_TESTS = {"prefix": "startsWith", "suffix": "endsWith", "part": "contains", "match": "matches"}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def parameter(name: str, prefix: str = "") -> str:
    """Give the name of the policy's variable for a parameter, behind the prefix of a rule among others."""
    return f"{prefix}{name}_" if name in TAKEN else f"{prefix}{name}"


def operand(of: ir.Value | ir.Values | ir.Parameter, prefix: str = "") -> str:
    """Give a literal, a list of them, or the variable for a parameter."""
    match of:
        case ir.Value(known):
            return quote(known)
        case ir.Values(known):
            return wrapped(map(quote, known)) if len({type(one) for one in known}) == 1 else quote(known)
        case ir.Parameter(name):
            return f"variables.{parameter(name, prefix)}"


def typed(text: str, kind: ir.JsonType, *, is_true: bool) -> str:
    """Ask for a type, or for any other."""
    equals = "==" if is_true else "!="
    if kind == "any":
        return f"{text} {'!=' if is_true else '=='} null"
    return join([f"type({text}) {equals} {one}" for one in TYPES[kind]], "||" if is_true else "&&")


def asked(atom: ir.Expression, *, is_true: bool, prefix: str = "") -> str:
    """Ask something of `VALUE`, which is of the type that it needs."""
    match atom:
        case ir.Present(of):
            return typed(VALUE, of.type, is_true=is_true)
        case ir.Equal(_, to):
            return f"{VALUE} {'==' if is_true else '!='} {operand(to, prefix)}"
        case ir.OneOf(_, among):
            listed = f"{VALUE} in {operand(among, prefix)}"
            return listed if is_true else f"!({listed})"
        case ir.Compare(_, operator, to):
            return f"{VALUE} {operator if is_true else _INVERSE[operator]} {operand(to, prefix)}"
        case ir.Text(_, test, to):
            text = _text(test, to, prefix)
            return text if is_true else f"!{grouped(text) if compound(text) else text}"
        case _:
            raise AssertionError("only atoms are asked of a value")


def _text(test: str, to: ir.Value | ir.Values | ir.Parameter, prefix: str) -> str:
    """Ask of a string whether a test holds with one of the texts; a pattern that is a literal is compiled once."""
    if isinstance(to, ir.Values) and test == "match":
        return join([_match(str(one)) for one in to.values], "||")
    if isinstance(to, ir.Value) and test == "match":
        return _match(str(to.value))
    if several(to):
        return operand(to, prefix) + call(".exists", "text", _with(test, "text", 'text + "/"'))
    below = quote(f"{to.value}/") if isinstance(to, ir.Value) else f'{operand(to, prefix)} + "/"'
    return _with(test, operand(to, prefix), below)


def _match(pattern: str) -> str:
    """Ask for a pattern, where it is long only behind what is cheap and any match needs.

    The API server counts a tenth of the string's length, times a quarter of a pattern's or a tenth of a text's.
    """
    asked_for = f"{VALUE}.matches({quote(pattern)})"
    allowed = math.ceil(len(pattern) / 4) / 2
    if (plain := needles(pattern)) and sum(math.ceil(len(one) / 10) for one in plain) <= allowed:
        return f"({join([join([f'{VALUE}.contains({quote(one)})' for one in plain], '||'), asked_for], '&&')})"
    hint = f"(?i){'|'.join(map(re.escape, needles(pattern, fold=True)))}"
    if hint != "(?i)" and math.ceil(len(hint) / 4) <= allowed:
        return f"({join([f'{VALUE}.matches({quote(hint)})', asked_for], '&&')})"
    return asked_for


def _with(test: str, to: str, below: str) -> str:
    if test == "under":
        return f"({VALUE} == {to} || {VALUE}.startsWith({below}))"
    return f"{VALUE}.{_TEXT_TESTS[test]}({to})"
