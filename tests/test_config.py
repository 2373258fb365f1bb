"""podsec.yaml: what it says, what is wrong in it and in which line, and its schema in step with the reader."""

from __future__ import annotations

import datetime
import json
from dataclasses import fields
from typing import TYPE_CHECKING

import jsonschema
import pytest

from podsec_compile import agreement
from podsec_compile.config import (
    ENFORCEMENTS,
    FILE,
    Config,
    Environment,
    Match,
    RuleSettings,
    Waiver,
    parse,
    read,
    schema,
)
from podsec_compile.document import Document
from podsec_compile.errors import PodsecError
from shipped import SPECS

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
profile: aks
kubernetes: "1.30"
targets: [gatekeeper, vap]
rules:
  host-ports: {off: true}
  privileged: {enforcement: warn}
  group-outside-range: {parameters: {minimum: 1000}}
  untrusted-registry: {parameters: {registries: [registry.example]}}
exclude: {namespaces: [kube-system]}
environments:
  dev: {enforcement: audit, rules: {sysctls: deny}, exclude: {namespaces: [sandbox]}}
  prod: {}
waivers:
  - rule: restricted-volumes
    match: {namespace: monitoring, name: node-*, labels: {b: "1", a: x}, image: registry.example/team}
    owner: team-a
    reason: It reads the disks.
    expires: 2027-01-31
"""


def test_a_whole_file_is_read() -> None:
    config = parse(WHOLE)
    assert (config.profile, config.kubernetes, config.targets) == ("aks", "1.30", ("gatekeeper", "vap"))
    assert config.rules["host-ports"].off
    assert config.rules["untrusted-registry"].parameters == {"registries": ("registry.example",)}
    assert config.environments[0] == Environment("dev", "audit", {"sysctls": "deny"}, ("sandbox",))
    match = Match("monitoring", "node-*", (("a", "x"), ("b", "1")), "registry.example/team")
    expires = datetime.date(2027, 1, 31)
    assert config.waivers == (Waiver("restricted-volumes", match, "team-a", "It reads the disks.", expires),)
    assert config.waivers[0].line == 14
    agreement.check(config, SPECS)
    assert "host-ports" not in [spec.id for spec in agreement.chosen(config, SPECS)]


def test_an_empty_file_says_nothing() -> None:
    for text in ("", "# nothing\n", "{}"):
        config = parse(text)
        assert config == Config(file=FILE)
        agreement.check(config, SPECS)
        assert agreement.chosen(config, SPECS) == SPECS


def test_the_weaker_enforcement_counts_unless_the_environment_names_the_rule() -> None:
    config = parse(WHOLE)
    dev, prod = config.environments
    asked = {rule: [config.enforcement(rule, one) for one in (None, dev, prod)] for rule in ("privileged", "sysctls")}
    assert asked == {"privileged": ["warn", "audit", "warn"], "sysctls": ["deny", "deny", "deny"]}
    assert config.enforcement("proc-mount", dev) == "audit"
    assert config.excluded() == config.excluded(prod) == ("kube-system",)
    assert config.excluded(dev) == ("kube-system", "sandbox")


def test_words_that_older_yaml_takes_for_booleans_are_texts() -> None:
    rules = parse("rules: {a: {off: true}, no: {off: FALSE}}").rules
    assert rules == {"a": RuleSettings(off=True), "no": RuleSettings()}
    assert parse("environments: {on: {}}").environments == (Environment("on"),)


# --- what is wrong ------------------------------------------------------------------------------------------------

WAIVER = """\
waivers:
  - rule: host-ports
    match: {namespace: a}
    owner: o
    reason: r
    expires: 2027-01-31
"""


def waiver(old: str, new: str) -> str:
    assert old in WAIVER
    return WAIVER.replace(old, new)


def match(new: str, rule: str = "host-ports") -> str:
    return waiver("{namespace: a}", new).replace("host-ports", rule)


BROKEN: dict[str, tuple[str, int | None, str, str | None]] = {
    # name: text, line, part of the message, part of the hint
    "no YAML": ("profile: [a\nb: c\n", 2, "no valid YAML", None),
    "a tab": ("rules:\n\thost-ports: {}\n", 2, "no valid YAML", None),
    "two documents": ("profile: aks\n---\nprofile: aks\n", 2, "no valid YAML", None),
    "an anchor that is not there": ("profile: *a\n", 1, "no valid YAML", None),
    "a tag": ("profile: !!python/name:os.system x\n", 1, "no valid YAML", None),
    "a key twice": ("profile: aks\nprofile: baseline\n", 2, 'the key "profile" stands here twice', None),
    "a key that is a number": ("rules:\n  1: {}\n", 2, "a key is a text", 'write it in quotes: "1"'),
    "a key that is a list": ("? [a]\n: b\n", 1, "a key is a text", None),
    "a list": ("- profile\n", 1, "a map is expected, not a list", None),
    "a text": ("profile\n", 1, "a map is expected", None),
    "an unknown key": ("\nprofil: aks\n", 2, 'there is no key "profil" here', 'did you mean "profile"?'),
    "a key like no other": ("x: 1\n", 1, 'there is no key "x" here', "there are profile, kubernetes"),
    "an unknown key of a rule": ("rules:\n  sysctls:\n    offf: true\n", 3, "offf", 'did you mean "off"?'),
    "an unknown key of a waiver": (waiver("owner", "owners"), 4, 'no key "owners"', 'did you mean "owner"?'),
    "an unknown key of a match": (match("{image: x.io, names: a}"), 3, 'no key "names"', 'did you mean "name"?'),
    "nothing behind a key": ("rules:\n", 1, "rules: a map is expected, not nothing", "leave the key out"),
    "a version without quotes": ("kubernetes: 1.30\n", 1, "a text is expected, not 1.30", 'write it in quotes: "1.30"'),
    "no version": ('kubernetes: "v1.30"\n', 1, "does not fit", None),
    "a version that is not there yet": ('kubernetes: "1.99"\n', 1, "is no version of Kubernetes", None),
    "an unknown profile": ("profile: restrictd\n", 1, 'no profile "restrictd"', 'did you mean "restricted"?'),
    "an unknown target": ("targets:\n  - vap\n  - kyverna\n", 3, 'no target "kyverna"', 'did you mean "kyverno"?'),
    "a target twice": ("targets: [vap, vap]\n", 1, "something stands here twice", None),
    "no target": ("targets: []\n", 1, "must not be empty", None),
    "an unknown rule": ("rules:\n  host-port: {}\n", 2, 'no rule "host-port"', 'did you mean "host-ports"?'),
    "off is yes": ("rules: {sysctls: {off: yes}}\n", 1, "true or false is expected, not yes", None),
    "every rule off": (
        "rules:\n" + "".join(f"  {spec.id}: {{off: true}}\n" for spec in SPECS),
        1,
        "every rule is off",
        None,
    ),
    "an unknown enforcement": (
        "rules:\n  sysctls: {enforcement: warning}\n",
        2,
        '"warning" is none of deny, warn, audit',
        'mean "warn"?',
    ),
    "an enforcement that is no text": ("rules:\n  sysctls: {enforcement: true}\n", 2, "True is none of", None),
    "an unknown parameter": (
        "rules:\n  untrusted-registry:\n    parameters:\n      registry: [a]\n",
        4,
        "no parameter",
        'mean "registries"?',
    ),
    "a parameter of a rule without": (
        "rules: {sysctls: {parameters: {a: 1}}}\n",
        1,
        "no parameter",
        "has no parameters",
    ),
    "a text for a list": (
        "rules: {untrusted-registry: {parameters: {registries: a}}}\n",
        1,
        "a list is expected, not a single",
        None,
    ),
    "a list for a number": ("rules: {group-outside-range: {parameters: {minimum: [1]}}}\n", 1, "not a list", None),
    "a number in a list of texts": (
        "rules: {untrusted-registry: {parameters: {registries: [1]}}}\n",
        1,
        "a text is expected, not 1",
        None,
    ),
    "a boolean for a number": ("rules: {group-outside-range: {parameters: {minimum: true}}}\n", 1, "not True", None),
    "a fraction": ("rules: {group-outside-range: {parameters: {minimum: 1.5}}}\n", 1, "not 1.5", None),
    "too large a number": (
        "rules: {group-outside-range: {parameters: {minimum: 9007199254740993}}}\n",
        1,
        "large",
        None,
    ),
    "a namespace with a star": ("exclude: {namespaces: [kube-*]}\n", 1, '"kube-*" does not fit', None),
    "a namespace that is a number": ("exclude: {namespaces: [1]}\n", 1, "a text is expected", 'in quotes: "1"'),
    "one namespace, no list": ("exclude: {namespaces: kube-system}\n", 1, "a list is expected, not kube-system", None),
    "a namespace twice": ("exclude: {namespaces: [a, a]}\n", 1, "something stands here twice", None),
    "a name with a slash": ("environments:\n  a/b: {}\n", 1, '"a/b" does not fit', None),
    "a name that leads out": ("environments:\n  ..: {}\n", 1, '".." does not fit', None),
    "an unknown enforcement of an environment": ("environments: {dev: {enforcement: dryrun}}\n", 1, "dryrun", None),
    "an unknown rule of an environment": (
        "environments:\n  dev:\n    rules:\n      sysctl: deny\n",
        4,
        'no rule "sysctl"',
        'mean "sysctls"?',
    ),
    "an environment's rule that is off": (
        "rules: {sysctls: {off: true}}\nenvironments: {dev: {rules: {sysctls: deny}}}\n",
        2,
        "is off",
        "leave this out",
    ),
    "a waiver that is no map": ("waivers: [host-ports]\n", 1, "a map is expected, not host-ports", None),
    "a waiver without owner and reason": (
        waiver("    owner: o\n    reason: r\n", ""),
        2,
        "owner, reason are missing",
        None,
    ),
    "a waiver for everything": (match("{}"), 3, "must not be empty", None),
    "a waiver with a blank owner": (waiver("owner: o", 'owner: " "'), 4, "Who answers for it", None),
    "a waiver for an unknown rule": (waiver("host-ports", "hostports"), 2, "no rule", 'did you mean "host-ports"?'),
    "a waiver for a rule that is off": ("rules: {host-ports: {off: true}}\n" + WAIVER, 3, "is off", "leave this out"),
    "a waiver for a rule of another profile": (
        "profile: baseline\n" + match("{name: a}", "latest-tag"),
        3,
        "not among the rules of baseline",
        "leave",
    ),
    "a waiver for a rule that another replaces": (
        "profile: restricted\n" + match("{name: a}", "host-path-volumes"),
        3,
        "not among",
        '"restricted-volumes" takes its',
    ),
    "a waiver without an end": (waiver("2027-01-31", "never"), 6, "The last day on which the waiver counts", None),
    "a day that is not": (waiver("2027-01-31", "2027-02-30"), 6, "no day of the calendar", None),
    "a day beyond the clocks": (waiver("2027-01-31", "2262-04-12"), 6, "before 2100", None),
    "a line break behind a namespace": ('exclude: {namespaces: ["a\\n"]}\n', 1, "does not fit", None),
    "a line break behind an environment": ('environments: {"dev\\n": {}}\n', 1, "does not fit", None),
    "a name that is a star": (match("{name: '*'}"), 3, '"*" does not fit', None),
    "a star in the middle": (match("{name: a*b}"), 3, "does not fit", None),
    "a namespace with capitals": (match("{namespace: Team}"), 3, "does not fit", None),
    "a label that is a number": (match("{labels: {a: 1}}"), 3, "a text is expected", 'in quotes: "1"'),
    "no labels": (match("{labels: {}}"), 3, "must not be empty", None),
    "an image with a tag": (match("{image: 'registry.example/a:1'}"), 3, "does not fit", None),
    "an image without a registry": (match("{image: nginx}"), 3, "does not begin", 'write "docker.io/library/nginx"'),
    "an old name of a registry": (match("{image: index.docker.io/a/b}"), 3, "does not begin", 'write "docker.io/a/b"'),
    "an image for a ConfigMap": (
        match("{image: x.io}", "config-map-credential"),
        3,
        "is about a ConfigMap, which has no image",
        "leave this out",
    ),
    "the same waiver twice": (WAIVER + WAIVER.partition("\n")[2], 8, "the same is waived in line 2", None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_its_line(name: str) -> None:
    text, line, message, hint = BROKEN[name]
    with pytest.raises(PodsecError) as raised:
        agreement.check(parse(text), SPECS)
    wrong = raised.value
    assert (wrong.file, wrong.line) == (FILE, line), wrong
    assert message in wrong.message
    assert (wrong.hint is None) == (hint is None), wrong
    assert (hint or "") in (wrong.hint or "")
    assert "\n" not in wrong.message


def test_at_least_thirty_kinds_are_tried() -> None:
    assert len(BROKEN) >= 30


def test_the_first_of_several_faults_is_said() -> None:
    with pytest.raises(PodsecError, match="exclud"):
        parse("profile: aks\nexclud: {}\nwaivers: {}\n")


def test_nested_anchors_are_read_once() -> None:
    """Ten levels of ten references each are ten thousand million parts, unless one looks at each once."""
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 11))
    with pytest.raises(PodsecError, match='there is no key "a0" here'):
        parse(text)


@pytest.mark.parametrize(("content", "said"), [(b"\xff", "not UTF-8"), (None, "No such file")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "podsec.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PodsecError, match=said) as raised:
        read(file)
    assert raised.value.file == file


# --- the schema ---------------------------------------------------------------------------------------------------


def test_the_schema_is_one_and_every_part_says_what_it_is() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    parts = [schema(), *schema()["$defs"].values()]
    named = [one for part in parts for one in part.get("properties", {}).values()]
    assert all("description" in one or "$ref" in one or "properties" in one for one in named)
    assert jsonschema.Draft202012Validator(schema()).is_valid(json.loads(json.dumps(Document(WHOLE, FILE).value)))


OWN = {"file", "lines", "line", "name"}  # of the reader, and the key that an environment stands behind


@pytest.mark.parametrize(
    ("of", "part"),
    [
        (Config, schema()),
        (RuleSettings, schema()["$defs"]["rule"]),
        (Environment, schema()["$defs"]["environment"]),
        (Waiver, schema()["$defs"]["waiver"]),
        (Match, schema()["$defs"]["waiver"]["properties"]["match"]),
    ],
)
def test_the_schema_has_the_keys_of_what_it_is_read_into(of: type, part: dict[str, object]) -> None:
    names = {one.name for one in fields(of)} - (OWN - ({"name"} if of is Match else set()))
    properties = part["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == names
    assert part["additionalProperties"] is False


def test_the_schema_has_the_enforcements() -> None:
    assert set(schema()["$defs"]["enforcement"]["enum"]) == set(ENFORCEMENTS)
