"""What the reference expects of a request, and where an engine says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from engines import Judge
from podsec_compile.evaluate import Request, judge
from podsec_compile.messages import message
from podsec_compile.normalize import Violation, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from podsec_compile.evaluate import Parameters
    from podsec_compile.load import Spec

Question = dict[str, Any]
FOLDERS = {"gatekeeper": ("templates", "constraints"), "kyverno": ("policies",)}  # of a bundle, for each engine
ENGINES = tuple(FOLDERS)
NEWEST = 37


def question(new: Any, old: Any = None, operation: str = "", subresource: str = "") -> Question:
    """Give a request as the judges read it."""
    return {"object": new, "oldObject": old, "operation": operation, "subresource": subresource}


def started(engine: str, out: Path) -> Judge:
    """Give an engine, to be entered, with its part of a bundle."""
    return Judge(engine, *(out / engine / folder for folder in FOLDERS[engine]))


class Reference:
    """The meaning of a set of rules at one version of Kubernetes, with their default parameters or others."""

    def __init__(self, specs: Sequence[Spec], minor: int = NEWEST, parameters: Parameters | None = None) -> None:
        self.parameters = parameters
        self.rules: list[tuple[Spec, Violation]] = [
            (spec, normalize(spec.broken, spec.exempt, minor)) for spec in specs
        ]

    def messages(self, asked: Question) -> dict[str, str]:
        """Give the messages that a request has to meet: policy → text."""
        request = Request(asked["object"], asked["oldObject"], asked["operation"])
        found = {}
        for spec, violation in self.rules:
            if places := judge(violation, spec.subject, request, self.parameters or spec.defaults):
                found[f"podsec-{spec.id}"] = message(spec, places)
        return found


def disagreements(engine: Judge, reference: Reference, asked: Iterable[Question]) -> list[str]:
    """Ask an engine and give, for each answer that is not the reference's, both answers and the request as YAML."""
    questions = list(asked)
    found = []
    for one, answer in zip(questions, engine.ask(questions), strict=True):
        said = {violation["policy"]: violation["message"] for violation in answer["violations"]}
        wanted = reference.messages(one)
        if said != wanted or answer["errors"]:
            differing = {
                key: (said.get(key), wanted.get(key)) for key in {*said, *wanted} if said.get(key) != wanted.get(key)
            }
            found.append(f"{engine.engine} and the reference: {differing} {answer['errors']}\n{yaml.safe_dump(one)}")
    return found
