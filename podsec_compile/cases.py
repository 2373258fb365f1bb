"""The cases of a rule: from the few lines that its file states to whole objects of every kind."""

from __future__ import annotations

import copy
import functools
import json
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import yaml

from podsec_compile import schema
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import Request
from podsec_compile.kinds import POD, Resource, Subject, carried_by
from podsec_compile.literals import checked_text

if TYPE_CHECKING:
    from podsec_compile.load import Spec
    from podsec_compile.rule import Rule

Object = dict[str, Any]

CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")
STAND_IN_IMAGE = "registry.example/app:1.0"


class CaseError(PodsecError):
    """A case of a rule is wrong: which one, and how."""

    def __init__(self, verdict: str, case: str, message: str) -> None:
        super().__init__(f'case "{case}" {message}')
        self.verdict = verdict
        self.case = case


@dataclass(frozen=True, slots=True)
class Case:
    """A small object and its verdict; `container` is the container that the case is about, or None."""

    name: str
    verdict: Literal["good", "bad"]
    object: Object
    container: Object | None = None

    @property
    def request(self) -> Request:
        """What the reference is asked."""
        return Request(self.object)


@dataclass(frozen=True, slots=True)
class Review:
    """What an engine's own test asks: an object, or an UPDATE of one that it replaces."""

    name: str
    new: Object
    old: Object | None = None
    subresource: str = ""

    @property
    def request(self) -> Request:
        """What the reference is asked."""
        return Request(self.new, self.old, "" if self.old is None else "UPDATE")

    @property
    def document(self) -> Object:
        """The object, or the AdmissionReview of the UPDATE."""
        return self.new if self.old is None else update(self.new, self.old, self.subresource)


class _Dumper(yaml.CSafeDumper):
    """Quotes what some readers of YAML take for a boolean or a number, and PyYAML does not; writes no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Write what stands in two places twice, as a reader expects it."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = '"' if re.fullmatch(r"[yYnN]|[-+.]?\d[\w.+-]*", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def document(value: Object) -> str:
    """Give an object as a YAML document."""
    return _document(json.dumps(value))  # several targets write the same objects


@functools.cache
def _document(text: str) -> str:
    return yaml.dump(json.loads(text), Dumper=_Dumper, sort_keys=False, width=1000)


def reviews(spec: Spec) -> list[Review]:
    """Give a rule's cases, its first bad one again in the last of the kinds, and what an UPDATE makes of it."""
    found = [Review(case.name, case.object) for case in spec.cases]
    bad = next(case for case in spec.cases if case.verdict == "bad")
    good = next((case for case in spec.cases if case.verdict == "good" and case.container), None)
    resource = spec.subject.resources[-1]
    if len(spec.subject.resources) > 1:
        article = "an" if resource.kind.startswith("A") else "a"
        found.append(Review(f"{bad.name}, in {article} {resource.kind}", wrapped(bad.object, resource)))
    labelled = laid_over(bad.object, {"metadata": {"labels": {"changed": "yes"}}})
    found.append(Review(f"UPDATE of the labels, {bad.name}", labelled, bad.object))
    for group, pod in placements(bad, good):
        if group == "ephemeralContainers":
            before = {**pod, "spec": {key: value for key, value in pod["spec"].items() if key != group}}
            found.append(Review(f"ephemeral container, {bad.name}", pod, before, "ephemeralcontainers"))
    return found


def update(new: Object, old: Object, subresource: str = "") -> Object:
    """Give the AdmissionReview of an UPDATE of an object."""
    name = new["metadata"]["name"]
    group, _, version = new["apiVersion"].rpartition("/")
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": name,
            "kind": {"group": group, "version": version, "kind": new["kind"]},
            "resource": {"group": group, "version": version, "resource": _plural(new)},
            **({"subResource": subresource} if subresource else {}),
            "name": name,
            "namespace": "default",
            "operation": "UPDATE",
            "userInfo": {"username": "case"},
            "object": new,
            "oldObject": old,
        },
    }


def _plural(value: Object) -> str:
    found = carried_by(value)
    return found[1].plural if found else f"{value['kind'].lower()}s"


def build(rule_id: str, rule: Rule, subject: Subject) -> tuple[Case, ...]:
    """Give a rule's cases as whole objects; a case that is no YAML or has an unknown field raises CaseError."""
    found: list[Case] = []
    titles: set[str] = set()
    for verdict, texts in (("good", rule.good), ("bad", rule.bad)):
        for name, text in texts.items():
            try:
                checked_text(name)
                given = _given(text, subject)
            except PodsecError as wrong:
                raise CaseError(verdict, name, wrong.message) from None
            title = unique(f"{rule_id}-{verdict}-{slug(name)}", titles)
            found.append(_case(title, name, verdict, given, subject))  # type: ignore[arg-type]  # one of the two
    return tuple(found)


def unique(title: str, taken: set[str]) -> str:
    """Give a name of 63 characters at most that is not taken, and take it."""
    ends = chain([""], (f"-{number}" for number in range(2, 999)))
    name = next(one for end in ends if (one := f"{title[: 63 - len(end)].rstrip('-')}{end}") not in taken)
    taken.add(name)
    return name


def _given(text: str, subject: Subject) -> Object:
    """Read the YAML of a case."""
    try:
        given = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as wrong:  # a date that is none is a ValueError
        raise PodsecError(f"is no valid YAML: {' '.join(str(wrong).split())}") from None
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise PodsecError(f"is YAML of an object, not {text!r}")
    for part in ("metadata", "spec"):
        if part in given and not isinstance(given[part], dict):
            raise PodsecError(f"has {part} that is no object: {given[part]!r}")
    if wrong_field := schema.unknown_field("Container" if _of_container(given, subject) else subject.type, given):
        raise PodsecError(f"has an {wrong_field}")
    return given


def _of_container(given: Object, subject: Subject) -> bool:
    return subject is POD and "spec" not in given and "metadata" not in given


def _case(title: str, name: str, verdict: Literal["good", "bad"], given: Object, subject: Subject) -> Case:
    """Lay what a case states over a minimal object."""
    if subject is not POD:
        resource = subject.resources[0]
        bare: Object = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": title}}
        return Case(name, verdict, laid_over(bare, given))
    if _of_container(given, subject):
        return Case(name, verdict, pod_with(title, [named(given, "app")]), named(given, "app"))
    for group in CONTAINER_LISTS:
        listed = given.get("spec", {}).get(group)
        if isinstance(listed, list):
            given["spec"][group] = [
                named(one, f"{group[0]}{n}") for n, one in enumerate(listed) if isinstance(one, dict)
            ]
    return Case(name, verdict, laid_over(pod_with(title, [named({}, "app")]), given))


def slug(text: str) -> str:
    """Give a text as part of a Kubernetes name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "case"


def named(container: Object, name: str) -> Object:
    """Give a container the name and image that it lacks."""
    return {"name": name, "image": STAND_IN_IMAGE, **container}


def pod_with(name: str, containers: list[Object], **lists: list[Object]) -> Object:
    """Give a minimal pod with these containers, and initContainers or ephemeralContainers by keyword."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": copy.deepcopy(containers), **copy.deepcopy(lists)},
    }


def laid_over(below: Object, above: Object) -> Object:
    """Give an object with another's fields in place of its own; maps are joined, everything else is replaced."""
    joined = copy.deepcopy(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(joined.get(key), dict)
        joined[key] = laid_over(joined[key], value) if both else copy.deepcopy(value)
    return joined


def placements(case: Case, good: Case | None) -> list[tuple[str, Object]]:
    """Give the pods in which the case's container stands in each list in turn, beside a container that is good.

    One pair (name of the list, pod) for each list; nothing where the case is not about a container.
    """
    if case.container is None or good is None or good.container is None:
        return []
    name = case.object["metadata"]["name"]
    found = []
    for group in CONTAINER_LISTS:
        subject = {**case.container, "name": "subject"}
        beside = {**good.container, "name": "beside"}
        lists = {"initContainers": [], "ephemeralContainers": []} if group == "containers" else {group: [subject]}
        containers = [beside, subject] if group == "containers" else [beside]
        found.append((group, pod_with(name, containers, **{key: value for key, value in lists.items() if value})))
    return found


def wrapped(pod: Object, resource: Resource) -> Object:
    """Give a pod as the template of a controller, valid for the API server; what has no template stays as it is.

    Of the kinds that one subject has it becomes the one that is asked for.
    """
    if not resource.path:
        return {**copy.deepcopy(pod), "apiVersion": resource.api_version, "kind": resource.kind}
    labels = {"app": "case"}
    template = laid_over({"metadata": {"labels": labels}}, {key: pod[key] for key in ("metadata", "spec")})
    template["metadata"].pop("name", None)
    if resource.group == "batch":
        template["spec"].setdefault("restartPolicy", "Never")
    body: Any = template
    for part in reversed(resource.path):
        body = {part: body}
    if resource.group == "apps":
        body["spec"]["selector"] = {"matchLabels": labels}
    if resource.kind == "CronJob":
        body["spec"]["schedule"] = "0 0 * * *"
    if resource.kind == "StatefulSet":
        body["spec"]["serviceName"] = "case"
    if resource.kind == "ReplicationController":
        body["spec"]["selector"] = labels
    name = {"name": pod.get("metadata", {}).get("name", "case")}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": name, **body}
