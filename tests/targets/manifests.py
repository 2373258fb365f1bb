"""What is read back from a bundle: parsed with another program than the one that wrote it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import regorus
import yaml

from podsec_compile.compile import compile_bundle
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podsec_compile.load import Spec


class Manifests:
    """The files of a bundle, as text and as the objects that a YAML parser finds in it."""

    def __init__(self, specs: Sequence[Spec], minor: int = NEWEST_MINOR) -> None:
        self.specs = {spec.id: spec for spec in specs}
        self.files = {path: content.decode() for path, content in compile_bundle(specs, minor=minor).files.items()}

    def documents(self, path: str) -> list[Any]:
        return list(yaml.safe_load_all(self.files[path]))

    def only(self, path: str) -> Any:
        (document,) = self.documents(path)
        return document

    def template(self, rule: str) -> Any:
        return self.only(f"gatekeeper/templates/{rule}.yaml")

    def constraint(self, rule: str) -> Any:
        return self.only(f"gatekeeper/constraints/{rule}.yaml")

    def policy(self, rule: str) -> Any:
        return self.only(f"kyverno/policies/{rule}.yaml")

    def rego(self, rule: str) -> str:
        (target,) = self.template(rule)["spec"]["targets"]
        (code,) = target["code"]
        return str(code["source"]["rego"])

    def violations(self, rule: str, review: Any, parameters: Any) -> list[Any]:
        """What the compiled Rego says of a review, in an embedded engine."""
        engine = regorus.Engine()
        try:
            engine.add_policy("template.rego", self.rego(rule))
            engine.set_input_json(json.dumps({"review": review, "parameters": parameters}))
            return list(json.loads(engine.eval_rule_as_json(f"data.podsec.{rule.replace('-', '_')}.violation")))
        except RuntimeError as wrong:
            reason = str(wrong).split("Stack backtrace")[0]
            raise AssertionError(f"no valid Rego: {reason}") from None


def strings(value: Any) -> Iterator[str]:
    """Every string in an object, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def literals(jmespath: str) -> list[Any]:
    """The literals of a JMESPath expression: 'raw' or `JSON`."""
    found = re.findall(r"'([^']*)'|`([^`]*)`", jmespath)
    return [json.loads(quoted) if quoted else raw for raw, quoted in found]


def message(policy: Any) -> tuple[str, str]:
    """The text of a ClusterPolicy's message before and behind what offends."""
    (rule,) = policy["spec"]["rules"]
    whole = re.fullmatch(r"\{\{ join\('', \[(.*), join\(', ', places\), (.*)\]\) \}\}", rule["validate"]["message"])
    assert whole, rule["validate"]["message"]
    (before,), (behind,) = literals(whole[1]), literals(whole[2])
    return before, behind
