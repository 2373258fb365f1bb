"""The compiled Rego says what `evaluate` says, run in an embedded engine with what Gatekeeper hands to a template.

regorus stands in for Gatekeeper's OPA, which judges in tests/engines; it needs no Go.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import regorus
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from podsec_compile import ir
from podsec_compile.binding import atoms
from podsec_compile.cases import CONTAINER_LISTS, laid_over, placements, wrapped
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import Request, judge
from podsec_compile.messages import message
from podsec_compile.normalize import FALSE
from podsec_compile.render import Renderer
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import Compiled, target
from shipped import IDS, SPECS
from strategies import Given, as_pod, expressions, given_parameters, junk, objects, objects_of, spec_of

if TYPE_CHECKING:
    from podsec_compile.cases import Object
    from podsec_compile.kinds import Resource
    from podsec_compile.load import Spec

RENDERER = Renderer()
RULES = {spec.id: Compiled(spec, NEWEST_MINOR, spec.defaults) for spec in SPECS}

MANY_PATTERNS = 8  # regorus compiles each anew for each string; the engines of the lab are asked about all rules


def _patterns(rule: Compiled) -> int:
    """Count the regular expressions of a rule."""
    found = [one.to for one in atoms(rule.spec.broken) if isinstance(one, ir.Text) and one.test == "match"]
    return sum(len(one.values) if isinstance(one, ir.Values) else 1 for one in found)


LIGHT = {name: rule for name, rule in RULES.items() if _patterns(rule) <= MANY_PATTERNS}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=IDS)
every_light_rule = pytest.mark.parametrize("rule", LIGHT.values(), ids=LIGHT)
every_kind = pytest.mark.parametrize(
    ("rule", "resource"),
    [
        (rule, resource)
        for rule in RULES.values()
        for resource in rule.spec.subject.resources[: None if rule.spec.id in LIGHT else 1]
    ],
    ids=lambda one: one.spec.id if isinstance(one, Compiled) else one.kind,
)


class Gatekeeper:
    """One ConstraintTemplate in an engine."""

    def __init__(self, rule: Compiled) -> None:
        files = target("gatekeeper").files([rule], RENDERER)
        template = yaml.safe_load(files[f"templates/{rule.spec.id}.yaml"])
        source = template["spec"]["targets"][0]["code"][0]["source"]
        assert source["version"] == "v1"
        self._rule = rule
        self._engine = regorus.Engine()
        self._engine.add_policy("template.rego", source["rego"])
        (package,) = self._engine.get_packages()
        self._query = f"{package}.violation"

    def messages(self, request: Request, parameters: Given | None = None) -> list[str]:
        """Give the messages of a review: none where the object is admitted."""
        review: Object = {"object": request.object, "kind": self._kind(request.object)}
        if request.operation:
            review["operation"] = request.operation
        if request.old is not None:
            review["oldObject"] = request.old
        given = self._rule.spec.defaults if parameters is None else parameters
        self._engine.set_input_json(json.dumps({"review": review, "parameters": given}))
        return [one["msg"] for one in json.loads(self._engine.eval_rule_as_json(self._query))]

    def _kind(self, value: Any) -> Object:
        group, _, version = value["apiVersion"].rpartition("/")
        return {"group": group, "version": version, "kind": value["kind"]}


@functools.cache
def gatekeeper(rule_id: str) -> Gatekeeper:
    """Give the engine of a shipped rule."""
    return Gatekeeper(RULES[rule_id])


def expected(rule: Compiled, request: Request, parameters: Given | None = None) -> list[str]:
    """Give the messages that the meaning of a rule asks for."""
    given = rule.spec.defaults if parameters is None else parameters
    found = judge(rule.violation, rule.spec.subject, request, given)
    return [message(rule.spec, found)] if found else []


def agree(rule: Compiled, engine: Gatekeeper, request: Request, parameters: Given | None = None) -> None:
    """Fail where the engine and the meaning differ."""
    assert engine.messages(request, parameters) == expected(rule, request, parameters)


def agree_if_judged(rule: Compiled, engine: Gatekeeper, request: Request, parameters: Given | None = None) -> None:
    """Fail where they differ, unless regorus stops at a function's wrong argument, where OPA goes on: undefined."""
    try:
        found = engine.messages(request, parameters)
    except RuntimeError as stopped:
        if not re.search(r"error: `[a-z_.]+` expects \w+ argument", str(stopped)):
            raise
        return
    assert found == expected(rule, request, parameters)


# --- the shipped rules ------------------------------------------------------------------------------------------------


def placed(spec: Spec) -> list[Object]:
    """Give a rule's cases, each also with its container in each list of a pod."""
    good = next((case for case in spec.cases if case.verdict == "good" and case.container), None)
    return [one for case in spec.cases for one in (case.object, *(pod for _, pod in placements(case, good)))]


@every_kind
def test_every_case_in_every_kind_is_judged_by_its_meaning(rule: Compiled, resource: Resource) -> None:
    for pod in placed(rule.spec):
        for operation in ("", "CREATE"):
            agree_if_judged(rule, gatekeeper(rule.spec.id), Request(wrapped(pod, resource), None, operation))


@every_kind
def test_an_update_is_admitted_or_judged_in_full_in_every_kind(rule: Compiled, resource: Resource) -> None:
    all_pods = placed(rule.spec)
    for pod, other in zip(all_pods, [*all_pods[1:], all_pods[0]], strict=True):
        new = wrapped(pod, resource)
        labelled = laid_over(new, {"metadata": {"labels": {"changed": "yes"}}})
        for old in (new, labelled, wrapped(other, resource), None):
            agree_if_judged(rule, gatekeeper(rule.spec.id), Request(new, old, "UPDATE"))


@every_rule
def test_a_delete_is_admitted(rule: Compiled) -> None:
    for pod in placed(rule.spec):
        agree_if_judged(rule, gatekeeper(rule.spec.id), Request(pod, None, "DELETE"))


@every_light_rule
@settings(max_examples=25)
@given(data=st.data())
def test_a_random_object_is_judged_by_its_meaning(rule: Compiled, data: st.DataObject) -> None:
    pod = data.draw(objects_of(rule.spec.subject, [rule.spec]), "pod")
    resource = data.draw(st.sampled_from(rule.spec.subject.resources), "kind")
    agree_if_judged(rule, gatekeeper(rule.spec.id), Request(carrying(pod, resource), None, "CREATE"))


@every_light_rule
@settings(max_examples=15)
@given(data=st.data())
def test_a_random_update_is_judged_by_its_meaning(rule: Compiled, data: st.DataObject) -> None:
    some = objects_of(rule.spec.subject, [rule.spec])
    new, old = data.draw(some, "new"), data.draw(some, "old")
    kept = data.draw(st.sets(st.sampled_from(("metadata", "spec"))), "kept")
    old = {**old, **{name: new[name] for name in kept if name in new}}
    resource = data.draw(st.sampled_from(rule.spec.subject.resources), "kind")
    agree_if_judged(rule, gatekeeper(rule.spec.id), Request(carrying(new, resource), carrying(old, resource), "UPDATE"))


@every_light_rule
@settings(max_examples=10)
@given(template=junk())
def test_a_template_of_any_type_is_judged_by_its_meaning(rule: Compiled, template: object) -> None:
    for resource in rule.spec.subject.resources:
        if resource.path:
            agree_if_judged(rule, gatekeeper(rule.spec.id), Request(at_path(template, resource), None, "CREATE"))


def at_path(template: object, resource: Resource) -> Object:
    """Give an object of a kind with a pod template of any type."""
    body: Any = template
    for name in reversed(resource.path):
        body = {name: body}
    return {**body, "apiVersion": resource.api_version, "kind": resource.kind}


def carrying(pod: Object, resource: Resource) -> Object:
    """Give an object, however malformed, in a kind: a pod as the template of a controller."""
    if not resource.path:
        return {**pod, "apiVersion": resource.api_version, "kind": resource.kind}
    return at_path({name: value for name, value in pod.items() if name not in ("apiVersion", "kind")}, resource)


def test_parameters_of_a_constraint_go_before_the_defaults() -> None:
    rule, engine = RULES["host-ports"], gatekeeper("host-ports")
    (name,) = rule.spec.defaults
    bad = next(case.object for case in rule.spec.cases if case.name == "only port")
    ports = [port["hostPort"] for port in bad["spec"]["containers"][0]["ports"]]
    table: list[tuple[Given, bool]] = [
        ({}, True),
        ({name: ()}, True),
        ({name: tuple(ports)}, False),
        ({name: (1,)}, True),
    ]
    for parameters, refused in table:
        assert bool(engine.messages(Request(bad, None, "CREATE"), parameters)) == refused


def test_the_name_of_an_offending_container_stands_in_the_message() -> None:
    spec = RULES["privileged"].spec
    bad = next(case for case in spec.cases if case.verdict == "bad")
    good = next(case for case in spec.cases if case.verdict == "good")
    for _, pod in placements(bad, good):
        (text,) = gatekeeper("privileged").messages(Request(pod, None, "CREATE"))
        assert "container subject" in text
        assert "container beside" not in text
    assert len(placements(bad, good)) == len(CONTAINER_LISTS)


# --- random rules -----------------------------------------------------------------------------------------------------


def compiled(broken: ir.Expression, exempt: ir.Expression) -> tuple[Compiled, Gatekeeper]:
    """Compile a random rule; one that is too entangled to be taken apart is none."""
    spec = spec_of(broken, exempt)
    rule = Compiled(spec, NEWEST_MINOR, spec.defaults)
    try:
        return rule, Gatekeeper(rule)
    except PodsecError:
        assume(condition=False)
        raise


def test_a_negative_number_in_a_list_is_no_subtraction_from_the_line_before() -> None:
    tags, names, groups = (
        ir.Variable(name, (ir.Field(ir.Variable("pod"), ("spec", f"{name}s"), "list"),))
        for name in ("tag", "name", "group")
    )
    below = ir.Some(groups, ir.Equal(ir.Field(groups, (), "number"), ir.Value(-1)))
    there = [ir.Some(one, ir.Constant(value=True)) for one in (tags, names)]
    rule, engine = compiled(ir.And((*there, below)), FALSE)
    for numbers in ([-1], [1], []):
        agree(rule, engine, Request(as_pod({"spec": {"tags": [1], "names": [1], "groups": numbers}}), None, "CREATE"))


def test_elements_of_one_name_from_different_lists_are_kept_apart() -> None:
    root = ir.Variable("pod")
    lists = [ir.Field(root, ("spec", name), "list") for name in ("items", "spares", "extras")]
    some, others = ir.Variable("item", tuple(lists[:2])), ir.Variable("item", (lists[0], lists[2]))
    a, b = (ir.Every(one, ir.Equal(ir.Field(one, (), "string"), ir.Value("a"))) for one in (some, others))
    rule, engine = compiled(ir.Or((a, b)), FALSE)
    for spares, extras in ((["a"], ["b"]), (["b"], ["a"]), (["b"], ["b"]), ([], [])):
        pod = as_pod({"spec": {"items": ["a"], "spares": spares, "extras": extras}})
        agree(rule, engine, Request(pod, None, "CREATE"))


@settings(max_examples=400)
@given(expressions(with_parameters=True), expressions(depth=1), st.lists(objects(), min_size=3, max_size=6))
def test_a_random_rule_is_judged_by_its_meaning(
    broken: ir.Expression, exempt: ir.Expression, values: list[object]
) -> None:
    rule, engine = compiled(broken, exempt)
    for value in values:
        agree_if_judged(rule, engine, Request(as_pod(value), None, "CREATE"))


@settings(max_examples=200)
@given(expressions(), objects(), objects())
def test_a_random_update_of_a_random_rule_is_judged_by_its_meaning(
    broken: ir.Expression, new: object, old: object
) -> None:
    rule, engine = compiled(broken, FALSE)
    agree_if_judged(rule, engine, Request(as_pod(new), as_pod(old), "UPDATE"))


@settings(max_examples=200)
@given(expressions(with_parameters=True, with_versions=False), objects(), given_parameters())
def test_a_random_rule_obeys_the_parameters_of_its_constraint(
    broken: ir.Expression, value: object, parameters: Given
) -> None:
    rule, engine = compiled(broken, FALSE)
    own = {one.name: parameters[one.name] for one in rule.spec.parameters}
    agree_if_judged(rule, engine, Request(as_pod(value), None, "CREATE"), own)
