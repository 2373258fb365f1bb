"""What "every" and "any" mean: what is required holds for each element that it mentions, what is forbidden for none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings

from podsec_compile import dsl, ir
from podsec_compile.binding import bind, fields, free, parameters, versions
from podsec_compile.dsl import before, each_container, param, since, some
from podsec_compile.evaluate import at, holds
from strategies import ROOT, free_expressions, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podsec_compile.conditions import Condition

pod: Any = dsl.pod
container: Any = each_container
capabilities = container.securityContext.capabilities
host_port = container.ports.each.hostPort
tty = container.tty
host = pod.spec.hostPID


def of(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(containers), **spec}}


def requires(condition: Condition, value: object) -> bool:
    """Tell whether an object keeps what a rule requires."""
    return holds(bind(condition.node, universal=True), {ROOT: value}, {})


def finds(condition: Condition, value: object) -> bool:
    """Tell whether an object has what a rule forbids."""
    return holds(bind(condition.node, universal=False), {ROOT: value}, {})


def ports(*numbers: int) -> dict[str, Any]:
    return {"ports": [{"hostPort": number} for number in numbers]}


def changing(drop: list[str] | None = None, add: list[str] | None = None) -> dict[str, Any]:
    return {"securityContext": {"capabilities": {"drop": drop, "add": add}}}


ALL_DROPPED = capabilities.drop.contains("ALL") & capabilities.add.subset_of("NET_BIND_SERVICE")

REQUIRED: dict[str, tuple[Condition, Any, bool]] = {
    "each element: all": (tty.is_true(), of({"tty": True}, {"tty": True}), True),
    "each element: not one": (tty.is_true(), of({"tty": True}, {}), False),
    "no element": (tty.is_true(), of(), True),
    "no list": (tty.is_true(), {"spec": {}}, True),
    "no object": (tty.is_true(), None, True),
    "init container": (tty.is_true(), of({"tty": True}, initContainers=[{}]), False),
    "ephemeral container": (tty.is_true(), of({"tty": True}, ephemeralContainers=[{}]), False),
    "element of an element: all": (host_port == 0, of(ports(0), ports(0, 0)), True),
    "element of an element: not one": (host_port == 0, of(ports(0), ports(0, 1)), False),
    "element of an element: none": (host_port == 0, of({}), True),
    # the trap: an empty list must not take along what is not about its elements
    "nothing added, ALL dropped": (ALL_DROPPED, of(changing(["ALL"])), True),
    "nothing added, nothing dropped": (ALL_DROPPED, of(changing()), False),
    "nothing added, another dropped": (ALL_DROPPED, of(changing(["CHOWN"], [])), False),
    "allowed added, nothing dropped": (ALL_DROPPED, of(changing([], ["NET_BIND_SERVICE"])), False),
    "another added, ALL dropped": (ALL_DROPPED, of(changing(["ALL"], ["NET_BIND_SERVICE", "CHOWN"])), False),
    "nothing at all in the second": (ALL_DROPPED, of(changing(["ALL"]), {}), False),
    "and: no port does not spare the container": ((host_port == 0) & tty.is_true(), of({}), False),
    "and: no container does not spare the pod": (tty.is_true() & host.is_true(), of(), False),
    "or: no container spares all": (tty.is_true() | host.is_true(), of(), True),
    "or: the pod spares each container": (tty.is_true() | host.is_true(), of({}, hostPID=True), True),
    "or: each container has its own way": (tty.is_true() | (host_port == 1), of({"tty": True}, ports(1)), True),
    "or: one container has neither": (tty.is_true() | (host_port == 1), of({"tty": True}, ports(2)), False),
    "or under and": ((tty.is_true() | host.is_true()) & (host_port == 0), of({"tty": True}), True),
    "and under or: the container has no port": ((tty.is_true() & (host_port == 0)) | host.is_true(), of({}), False),
    "and under or: the pod spares": ((tty.is_true() & (host_port == 1)) | host.is_true(), of({}, hostPID=True), True),
    "not any is each not": (~tty.is_true(), of({}, {"tty": True}), False),
    "not any of none": (~tty.is_true(), of(), True),
    "not of and": (~(tty.is_true() & host.is_true()), of({"tty": True}, hostPID=True), False),
    "one element twice is one element": ((host_port < 10) | (host_port > 20), of(ports(5, 25)), True),
    "one element twice: between": ((host_port < 10) | (host_port > 20), of(ports(5, 15)), False),
    "some: in each container": (some(host_port == 1), of(ports(1, 2), ports(1)), True),
    "some: not in one container": (some(host_port == 1), of(ports(1), ports(2)), False),
    "some: a container without": (some(host_port == 1), of(ports(1), {}), False),
    "some some: in any container": (some(some(host_port == 1)), of(ports(2), ports(1)), True),
    "some some: in none": (some(some(host_port == 1)), of(ports(2)), False),
    "is_empty": (container.ports.is_empty(), of({}, {"ports": []}), True),
    "is_empty: not one": (container.ports.is_empty(), of({}, ports(1)), False),
    "map: each value": (pod.metadata.labels.each.value == "a", {"metadata": {"labels": {"x": "a", "y": "b"}}}, False),
    "map: no entry": (pod.metadata.labels.each.value == "a", {"metadata": {"labels": {}}}, True),
}

FORBIDDEN: dict[str, tuple[Condition, Any, bool]] = {
    "any element": (tty.is_true(), of({}, {"tty": True}), True),
    "no element": (tty.is_true(), of(), False),
    "no element of the opposite": (~tty.is_true(), of(), False),
    "any element of the opposite": (~tty.is_true(), of({"tty": True}, {}), True),
    "and: of one container": (tty.is_true() & (container.stdin.is_true()), of({"tty": True}, {"stdin": True}), False),
    "and: in one container": (tty.is_true() & (container.stdin.is_true()), of({"tty": True, "stdin": True}), True),
    "and: one port": ((host_port > 10) & (host_port < 20), of(ports(5, 25)), False),
    "and: that port": ((host_port > 10) & (host_port < 20), of(ports(5, 15)), True),
    "and: the pod and any container": (tty.is_true() & host.is_true(), of({}, {"tty": True}, hostPID=True), True),
    "or: no container does not take along the pod": (tty.is_true() | host.is_true(), of(hostPID=True), True),
    "or: no port does not take along the container": (tty.is_true() | (host_port == 1), of({"tty": True}), True),
    "or under and: no port": (
        (tty.is_true() | (host_port == 1)) & host.is_true(),
        of({"tty": True}, hostPID=True),
        True,
    ),
    "some: in one container": (some(host_port == 1) & tty.is_true(), of(ports(1), {"tty": True}), False),
}


@pytest.mark.parametrize(("condition", "value", "kept"), REQUIRED.values(), ids=REQUIRED)
def test_required(condition: Condition, value: object, kept: bool) -> None:
    assert requires(condition, value) == kept


@pytest.mark.parametrize(("condition", "value", "found"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbidden(condition: Condition, value: object, found: bool) -> None:
    assert finds(condition, value) == found


@pytest.mark.parametrize(("condition", "value", "kept"), REQUIRED.values(), ids=REQUIRED)
def test_to_require_is_to_forbid_the_opposite(condition: Condition, value: object, kept: bool) -> None:
    assert finds(~condition, value) != kept


# --- against a definition that knows no quantifier --------------------------------------------------------------------


def mentioned(node: ir.Expression) -> list[ir.Variable]:
    """Give the elements that a condition without quantifiers is about, each behind those that it is part of."""
    match node:
        case ir.Not(part):
            return mentioned(part)
        case ir.And(parts) | ir.Or(parts):
            found = [one for part in parts for one in mentioned(part)]
        case ir.Constant():
            return []
        case _:
            assert isinstance(node, ir.Atom)
            found, variable = [], node.field.of
            while variable.lists:
                found.insert(0, variable)
                variable = variable.lists[0].of
    return list(dict.fromkeys(found))


def choices(variables: list[ir.Variable], chosen: dict[ir.Variable, object]) -> Iterator[dict[ir.Variable, object]]:
    """Give every way to choose one element for each variable."""
    if not variables:
        yield chosen
        return
    first, *rest = variables
    for list_ in first.lists:
        value = at(chosen[list_.of], list_.path)
        elements: list[object] = []
        if isinstance(value, dict) and list_.type == "map":
            elements = [{"key": key, "value": one} for key, one in value.items() if one is not None]
        elif isinstance(value, list) and list_.type == "list":
            elements = [one for one in value if one is not None]
        for element in elements:
            yield from choices(rest, {**chosen, first: element})


@settings(max_examples=300)
@given(free_expressions(), objects(wrong=0, least=1))
def test_where_no_list_is_empty_each_choice_of_elements_must_do(node: ir.Expression, value: object) -> None:
    every = [holds(node, chosen, {}) for chosen in choices(mentioned(node), {ROOT: value})]
    assume(every)
    assert holds(bind(node, universal=True), {ROOT: value}, {}) == all(every)


@settings(max_examples=300)
@given(free_expressions(), objects(wrong=0, least=1))
def test_where_no_list_is_empty_any_choice_of_elements_does(node: ir.Expression, value: object) -> None:
    some_ = [holds(node, chosen, {}) for chosen in choices(mentioned(node), {ROOT: value})]
    assume(some_)
    assert holds(bind(node, universal=False), {ROOT: value}, {}) == any(some_)


def required(node: ir.Expression, chosen: dict[ir.Variable, object], *, each: bool = True) -> bool:
    """Say by the words of the manual what it is to require a condition for `each` element, or for any.

    Of an `and`, each part is required by itself. Of an `or`, elements that several parts are about are chosen
    first, and then each part stands by itself. The opposite is required of each where it is of any.
    """
    match node:
        case ir.Constant(value):
            return value
        case ir.Not(part):
            return not required(part, chosen, each=not each)
        case ir.And(parts) | ir.Or(parts):
            together = all if isinstance(node, ir.And) else any
            if isinstance(node, ir.And) == each:
                return together(required(part, chosen, each=each) for part in parts)
            about = [[one for one in mentioned(part) if one not in chosen] for part in parts]
            twice = [one for one in mentioned(node) if sum(one in some_ for some_ in about) > 1]
            ways = choices(twice, chosen)
            return (all if each else any)(together(required(part, way, each=each) for part in parts) for way in ways)
        case _:
            loose = [one for one in mentioned(node) if one not in chosen]
            return (all if each else any)(holds(node, way, {}) for way in choices(loose, chosen))


@settings(max_examples=500)
@given(free_expressions(), objects(wrong=3))
def test_what_is_required_and_what_is_forbidden_whatever_the_lists_hold(node: ir.Expression, value: object) -> None:
    for each in (True, False):
        bound = holds(bind(node, universal=each), {ROOT: value}, {})
        assert bound == required(node, {ROOT: value}, each=each)


@settings(max_examples=300)
@given(free_expressions())
def test_binding_closes_a_condition_and_leaves_a_closed_one_alone(node: ir.Expression) -> None:
    for universal in (True, False):
        bound = bind(node, universal=universal)
        assert free(bound) == []
        assert bind(bound, universal=universal) == bound
        assert bind(bound, universal=not universal) == bound


# --- what an expression mentions -------------------------------------------------------------------------------------


def test_free_elements_come_outermost_first() -> None:
    condition = (host_port == 1) & (container.command.each == "a") & host.is_true()
    assert [one.name for one in free(condition.node)] == ["container", "port", "command"]
    assert [one.name for one in free(some(host_port == 1).node)] == ["container"]
    assert free(some(some(host_port == 1)).node) == []
    assert free(host.is_true().node) == []


def test_fields_include_the_lists_that_are_run_over() -> None:
    read = [".".join(one.path) for one in fields(bind((host_port == 1).node, universal=True))]
    assert read == ["spec.containers", "spec.initContainers", "spec.ephemeralContainers", "ports", "hostPort"]


def test_parameters_are_found_everywhere_and_sorted_by_name() -> None:
    words = param.strings("b", ["x"], help="")
    word, count = param.string("a", "x", help=""), param.number("c", 1, help="")
    name = pod.spec.hostname
    written = since("1.25", ~name.one_of(words)) | (name == word) | some(some(host_port > count)) | name.ends_with(word)
    assert [one.name for one in parameters(written.node)] == ["a", "b", "c"]


def test_versions_are_found_everywhere_oldest_first() -> None:
    written = since("1.30", tty.is_true()) | ~since("1.25", since("1.27", tty.is_true())) | before("1.9", tty.is_true())
    assert versions(written.node) == (9, 25, 27, 30)
    assert versions(bind(written.node, universal=True)) == (9, 25, 27, 30)
