"""Waivers: what they fit, on which days they count, and what a bundle holds of them."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest

from podsec_compile import ir, waivers
from podsec_compile.compile import compile_bundle
from podsec_compile.config import Config, Match, Waiver, parse
from podsec_compile.errors import PodsecError
from podsec_compile.kinds import CONFIG_MAP, POD, SUBJECTS
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import TARGETS, Compiled
from shipped import SPECS

if TYPE_CHECKING:
    from podsec_compile.load import Spec

DAY = datetime.date(2027, 1, 31)
RULES = {spec.id: spec for spec in SPECS}
HOST_PORTS = RULES["host-ports"]


def waiver(match: Match, expires: datetime.date = DAY, rule: str = "host-ports") -> Waiver:
    return Waiver(rule, match, "team-a", "until the agent replaces it", expires, 7)


def fits(match: Match, value: dict[str, Any]) -> bool:
    return waivers.fits(waivers.waived(waiver(match), POD), POD, value)


def pod(image: str = "x", **metadata: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": image}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def deployment(labels: dict[str, str], below: dict[str, str], name: str = "web") -> dict[str, Any]:
    template = {"metadata": {"labels": below}, "spec": {"containers": [{"name": "c", "image": "x.io/a"}]}}
    metadata = {"name": name, "namespace": "a", "labels": labels}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}}


FITTING = [
    (Match(namespace="a"), pod(namespace="a"), True),
    (Match(namespace="a"), pod(namespace="ab"), False),
    (Match(namespace="a"), pod(), False),
    (Match(name="web"), pod(name="web"), True),
    (Match(name="web"), pod(name="web-1"), False),
    (Match(name="web-*"), pod(name="web-1"), True),
    (Match(name="web-*"), pod(name="web"), False),
    (Match(name="web-*"), pod(generateName="web-"), False),  # the API server names it before it asks
    (Match(name="web-*"), pod(name=7), False),
    (Match(labels=(("a", "b"),)), pod(labels={"a": "b", "c": "d"}), True),
    (Match(labels=(("a", "b"), ("c", "d"))), pod(labels={"a": "b"}), False),
    (Match(labels=(("a", "b"),)), pod(labels=["a"]), False),
    (Match(labels=(("a", "b"),)), deployment({}, {"a": "b"}), True),
    (Match(labels=(("a", "b"),)), deployment({"a": "b"}, {}), False),
    (Match(name="web", namespace="a"), deployment({}, {}), True),
    (Match(image="x.io"), pod("x.io/a/b:1"), True),
    (Match(image="x.io/a"), pod("x.io/a@sha256:" + "0" * 64), True),
    (Match(image="x.io/a"), pod("x.io/ab"), False),
    (Match(image="docker.io/library"), pod("nginx"), True),
    (Match(image="x.io"), pod("x.io.evil/a"), False),
    (Match(image="x.io"), pod("no image"), False),
    (Match(namespace="a", name="web"), pod(namespace="a", name="api"), False),
]


@pytest.mark.parametrize(("match", "value", "is_fit"), FITTING)
def test_every_part_that_is_given_has_to_fit(match: Match, value: dict[str, Any], is_fit: bool) -> None:
    assert fits(match, value) == is_fit


@pytest.mark.parametrize("where", ["initContainers", "ephemeralContainers"])
def test_every_image_has_to_come_from_there(where: str) -> None:
    value = pod("x.io/a")
    assert fits(Match(image="x.io"), value)
    value["spec"][where] = [{"name": "d", "image": "y.io/a"}]
    assert not fits(Match(image="x.io"), value)


def test_what_a_volume_brings_is_an_image_too() -> None:
    value = pod("x.io/a")
    value["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}, {"name": "w", "image": {"reference": "x.io/b"}}]
    assert fits(Match(image="x.io"), value)
    value["spec"]["volumes"].append({"name": "u", "image": {"reference": "y.io/b"}})
    assert not fits(Match(image="x.io"), value)


def test_an_object_of_another_kind_is_not_fit() -> None:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
    assert not fits(Match(name="web"), value)
    assert waivers.fits(waivers.waived(waiver(Match(name="web")), CONFIG_MAP), CONFIG_MAP, value)


def test_a_waiver_ends_with_its_day() -> None:
    assert waivers.waived(waiver(Match(name="a")), POD).until == "2027-02-01T00:00:00Z"
    assert waivers.waived(waiver(Match(name="a"), datetime.date(2028, 2, 28)), POD).until == "2028-02-29T00:00:00Z"


def test_the_note_of_a_waiver_is_one_line() -> None:
    one = Waiver("host-ports", Match(name="a"), "a\n- b", "c\r\u2028\x85d */ # e", DAY)
    note = waivers.waived(one, POD).note
    assert note.isprintable()
    assert note.splitlines() == [note]


@pytest.mark.parametrize(
    ("days", "said"),
    [(15, None), (14, "14 days left"), (2, "2 days left"), (1, "1 day left"), (0, "today"), (-1, None)],
)
def test_a_waiver_is_warned_of_fourteen_days_before(days: int, said: str | None) -> None:
    config = Config(waivers=(waiver(Match(namespace="a", name="b*", labels=(("c", "d"),), image="x.io")),))
    warnings = waivers.ending(config, DAY - datetime.timedelta(days=days))
    of = "the waiver of host-ports for namespace a name b* labels c=d image x.io"
    assert warnings == (
        [] if said is None else [f"None:7: 2027-01-31 is the last day of {of} ({said}); team-a answers for it"]
    )


def test_the_day_itself_still_counts_and_the_next_is_refused() -> None:
    config = Config(waivers=(waiver(Match(name="a")),))
    waivers.refuse_over(config, DAY)
    with pytest.raises(PodsecError, match="name a is over since 2027-01-31, and team-a answers for it") as raised:
        waivers.refuse_over(config, DAY + datetime.timedelta(days=1))
    assert raised.value.line == 7


# --- in a bundle --------------------------------------------------------------------------------------------------

TEXT = """\
waivers:
  - {rule: host-ports, match: {namespace: a}, owner: o, reason: r, expires: 2027-01-31}
  - {rule: privileged, match: {name: a}, owner: o, reason: r, expires: 2027-01-31}
"""


def bundle(specs: list[Spec], text: str, day: datetime.date, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(waivers, "today", lambda: day)
    made = compile_bundle(specs, minor=NEWEST_MINOR, targets=(*TARGETS, "gatekeeper-joined"), config=parse(text))
    return {path: content.decode() for path, content in made.files.items()}


def test_every_target_holds_a_waiver_of_its_rule_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = [HOST_PORTS, RULES["proc-mount"]]
    plain = bundle(specs, "", DAY, monkeypatch)
    first = TEXT.rpartition("  - ")[0]
    changed = {path for path, text in bundle(specs, first, DAY, monkeypatch).items() if plain.get(path) != text}
    assert changed == {
        "azure-policy/definitions/host-ports.json",
        "gatekeeper/templates/host-ports.yaml",
        "gatekeeper-cel/templates/host-ports.yaml",
        "gatekeeper-joined/templates/pod.yaml",
        "kyverno/policies/host-ports.yaml",
        "kyverno-cel/policies/host-ports.yaml",
        "vap/policies/host-ports.yaml",
    }


def test_a_waiver_that_is_over_is_never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PodsecError, match="is over since 2027-01-31"):
        bundle([HOST_PORTS], TEXT, DAY + datetime.timedelta(days=1), monkeypatch)


def test_the_bundle_does_not_depend_on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    early = bundle([HOST_PORTS], TEXT, DAY - datetime.timedelta(days=300), monkeypatch)
    assert bundle([HOST_PORTS], TEXT, DAY, monkeypatch) == early


def test_what_a_waiver_fits_is_no_test_of_an_engine() -> None:
    """Its verdict would change with the day."""
    waived = waivers.of_rule([waiver(Match(namespace="default"))], "host-ports", POD)
    rule = Compiled(HOST_PORTS, NEWEST_MINOR, HOST_PORTS.defaults, waived=waived)
    assert rule.cases == ()
    waived = waivers.of_rule([waiver(Match(namespace="other"))], "host-ports", POD)
    plain = Compiled(HOST_PORTS, NEWEST_MINOR, HOST_PORTS.defaults)
    assert Compiled(HOST_PORTS, NEWEST_MINOR, HOST_PORTS.defaults, waived=waived).cases == plain.cases


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_a_subject_has_no_name_that_the_object_in_the_request_has(subject: Any) -> None:
    assert subject.name != ir.CARRIER.name


def test_only_engines_with_a_clock_hold_the_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    files = bundle([HOST_PORTS], TEXT, DAY, monkeypatch)
    holding = {path.partition("/")[0] for path, text in files.items() if "2027-02-01T00:00:00Z" in text}
    # Azure's is in base64; of the templates with both languages it is Rego that has it.
    assert holding == {"gatekeeper", "gatekeeper-cel", "gatekeeper-joined", "kyverno", "kyverno-cel"}
    assert not re.search('time|Z"', files["vap/policies/host-ports.yaml"].partition("waived")[2].partition("valid")[0])
