"""What the API server's decoder makes of an object, told from the schema: what it takes, and what none of it holds."""

from __future__ import annotations

from typing import Any

from podsec_compile import schema
from podsec_compile.kinds import AZURE_POD_IDENTITY, SECRET_PROVIDER_CLASS, SUBJECTS, carried_by

Object = dict[str, Any]

_WRITTEN: dict[str, Object] = {"HTTPHeader": {"name": "", "value": ""}, "ServicePort": {"targetPort": 0}}
"""What Go writes of a type where it is absent: what is no pointer, and is not left out where it is empty."""


def is_custom(api_version: str) -> bool:
    """Tell whether objects of an apiVersion are custom resources, which Kubernetes itself has no types for."""
    return any(
        one.api_version == api_version for one in (*SECRET_PROVIDER_CLASS.resources, *AZURE_POD_IDENTITY.resources)
    )


def decodes(value: Object) -> bool:
    """Tell whether an object is one that the API server decodes."""
    own = {key: one for key, one in value.items() if key not in ("apiVersion", "kind")}
    found = carried_by(value)
    return found is not None and typed(found[0].type, own)


def typed(kind: str, value: Any) -> bool:
    """Tell whether a value is one that the API server decodes at a place of this type; null in a list is not."""
    if value is None:
        return True
    if kind.startswith("["):
        return isinstance(value, list) and all(one is not None and typed(kind[1:-1], one) for one in value)
    if kind.startswith("{"):
        return isinstance(value, dict) and all(one is not None and typed(kind[1:-1], one) for one in value.values())
    if kind in schema.tables().types:
        fields = schema.tables().types[kind]
        return isinstance(value, dict) and all(key in fields and typed(fields[key], one) for key, one in value.items())
    checks = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "any": isinstance(value, str | int) and not isinstance(value, bool),
    }
    return checks[kind]


def holds_list_for_map(value: object) -> bool:
    """Tell whether a list stands in an object where the API has a map or an object; the decoder takes none such."""
    if not isinstance(value, dict):
        return False
    ways = [
        (subject.type, resource.path)
        for subject in SUBJECTS.values()
        for resource in subject.resources
        if resource.kind == value.get("kind")
    ]
    return any(_list_below(kind, path, value) for kind, path in ways)


def _list_below(kind: str, path: tuple[str, ...], value: object) -> bool:
    """Look on the way to what is judged, and in it."""
    for name in path:
        if isinstance(value, list):
            return True
        value = value.get(name) if isinstance(value, dict) else None
    return _list_for_map(kind, value)


def _list_for_map(kind: str, value: object) -> bool:
    if kind.startswith("["):
        return isinstance(value, list) and any(_list_for_map(kind[1:-1], one) for one in value)
    if kind.startswith("{"):
        return isinstance(value, list)
    fields = schema.tables().types.get(kind)
    if fields is None:
        return False
    if isinstance(value, list):
        return True
    known = value.items() if isinstance(value, dict) else ()
    return any(_list_for_map(fields[key], one) for key, one in known if key in fields)


def as_go_writes(value: Any) -> Any:
    """Give an object with what Go's types write where there is nothing: for a null label, say, an empty text."""
    ways = [
        (subject.type, resource.path)
        for subject in SUBJECTS.values()
        for resource in subject.resources
        if isinstance(value, dict) and resource.kind == value.get("kind")
    ]
    return _at(value, ways[0][1], ways[0][0]) if ways else value


def _at(value: Any, path: tuple[str, ...], kind: str) -> Any:
    """Change what stands at a path."""
    if not path:
        return _filled(kind, value)
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _at(value[path[0]], path[1:], kind)}


def _filled(kind: str, value: Any) -> Any:
    if kind.startswith("[") and isinstance(value, list):
        return [_filled(kind[1:-1], one) for one in value]
    if kind == "{string}" and isinstance(value, dict):
        return {key: "" if one is None else one for key, one in value.items()}
    fields = schema.tables().types.get(kind)
    if fields is None or not isinstance(value, dict):
        return value
    found = {key: _filled(fields[key], one) if key in fields else one for key, one in value.items()}
    return {**found, **{key: one for key, one in _WRITTEN.get(kind, {}).items() if found.get(key) is None}}
