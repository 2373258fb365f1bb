"""What a plain scalar of YAML is to kubectl: the rules of go-yaml v2, which sigs.k8s.io/yaml reads with."""

from __future__ import annotations

import datetime
import math
import re
import struct

from podsec_compile.reading import NotRead

_TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_NULL = ("", "~", "null", "Null", "NULL")
_KNOWN: dict[str, object] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT = re.compile(r"\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?")
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?"
_TIME = re.compile(
    rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?:(?:[Tt]{_CLOCK}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}}))|(?: {_CLOCK}))?"
)
_MOST, _LEAST = (1 << 64) - 1, -(1 << 63)


def resolve(text: str) -> object:
    """Give what a plain scalar stands for: text, number, boolean or null."""
    first = text[:1]
    if first in "yYnNtTfFoO~.+-" and text in _KNOWN:
        return _KNOWN[text]
    if first == ".":
        value = float(text.replace("_", "")) if _POINT.fullmatch(text) else None
        return text if value is None or math.isinf(value) else value
    if first in "0123456789+-":
        return _number(text)
    return text


def _number(text: str) -> object:
    plain = text.replace("_", "")
    found = _INTEGER.fullmatch(plain)
    if found:
        value = _integer(*found.groups())
        if _LEAST <= value <= _MOST and not (value > _MOST >> 1 and plain.startswith("+")):
            return value
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        if not math.isinf(number):
            return number
    return text


def _integer(sign: str, sixteen: str | None, two: str | None, eight: str | None, ten: str | None) -> int:
    for digits, base in ((sixteen, 16), (two, 2), (eight, 8), (ten, 10)):
        if digits is not None:
            return -int(digits, base) if sign == "-" else int(digits, base)
    raise AssertionError(sign)


def tagged(tag: str, text: str) -> object:
    """Give what a scalar with a tag of YAML's own stands for; one that does not fit raises NotRead."""
    if tag == "str":
        return text
    value = _timestamp(text) if tag == "timestamp" else resolve(text)
    if tag == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    kinds = {"null": type(None), "bool": bool, "int": int, "float": float, "timestamp": str}
    if type(value) is not kinds[tag]:
        raise NotRead(f"cannot decode `{text}` as a !!{tag}")
    return value


def _timestamp(text: str) -> str | None:
    """Give the text of a point in time, as go-yaml takes it for one; None for another."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        year, month, day, *clock = (int(part or 0) for part in found.groups())
        hour, minute, second = (sum(pair) for pair in zip(clock[:3], clock[3:], strict=True))
        datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        return None
    return text


def key(value: object) -> str:
    """Give the text that a key stands for in JSON; one that has none raises NotRead."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if value <= _MOST >> 1:
            return str(value)
        case float():
            return _shortest(value)
        case _:
            shown = "null" if value is None else f"a {'map' if isinstance(value, dict) else type(value).__name__}"
            raise NotRead(f"{shown} is no key")


def _shortest(value: float) -> str:
    """Give the fewest digits that tell a number of 32 bits apart, as Go prints them."""
    if math.isnan(value):
        return ".nan"
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if math.isinf(single):
        return "-.inf" if single < 0 else ".inf"
    digits = next(n for n in range(1, 10) if struct.pack("f", float(f"{single:.{n}g}")) == struct.pack("f", single))
    text = f"{single:.{digits - 1}e}"
    exponent = int(text.partition("e")[2])
    if not -4 <= exponent < 6:
        return f"{text.partition('e')[0]}e{exponent:+03}"
    return f"{single:.{max(digits - 1 - exponent, 0)}f}"
