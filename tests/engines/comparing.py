"""What the reference expects of a request, and where an engine says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from decoding import as_go_writes, holds_list_for_map, is_custom
from engines import Judge
from podsec_compile.evaluate import Request, judge
from podsec_compile.languages.cel import one_line
from podsec_compile.messages import bare, frame, message
from podsec_compile.normalize import Violation, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from podsec_compile.evaluate import Parameters
    from podsec_compile.load import Spec

Question = dict[str, Any]
FOLDERS = {
    "gatekeeper": ("templates", "constraints"),
    "gatekeeper-cel": ("templates", "constraints"),
    "kyverno": ("policies",),
    "kyverno-cel": ("policies",),
    "vap": ("crds", "policies", "bindings"),
}
CEL = ("gatekeeper-cel", "kyverno-cel", "vap")
NEWEST = 37

# How the engines for CEL deny an object that holds a list in the place of a map, which no API server decodes. Kyverno
# meets the second where one variable of a policy runs over another that failed so.
LIST_FOR_MAP = re.compile(r"unsupported index type 'string' in list|\*types\.Err is not traits\.Lister")
LONGEST_MESSAGE = 5 * 1024


def question(new: Any, old: Any = None, operation: str = "", subresource: str = "") -> Question:
    """Give a request as the judges read it."""
    return {"object": new, "oldObject": old, "operation": operation, "subresource": subresource}


def started(engine: str, out: Path) -> Judge:
    """Give an engine, to be entered, with its part of a bundle."""
    return Judge(engine, *(folder for one in FOLDERS[engine] if (folder := out / engine / one).is_dir()))


class Reference:
    """The meaning of a set of rules at one version of Kubernetes, with their default parameters or others."""

    def __init__(self, specs: Sequence[Spec], minor: int = NEWEST, parameters: Parameters | None = None) -> None:
        self.parameters = parameters
        self.rules: list[tuple[Spec, Violation]] = [
            (spec, normalize(spec.broken, spec.exempt, minor)) for spec in specs
        ]

    def messages(self, asked: Question, engine: str = "") -> dict[str, str]:
        """Give the messages that a request has to meet, as an engine prints them: policy → text."""
        request = Request(asked["object"], asked["oldObject"], asked["operation"])
        found = {}
        for spec, violation in self.rules:
            if places := judge(violation, spec.subject, request, self.parameters or spec.defaults):
                found[f"podsec-{spec.id}"] = _printed(spec, places, engine)
        return found


def _printed(spec: Spec, places: Sequence[str], engine: str) -> str:
    """Give a message as an engine prints it: the engines for CEL on one line, two of them only up to a length."""
    if engine not in CEL:
        return message(spec, places)
    before, behind = map(one_line, frame(spec))
    marked = before + ", ".join(places) + behind
    too_much = "\n" in marked or len(marked.encode()) > LONGEST_MESSAGE
    return one_line(bare(spec)) if too_much and engine != "kyverno-cel" else marked


@dataclass(slots=True)
class Comparison:
    """Where an engine and the reference differ; requests that got no verdict, and verdicts that were errors.

    `refused` counts requests that Kubernetes' decoder refuses, so that no policy meets them. `closed` counts verdicts
    of the engines for CEL on a list in the place of a map, which no API server sends: they deny it with an error.
    """

    disagreements: list[str] = field(default_factory=list)
    refused: int = 0
    closed: int = 0


def compare(engine: Judge, reference: Reference, asked: Iterable[Question]) -> Comparison:
    """Ask an engine and compare its verdicts, messages and errors with the reference's."""
    questions = list(asked)
    found = Comparison()
    for one, answer in zip(questions, engine.ask(questions), strict=True):
        if any(error.startswith("not an object of the API") for error in answer["errors"]):
            found.refused += 1
            continue
        excused = engine.engine in CEL and any(holds_list_for_map(one[side]) for side in ("object", "oldObject"))
        closed = {error.partition(":")[0] for error in answer["errors"] if excused and LIST_FOR_MAP.search(error)}
        errors = [error for error in answer["errors"] if not (excused and LIST_FOR_MAP.search(error))]
        found.closed += len(closed)
        said = {violation["policy"]: violation["message"] for violation in answer["violations"]}
        ways = [
            reference.messages(asked, engine.engine) for asked in (decodings(one) if engine.engine == "vap" else [one])
        ]
        wanted = said if said in ways else ways[0]
        differing = {
            key: (said.get(key), wanted.get(key))
            for key in {*said, *wanted} - closed
            if said.get(key) != wanted.get(key)
        }
        if differing or errors:
            said_by = f"{engine.engine} and the reference: {differing} {errors}"
            found.disagreements.append(f"{said_by}\n{yaml.safe_dump(one)}")
    return found


def disagreements(engine: Judge, reference: Reference, asked: Iterable[Question]) -> list[str]:
    """Give, for each answer of an engine that is not the reference's, both answers and the request as YAML."""
    return compare(engine, reference, asked).disagreements


def decodings(asked: Question) -> list[Question]:
    """Give a request as Go's types may hold it, where null in a list is an empty element.

    A custom resource has no Go type and stays as it is. Null in a map of texts is an empty text, what a
    header lacks is one, too, what a Service's port leads to is 0; an empty list is none.
    A number that is 0 and a text that is empty are absent or not there, as the type of the field is a pointer or not;
    an UPDATE from the one to the other is none.
    """

    def decoded(value: Any, *dropped: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: one for key, one in value.items() if isinstance(one, bool) or one not in dropped}
            return {key: decoded(one, *dropped) for key, one in kept.items()}
        if isinstance(value, list):
            return [{} if one is None else decoded(one, *dropped) for one in value]
        return value

    both = ("object", "oldObject")
    if asked["object"] and is_custom(asked["object"]["apiVersion"]):
        return [asked]
    return [
        {**asked, **{name: decoded(as_go_writes(asked[name]), *dropped) for name in both}}
        for dropped in ((None, []), (None, [], 0, ""))
    ]
