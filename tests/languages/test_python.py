"""The Python that a scan runs says what `evaluate` says: what offends, in its order, and no error for any object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from podsec_compile import ir
from podsec_compile.cases import placements, wrapped
from podsec_compile.decisive import decisive, violated
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import Request, at, judge
from podsec_compile.judging import Judge
from podsec_compile.kinds import POD
from podsec_compile.languages import python
from podsec_compile.languages.python import Lowered
from podsec_compile.normalize import FALSE, Clause, Violation, normalize
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.witnesses import witnesses
from shipped import IDS, SPECS, parameters_set, violation_of
from strategies import ITEM, ROOT, Given, as_pod, expressions, given_parameters, junk, objects, objects_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.kinds import Resource
    from podsec_compile.load import Spec

PARAMETERS = {spec.id: parameters_set(spec) for spec in SPECS}
VIOLATIONS = {spec.id: violation_of(spec) for spec in SPECS}
TOGETHER = Judge([(spec.subject, Lowered(spec.id, VIOLATIONS[spec.id], PARAMETERS[spec.id])) for spec in SPECS])
every_rule = pytest.mark.parametrize("spec", SPECS, ids=IDS)


def expected(value: Any) -> dict[int, tuple[str, ...]]:
    """Give what the reference finds by each of the rules that ship."""
    found = (judge(VIOLATIONS[one.id], one.subject, Request(value), PARAMETERS[one.id]) for one in SPECS)
    return {number: places for number, places in enumerate(found) if places}


def found(judge_: Judge, value: Any) -> dict[int, tuple[str, ...]]:
    places: dict[int, tuple[str, ...]] = {}
    for number, place, _ in judge_.found(value):
        places[number] = (*places.get(number, ()), place)
    assert [*places] == sorted(places)
    return places


def blamed(value: Any, rule: str) -> Sequence[str | int]:
    """Give the path that a rule blames, of an object with one finding by it."""
    (path,) = (path for number, _, path in TOGETHER.found(value) if number == IDS.index(rule))
    return path


def agree(value: Any) -> None:
    """Fail where all rules together say something else than the reference, or blame a place that cannot be."""
    assert found(TOGETHER, value) == expected(value)
    for number, _, path in TOGETHER.found(value):
        there = TOGETHER.judged(value)
        assert there is not None
        assert path[: len(there.path)] == there.path, (SPECS[number].id, path)


def of_kind(pod: Any, resource: Resource) -> Any:
    """Give an object, however malformed, in a kind."""
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    if not resource.path:
        return {**pod, **head}
    body: Any = {name: one for name, one in pod.items() if name not in head}
    for name in reversed(resource.path):
        body = {name: body}
    return {**body, **head}


# --- the rules that ship ----------------------------------------------------------------------------------------------


@every_rule
def test_every_case_and_decisive_object_in_every_kind_is_judged_by_its_meaning(spec: Spec) -> None:
    good = next((case for case in spec.cases if case.verdict == "good" and case.container), None)
    shown = [*spec.cases, *decisive(spec, NEWEST_MINOR, PARAMETERS[spec.id])]
    for value in [one for case in shown for one in (case.object, *(pod for _, pod in placements(case, good)))]:
        for resource in spec.subject.resources:
            agree(wrapped(value, resource))


@every_rule
def test_every_witness_is_judged_by_its_meaning(spec: Spec) -> None:
    node = violated(spec, NEWEST_MINOR, PARAMETERS[spec.id])
    number = SPECS.index(spec)
    alone = Judge([(spec.subject, Lowered(spec.id, VIOLATIONS[spec.id], PARAMETERS[spec.id]))])
    for value in witnesses(node, spec.root, {}):
        whole = of_kind(value if isinstance(value, dict) else {}, spec.subject.resources[0])
        places = judge(VIOLATIONS[spec.id], spec.subject, Request(whole), PARAMETERS[spec.id])
        assert found(alone, whole).get(0, ()) == places
        assert found(TOGETHER, whole).get(number, ()) == places


@settings(max_examples=300)
@given(data=st.data())
def test_a_random_object_is_judged_by_its_meaning(data: st.DataObject) -> None:
    subject = data.draw(st.sampled_from([*{spec.subject.name: spec.subject for spec in SPECS}.values()]), "subject")
    value = data.draw(objects_of(subject, SPECS), "object")
    agree(of_kind(value, data.draw(st.sampled_from(subject.resources), "kind")))


@given(junk())
def test_a_template_of_any_type_is_judged_by_its_meaning(template: object) -> None:
    for resource in POD.resources:
        if resource.path:
            body: Any = template
            for name in reversed(resource.path):
                body = {name: body}
            agree({**body, "apiVersion": resource.api_version, "kind": resource.kind})


@given(junk(), junk())
def test_an_object_of_no_kind_is_left_alone(version: object, kind: object) -> None:
    assert TOGETHER.found({"apiVersion": version, "kind": kind, "spec": {"hostPID": True}}) == []


# --- random rules -----------------------------------------------------------------------------------------------------


def violation(broken: ir.Expression, exempt: ir.Expression = FALSE) -> Violation:
    """Give a random violation; one that is too entangled to be taken apart is none."""
    try:
        return normalize(broken, exempt, NEWEST_MINOR)
    except PodsecError:
        assume(condition=False)
        raise


@settings(max_examples=600)
@given(
    st.lists(st.tuples(expressions(with_parameters=True), expressions(depth=1)), min_size=1, max_size=3),
    st.lists(objects() | objects(least=1), min_size=3, max_size=6),
    given_parameters(),
)
def test_random_rules_together_are_judged_by_their_meaning(
    rules: list[tuple[ir.Expression, ir.Expression]], values: list[object], parameters: Given
) -> None:
    violations = [violation(*rule) for rule in rules]
    lowered = [(POD, Lowered(f"r{number}", one, parameters)) for number, one in enumerate(violations)]
    together = Judge(lowered)
    for value in map(as_pod, values):
        wanted = [judge(one, POD, Request(value), parameters) for one in violations]
        assert found(together, value) == {number: places for number, places in enumerate(wanted) if places}


def test_a_node_that_it_does_not_know_is_an_error() -> None:
    later = Violation(FALSE, (Clause(ir.Since(25, ir.Constant(value=True))),), ())
    with pytest.raises(AssertionError, match="versions are settled"):
        python.render(ROOT, [Lowered("later", later, {})])


# --- which field is blamed --------------------------------------------------------------------------------------------

CONTAINER = {"name": "web", "image": "acme.azurecr.io/web:1"}
BLAMED: dict[str, tuple[str, dict[str, Any], Sequence[str | int]]] = {
    "a field of the object": ("host-namespaces", {"hostPID": True}, ("hostPID",)),
    "a field of an element": (
        "privileged",
        {"initContainers": [CONTAINER, {**CONTAINER, "securityContext": {"privileged": True}}]},
        ("initContainers", 1, "securityContext", "privileged"),
    ),
    "a field that is absent": (
        "allow-privilege-escalation",
        {"containers": [CONTAINER]},
        ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
    ),
    "a field of an element's element": (
        "host-ports",
        {"containers": [{**CONTAINER, "ports": [{"containerPort": 80}, {"hostPort": 80}]}]},
        ("containers", 0, "ports", 1, "hostPort"),
    ),
    "an element that is a text": (
        "capabilities-restricted",
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["A"]}}}]},
        ("containers", 0, "securityContext", "capabilities", "add", 0),
    ),
    "what is there of several": (
        "restricted-volumes",
        {"volumes": [{"name": "v", "nfs": {"path": "/"}}]},
        ("volumes", 0, "nfs"),
    ),
    "the value of an environment variable": (
        "env-credential",
        {"containers": [{**CONTAINER, "env": [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}]}]},
        ("containers", 0, "env", 0, "value"),
    ),
}


@pytest.mark.parametrize(("rule", "spec", "path"), BLAMED.values(), ids=BLAMED)
def test_the_field_that_is_blamed_is(rule: str, spec: dict[str, Any], path: Sequence[str | int]) -> None:
    value = {"apiVersion": "v1", "kind": "Pod", "spec": spec}
    assert blamed(value, rule) == ("spec", *path)
    assert at(value, ("spec",)) == spec


def test_the_key_of_a_map_is_part_of_the_path() -> None:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b", "DB_PASSWORD": "hunter2hunter2"}}
    assert blamed(value, "config-map-credential") == ("data", "DB_PASSWORD")


# --- the text ---------------------------------------------------------------------------------------------------------


def test_each_field_is_read_once_for_all_rules() -> None:
    text = TOGETHER.sources["pod"].partition("\ndef pod(")[2]
    reads = [line.split(" = ")[1] for line in text.splitlines() if ".get(" in line]
    assert len(reads) > 100
    assert len(reads) == len(set(reads))


def test_a_literal_is_ascii_whatever_it_holds() -> None:
    for value in ("ä\n'\"\\", "\u2028", "{{ x }}", "\0"):
        text = python.render(ROOT, [Lowered("x", violation(_equal(value)), {})])
        assert text.isascii()
        judge_ = Judge([(POD, Lowered("x", violation(_equal(value)), {}))])
        assert found(judge_, as_pod({"spec": {"items": [{"word": value}]}})) == {0: ("item (unnamed)",)}


def _equal(value: str) -> ir.Expression:
    return ir.Some(ITEM, ir.Equal(ir.Field(ITEM, ("word",), "string"), ir.Value(value)))
