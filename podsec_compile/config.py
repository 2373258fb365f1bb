"""podsec.yaml: what a team builds, where it is enforced, and what is excepted."""

from __future__ import annotations

import datetime
import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from podsec_compile.document import Document, Place, wrong
from podsec_compile.errors import PodsecError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podsec_compile import ir

Enforcement = Literal["audit", "warn", "deny"]
ENFORCEMENTS: tuple[Enforcement, ...] = get_args(Enforcement)
"""From the weakest to the strongest."""
FILE = Path("podsec.yaml")
SCHEMA = Path(__file__).parent / "config.schema.json"


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
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a bundle is applied; `rules` are the rules whose enforcement is named there."""

    name: str
    enforcement: Enforcement = "deny"
    rules: Mapping[str, Enforcement] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What is different for one rule."""

    off: bool = False
    enforcement: Enforcement = "deny"
    parameters: Mapping[str, ir.Scalar | tuple[ir.Scalar, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole podsec.yaml; `file` is None where there is none. `lines` are the lines of its parts."""

    file: Path | None = None
    profile: str | None = None
    kubernetes: str = "latest"
    targets: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    lines: Mapping[Place, int] = field(default_factory=dict, compare=False, repr=False)

    def settings(self, rule: str) -> RuleSettings:
        """Give what is different for a rule: nothing, where it is not named."""
        return self.rules.get(rule, RuleSettings())

    def enforcement(self, rule: str, environment: Environment | None = None) -> Enforcement:
        """Give a rule's enforcement: the weaker of its own and the environment's, unless it is named there."""
        own = self.settings(rule).enforcement
        if environment is None:
            return own
        weaker: Enforcement = min(own, environment.enforcement, key=ENFORCEMENTS.index)
        return environment.rules.get(rule, weaker)

    def excluded(self, environment: Environment | None = None) -> tuple[str, ...]:
        """Give the namespaces that no rule judges, sorted."""
        return tuple(sorted({*self.exclude, *(environment.exclude if environment else ())}))

    def wrong(self, message: str, *place: str | int, hint: str | None = None) -> PodsecError:
        """Give the error for a part of the file."""
        return wrong(self.file, self.lines, message, place, hint)


@functools.cache
def schema() -> Mapping[str, Any]:
    """Give the JSON schema of podsec.yaml, which editors can use as well."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def read(file: Path) -> Config:
    """Read a podsec.yaml; what is wrong in it raises PodsecError with its line."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as refused:
        reason = refused.strerror if isinstance(refused, OSError) else "it is not UTF-8"
        raise PodsecError(f"the configuration could not be read: {reason}", file=file) from None
    return parse(text, file)


def parse(text: str, file: Path = FILE) -> Config:
    """Read the text of a podsec.yaml."""
    document = Document(text, file)
    _validate(document)
    value = document.value
    return Config(
        file=file,
        profile=value.get("profile"),
        kubernetes=value.get("kubernetes", "latest"),
        targets=tuple(value.get("targets", ())),
        environments=tuple(_environment(name, given) for name, given in value.get("environments", {}).items()),
        rules={name: _settings(given) for name, given in value.get("rules", {}).items()},
        exclude=tuple(value.get("exclude", {}).get("namespaces", ())),
        waivers=tuple(_waiver(document, number, given) for number, given in enumerate(value.get("waivers", ()))),
        lines=document.lines,
    )


def _validate(document: Document) -> None:
    import jsonschema  # a tenth of a second, which only those pay who have a podsec.yaml

    def unlike(_: object, pattern: str, given: object, part: object) -> Iterator[jsonschema.ValidationError]:
        # Python's $ lets a line break pass, that of JSON schema does not.
        if isinstance(given, str) and not re.search(pattern.replace("$", r"\Z"), given):
            yield jsonschema.ValidationError("")

    plain = jsonschema.Draft202012Validator
    strict = jsonschema.validators.extend(plain, {"pattern": unlike})  # type: ignore[no-untyped-call]
    found = strict(schema()).iter_errors(document.value)
    # A misspelt key goes before the missing one that it was to be.
    errors = [(error.validator == "required", _said(document, error)) for error in found]
    if errors:
        raise min(errors, key=lambda one: (one[0], one[1].line or 0, one[1].message))[1]


def _said(document: Document, error: Any) -> PodsecError:
    """Say a violation of the schema as a user reads it."""
    place, given, expected = tuple(error.absolute_path), error.instance, error.validator_value
    match error.validator:
        case "additionalProperties":
            known = list(error.schema["properties"])
            unknown = next(key for key in given if key not in known)
            hint = did_you_mean(unknown, known) or f"there are {', '.join(known)}"
            return document.wrong(f'there is no key "{unknown}" here', (*place, unknown), hint)
        case "required":
            missing = [key for key in expected if key not in given]
            return document.wrong(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", place)
        case "enum":
            return document.wrong(
                f"{_shown(given)} is none of {', '.join(expected)}", place, did_you_mean(str(given), expected)
            )
        case "type":
            return _of_another_type(document, place, given, expected)
        case "pattern":
            form = error.schema["description"]
            return document.wrong(f"{_shown(given)} does not fit. {form}", place)
        case "minLength" | "minItems" | "minProperties":
            return document.wrong("must not be empty", place)
        case "uniqueItems":
            return document.wrong("something stands here twice", place)
        case _:
            return document.wrong(error.message, place)


def _of_another_type(document: Document, place: Place, given: object, expected: object) -> PodsecError:
    kinds = {"object": "a map", "array": "a list", "string": "a text", "boolean": "true or false"}
    written = document.texts.get(place)
    hint = None
    if given is None:
        hint = "leave the key out where there is nothing to say"
    elif expected == "string" and written is not None:
        hint = f'write it in quotes: "{written}"'
    shown = _shown(given) if written is None else written or "nothing"
    return document.wrong(f"{kinds[str(expected)]} is expected, not {shown}", place, hint)


def _shown(given: object) -> str:
    match given:
        case None:
            return "nothing"
        case str():
            return json.dumps(given, ensure_ascii=False)
        case list() | dict():
            return "a list" if isinstance(given, list) else "a map"
        case _:
            return str(given)


def _environment(name: str, given: Mapping[str, Any]) -> Environment:
    excluded = tuple(given.get("exclude", {}).get("namespaces", ()))
    return Environment(name, given.get("enforcement", "deny"), given.get("rules", {}), excluded)


def _settings(given: Mapping[str, Any]) -> RuleSettings:
    parameters = {
        name: tuple(one) if isinstance(one, list) else one for name, one in given.get("parameters", {}).items()
    }
    return RuleSettings(given.get("off", False), given.get("enforcement", "deny"), parameters)


def _waiver(document: Document, number: int, given: Mapping[str, Any]) -> Waiver:
    match, place = given["match"], ("waivers", number)
    try:
        expires = datetime.date.fromisoformat(given["expires"])
    except ValueError:
        raise document.wrong(f'"{given["expires"]}" is no day of the calendar', (*place, "expires")) from None
    labels = tuple(sorted(match.get("labels", {}).items()))
    found = Match(match.get("namespace"), match.get("name"), labels, match.get("image"))
    return Waiver(given["rule"], found, given["owner"], given["reason"], expires, document.lines[place])
