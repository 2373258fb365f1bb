"""The compiled bundles in a real cluster: the API server admits and refuses as the contract says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bundles import is_unreadable, type_warnings
from comparing import Reference, question
from conftest import NOTES, ROWS
from controllers import named
from processes import wait_until
from situations import SITUATIONS

if TYPE_CHECKING:
    from api import Reply
    from conftest import Installed
    from podsec_compile.load import Spec

pytestmark = pytest.mark.cluster

# These tell of one policy at a time: the first refusal is the answer.
TELLS_OF_ONE = {"kyverno-cel", "vap", "gatekeeper-vap"}


def refused_by(reply: Reply) -> set[str]:
    """Give the names of the policies that an answer names."""
    return set(re.findall(r"\bpodsec-[a-z0-9-]*[a-z0-9]", reply.message))


def flat(text: str) -> str:
    """Give a text without what YAML, in Kyverno's answers, makes of quotes and long lines."""
    return re.sub(r"\s+", " ", text).replace("''", "'").replace('\\"', '"')


def test_a_user_meets_what_the_contract_says(installed: Installed) -> None:
    wrong = []
    for situation in SITUATIONS:
        reply = situation.do(installed.api)
        by_policy = bool(refused_by(reply))
        cell = "admitted" if reply.ok else f"denied {reply.code}" if by_policy else f"error {reply.code}"
        ROWS.setdefault(situation.name, {})[installed.target] = cell
        if reply.ok != situation.admitted or (not reply.ok and not by_policy):
            wrong.append(f"{situation.name}: {reply.code} {reply.message}")
    assert not wrong, "\n".join(wrong)


def test_every_case_is_answered_as_the_reference_answers(installed: Installed, specs: tuple[Spec, ...]) -> None:
    reference = Reference(specs)
    wrong, verbatim, denied = [], 0, 0
    for spec, written, defaulted in installed.defaulted:
        wanted = reference.messages(question(defaulted, None, "CREATE"))
        reply = installed.api.create(written, dry=True)
        said = refused_by(reply) & {f"podsec-{one.id}" for one in specs}
        right = bool(said) and said <= set(wanted) if installed.target in TELLS_OF_ONE else said == set(wanted)
        if reply.ok != (not wanted) or (wanted and not right):
            wrong.append(f"{spec.id}, {written['kind']}: {reply.code} {reply.message}\nexpected {wanted}")
        denied += not reply.ok
        verbatim += not reply.ok and all(flat(wanted.get(name, "")) in flat(reply.message) for name in said)
    total = len(installed.defaulted)
    NOTES.append(
        f"{installed.target}: {total} objects from the rules' cases, {denied} denied, {total - denied} admitted,"
        f" {len(wrong)} not as the reference; the messages verbatim in {verbatim} of {denied}"
    )
    assert not wrong, f"{len(wrong)} wrong, the first:\n{wrong[0]}"


def matching(resource: str) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    return {"resourceRules": [rule]}


# A check that finds nothing wrong in these two would find nothing in ours either.
MISTYPED = named(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "mistyped",
    spec={"matchConstraints": matching("configmaps"), "validations": [{"expression": "object.spec.nothing == 1"}]},
)
UNREADABLE = named(
    "policies.kyverno.io/v1",
    "ValidatingPolicy",
    "unreadable",
    spec={"matchConstraints": matching("secrets"), "validations": [{"expression": "true"}]},
)


def test_the_api_servers_type_check_warns_of_no_policy(installed: Installed, specs: tuple[Spec, ...]) -> None:
    if installed.target not in {"vap", "gatekeeper-vap"}:
        pytest.skip("the bundle makes no admission policies of Kubernetes")
    installed.api.create(MISTYPED).expect()
    warnings = type_warnings(installed.api)
    installed.api.delete(MISTYPED).expect()
    assert any("undefined field" in one for one in warnings.pop("mistyped"))
    assert len(warnings) == len(specs)
    wrong = {name: found for name, found in warnings.items() if found}
    NOTES.append(f"{installed.target}: {len(warnings)} admission policies type-checked, {len(wrong)} with warnings")
    assert not wrong


def test_kyvernos_reports_controller_may_read_what_every_policy_matches(installed: Installed) -> None:
    if not installed.target.startswith("kyverno"):
        pytest.skip("Kyverno is not there")
    assert not [one for one in installed.warnings if "requires permissions" in one]  # so it says it of a ClusterPolicy
    if installed.target == "kyverno":
        return
    installed.api.create(UNREADABLE).expect()
    wait_until("a policy about secrets is unreadable", lambda: is_unreadable(installed.api, UNREADABLE), 60)
    installed.api.delete(UNREADABLE).expect()
    ours = [one for one in installed.applied if one["kind"] == "ValidatingPolicy"]
    ready = [installed.api.get(one).expect()["status"]["conditionStatus"]["ready"] for one in ours]
    NOTES.append(f"{installed.target}: {ready.count(True)} of {len(ready)} policies READY")
    assert ready
    assert all(ready)
