"""Kubernetes field paths and types, read from the generated schema.json."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError, did_you_mean

if TYPE_CHECKING:
    from podsec_compile.ir import JsonType

NEWEST_MINOR = 37


def minor_of(version: str) -> int:
    """Give N of the version "1.N" of Kubernetes; another text, or one newer than the schema, raises PodsecError."""
    major, _, minor = version.partition(".") if isinstance(version, str) else ("", "", "")
    if major != "1" or not minor.isdecimal() or not minor.isascii() or int(minor) > NEWEST_MINOR:
        shown = f'"{version}"' if isinstance(version, str) else repr(version)
        raise PodsecError(f"{shown} is no version of Kubernetes up to 1.{NEWEST_MINOR}", hint='write "1.25"')
    return int(minor)


@dataclass(frozen=True, slots=True)
class Tables:
    """`types`: object type → field → type; `keys`: object type → the field that tells list elements apart.

    `named` are the object types in which that field is required.
    """

    types: dict[str, dict[str, str]]
    keys: dict[str, str]
    named: frozenset[str]


@functools.cache
def tables() -> Tables:
    """Read the tables that ship with the package."""
    data = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return Tables(data["types"], data["keys"], frozenset(data["named"]))


def json_type(kind: str) -> JsonType:
    """Give the JSON type of a schema type: `[T]` is a list, `{T}` and the name of a table are maps."""
    if kind in ("string", "number", "boolean", "any"):
        return kind  # type: ignore[return-value]  # mypy does not narrow a str by `in`
    return "list" if kind.startswith("[") else "map"


def field_type(table: str, field: str) -> str:
    """Give the schema type of a field of an object type; an unknown one raises PodsecError."""
    fields = tables().types[table]
    if field not in fields:
        raise PodsecError(f'{table} has no field "{field}"', hint=did_you_mean(field, fields))
    return fields[field]


def unknown_field(kind: str, value: object, path: str = "") -> str | None:
    """Give what is wrong with the first field name in `value` that the schema does not know, or None."""
    if kind.startswith("[") and isinstance(value, list):
        found = (unknown_field(kind[1:-1], item, f"{path}[{index}]") for index, item in enumerate(value))
        return next(filter(None, found), None)
    if kind not in tables().types or not isinstance(value, dict):
        return None
    fields = tables().types[kind]
    for name, item in value.items():
        if name not in fields:
            hint = did_you_mean(str(name), fields)
            return f'unknown field "{path}.{name}"'.replace('".', '"') + (f" ({hint})" if hint else "")
        if wrong := unknown_field(fields[name], item, f"{path}.{name}"):
            return wrong
    return None
