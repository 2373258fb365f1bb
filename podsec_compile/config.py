"""podsec.yaml: what a team builds, where it is enforced, and what is excepted."""

from __future__ import annotations

import datetime
import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jsonschema
import yaml

from podsec_compile.errors import PodsecError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from podsec_compile import ir

Enforcement = Literal["deny", "warn", "audit"]
FILE = Path("podsec.yaml")


@dataclass(frozen=True, slots=True)
class Match:
    """What a waiver is for; None is anything. Every part that is given has to fit.

    `name` may end in `*`; `labels` are those of the object, of a controller those of its pod template; `image` is a
    registry, or a repository in it, that every image of the pod comes from.
    """

    namespace: str | None = None
    name: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A dated exception to one rule: it counts up to the end of the day `expires`, in UTC."""

    rule: str
    match: Match
    owner: str
    reason: str
    expires: datetime.date
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a bundle is applied; `rules` are the rules whose enforcement differs there."""

    name: str
    enforcement: Enforcement = "deny"
    rules: tuple[tuple[str, Enforcement], ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What is different for one rule."""

    off: bool = False
    enforcement: Enforcement | None = None
    parameters: Mapping[str, ir.Scalar | tuple[ir.Scalar, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole podsec.yaml; `file` is None where there is none."""

    file: Path | None = None
    profile: str | None = None
    kubernetes: str = "latest"
    targets: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()


@functools.cache
def schema() -> Mapping[str, Any]:
    """Give the JSON schema of podsec.yaml, which editors can use as well."""
    return json.loads((Path(__file__).parent / "config.schema.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


class _Loader(yaml.CSafeLoader):
    """Reads dates as the texts that they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class _Document:
    """A YAML document with the line of each of its parts; wrong YAML raises PodsecError."""

    def __init__(self, text: str, file: Path) -> None:
        self.file = file
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            self._node = node
            if node is not None:
                self._unique(node)
            self.value: Any = {} if node is None else loader.construct_document(node)
        except yaml.MarkedYAMLError as wrong:
            mark = wrong.problem_mark or wrong.context_mark
            said = " ".join(part for part in (wrong.context, wrong.problem) if part)
            raise PodsecError(
                f"no valid YAML: {said}", file=file, line=mark.line + 1 if mark is not None else None
            ) from None
        except (yaml.YAMLError, ValueError, RecursionError) as wrong:
            raise PodsecError(f"no valid YAML: {' '.join(str(wrong).split())}", file=file) from None
        finally:
            loader.dispose()

    def line(self, path: Sequence[str | int]) -> int:
        """Give the line of the part at a path, or of the nearest one above it."""
        node, line = self._node, 1
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pair = next(((key, value) for key, value in node.value if key.value == step), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
        return line

    def wrong(self, message: str, path: Sequence[str | int], hint: str | None = None) -> PodsecError:
        """Give the error for a part."""
        place = ".".join(map(str, path))
        return PodsecError(f"{place}: {message}" if place else message, file=self.file, line=self.line(path), hint=hint)

    def _unique(self, node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        raise PodsecError(
                            f'the key "{key.value}" stands here twice', file=self.file, line=key.start_mark.line + 1
                        )
                    seen.add(key.value)
                self._unique(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                self._unique(value)


def read(file: Path) -> Config:
    """Read a podsec.yaml; what is wrong in it raises PodsecError with its line."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
        raise PodsecError(f"the configuration could not be read: {reason}", file=file) from None
    return parse(text, file)


def parse(text: str, file: Path = FILE) -> Config:
    """Read the text of a podsec.yaml."""
    document = _Document(text, file)
    _validate(document)
    return _config(document)


def _validate(document: _Document) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    errors = sorted(
        validator.iter_errors(document.value), key=lambda one: (document.line(list(one.absolute_path)), one.message)
    )
    for error in errors:
        raise _said(document, error)


def _said(document: _Document, error: Any) -> PodsecError:
    """Say a violation of the schema as a user reads it."""
    path = list(error.absolute_path)
    given = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(error.schema["properties"])
            unknown = next(key for key in given if key not in known)
            hint = did_you_mean(str(unknown), known) or f"there are {', '.join(known)}"
            return document.wrong(f'there is no key "{unknown}" here', [*path, unknown], hint)
        case "required":
            missing = [key for key in error.validator_value if key not in given]
            return document.wrong(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", path)
        case "enum":
            known = list(error.validator_value)
            return document.wrong(f"{given!r} is none of {', '.join(known)}", path, did_you_mean(str(given), known))
        case "type":
            return document.wrong(
                f"a {_word(str(error.validator_value))} is expected, not {given!r}", path, _quoted(given)
            )
        case "propertyNames":
            return document.wrong(f'"{given}" is no name: lower-case letters, digits and - are', path)
        case "pattern":
            expected = error.schema.get("description", "another form is expected")
            return document.wrong(f'"{given}" does not fit: {expected}', path)
        case "minLength" | "minItems" | "minProperties":
            return document.wrong("must not be empty", path)
        case "uniqueItems":
            return document.wrong("something stands here twice", path)
        case _:
            return document.wrong(error.message, path)


def _word(kind: str) -> str:
    return {"object": "map", "array": "list", "string": "text", "boolean": "true or false"}.get(kind, kind)


def _quoted(given: object) -> str | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return f'write it in quotes: "{given}"'


def _config(document: _Document) -> Config:
    value = document.value
    return Config(
        file=document.file,
        profile=value.get("profile"),
        kubernetes=value.get("kubernetes", "latest"),
        targets=tuple(value.get("targets", ())),
        environments=tuple(_environment(name, given) for name, given in value.get("environments", {}).items()),
        rules={name: _settings(given) for name, given in value.get("rules", {}).items()},
        exclude=tuple(value.get("exclude", {}).get("namespaces", ())),
        waivers=tuple(_waiver(document, number, given) for number, given in enumerate(value.get("waivers", ()))),
    )


def _environment(name: str, given: Mapping[str, Any]) -> Environment:
    return Environment(
        name,
        given.get("enforcement", "deny"),
        tuple(given.get("rules", {}).items()),
        tuple(given.get("exclude", {}).get("namespaces", ())),
    )


def _settings(given: Mapping[str, Any]) -> RuleSettings:
    parameters = {
        name: tuple(one) if isinstance(one, list) else one for name, one in given.get("parameters", {}).items()
    }
    return RuleSettings(given.get("off", False), given.get("enforcement"), parameters)


def _waiver(document: _Document, number: int, given: Mapping[str, Any]) -> Waiver:
    match = given["match"]
    path: list[str | int] = ["waivers", number]
    try:
        expires = datetime.date.fromisoformat(given["expires"])
    except ValueError:
        raise document.wrong(f'"{given["expires"]}" is no day of the calendar', [*path, "expires"]) from None
    labels = tuple(sorted(match.get("labels", {}).items()))
    found = Match(match.get("namespace"), match.get("name"), labels, match.get("image"))
    return Waiver(given["rule"], found, given["owner"], given["reason"], expires, document.line(path))
