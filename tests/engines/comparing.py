"""What the reference expects of a request, and where an engine says otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from podsec_compile.evaluate import Request, judge
from podsec_compile.languages.cel import one_line
from podsec_compile.messages import bare, frame, message
from podsec_compile.normalize import Violation, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from engines import Judge
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


def bundle_of(out: Path, name: str) -> list[Path]:
    """Give the folders of a target that its engine loads."""
    return [folder for one in FOLDERS[name] if (folder := out / name / one).is_dir()]


def question(new: Any, old: Any = None, operation: str = "", subresource: str = "") -> Question:
    """Give a request as the judges read it."""
    return {"object": new, "oldObject": old, "operation": operation, "subresource": subresource}


class Reference:
    """The meaning of a set of rules at one version of Kubernetes."""

    def __init__(self, specs: Sequence[Spec], minor: int = NEWEST) -> None:
        self.rules: list[tuple[Spec, Violation]] = [
            (spec, normalize(spec.broken, spec.exempt, minor)) for spec in specs
        ]

    def messages(self, asked: Question, engine: str = "") -> dict[str, str]:
        """Give the messages that a request has to meet, as an engine prints them: policy → text."""
        request = Request(asked["object"], asked["oldObject"], asked["operation"])
        found = {}
        for spec, violation in self.rules:
            if places := judge(violation, spec.subject, request, spec.defaults):
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


def disagreements(engine: Judge, reference: Reference, asked: Iterable[Question]) -> list[str]:
    """Ask an engine and give, for each answer that is not the reference's, both answers and the request as YAML."""
    questions = list(asked)
    found = []
    for one, answer in zip(questions, engine.ask(questions), strict=True):
        if any(error.startswith("not an object of the API") for error in answer["errors"]):
            continue  # what Kubernetes' decoder refuses meets no policy there
        closed = {error.partition(":")[0] for error in answer["errors"] if LIST_FOR_MAP.search(error)}
        errors = [error for error in answer["errors"] if not (engine.engine in CEL and LIST_FOR_MAP.search(error))]
        said = {violation["policy"]: violation["message"] for violation in answer["violations"]}
        wanted = reference.messages(one, engine.engine)
        if engine.engine == "vap" and said != wanted:
            wanted = reference.messages(_decoded(one), engine.engine)
        differing = {
            key: (said.get(key), wanted.get(key))
            for key in {*said, *wanted} - closed
            if said.get(key) != wanted.get(key)
        }
        if differing or errors:
            found.append(f"{engine.engine} and the reference: {differing} {errors}\n{yaml.safe_dump(one)}")
    return found


def _decoded(asked: Question) -> Question:
    """Give a request as Go's types hold it, where a number that is 0 and a text that is empty are mostly absent."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: without(one)
                for key, one in value.items()
                if one is not None and (isinstance(one, bool) or one not in ("", 0))
            }
        return [without(one) for one in value] if isinstance(value, list) else value

    return {**asked, "object": without(asked["object"]), "oldObject": without(asked["oldObject"])}
