"""From specs to a bundle: every rule in every target, and what podsec.lock says of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from podsec_compile import __version__, ir, waivers
from podsec_compile.bundle import Bundle
from podsec_compile.config import Config
from podsec_compile.errors import PodsecError
from podsec_compile.languages import Unsupported
from podsec_compile.render import Renderer
from podsec_compile.targets import TARGETS, Compiled, target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podsec_compile.config import Environment
    from podsec_compile.load import Spec


def compile_bundle(
    specs: Sequence[Spec],
    *,
    minor: int,
    profile: str | None = None,
    targets: Sequence[str] = TARGETS,
    templates: Path | None = None,
    config: Config = Config(),  # noqa: B008  # it cannot change
) -> Bundle:
    """Compile the rules as they stand at Kubernetes 1.`minor`; what a target cannot say raises PodsecError.

    Of the configuration the rest counts: parameters, enforcement, what is excluded, waivers. One that is over raises
    PodsecError, too.
    """
    waivers.refuse_over(config, waivers.today())
    renderer = Renderer(templates)
    rules = [_compiled(spec, minor, config) for spec in specs]
    files: dict[str, bytes] = {}
    for name in dict.fromkeys(targets):
        for path, text in _files(name, rules, renderer).items():
            files[f"{name}/{path}"] = text.encode()
    for environment in config.environments:
        there = [_placed(rule, config, environment) for rule in rules]
        for name in dict.fromkeys(targets):
            for path, text in target(name).overlay(environment.name, there, renderer).items():
                files[f"overlays/{environment.name}/{name}/{path}"] = text.encode()
    lock = {
        "podsec-compile": __version__,
        "kubernetes": f"1.{minor}",
        "profile": profile,
        "targets": sorted(set(targets)),
        "rules": {rule.spec.id: {"level": rule.spec.rule.level, "meaning": meaning(rule)} for rule in rules},
    }
    return Bundle(files, lock)


def _compiled(spec: Spec, minor: int, config: Config) -> Compiled:
    settings = config.settings(spec.id)
    parameters = {**spec.defaults, **settings.parameters}
    waived = waivers.of_rule(config.waivers, spec.id, spec.subject)
    return Compiled(spec, minor, parameters, settings.enforcement, config.excluded(), waived)


def _placed(rule: Compiled, config: Config, environment: Environment) -> Compiled:
    """Give a rule as an environment has it."""
    return replace(
        rule,
        enforcement=config.enforcement(rule.spec.id, environment),
        excluded=config.excluded(environment),
    )


def _files(name: str, rules: Sequence[Compiled], renderer: Renderer) -> dict[str, str]:
    """Give a target's files; what it cannot say raises PodsecError with the rule's place and the targets that can."""
    try:
        return target(name).files(rules, renderer)
    except Unsupported as wrong:
        alone = next((rule for rule in rules if not _says(name, [rule], renderer)), None)
        able = [other for other in TARGETS if _says(other, [alone] if alone else rules, renderer)]
        others = " ".join(f"--target {other}" for other in able)
        raise PodsecError(
            f"the target {name} cannot hold {'this rule' if alone else 'these rules together'}: {wrong.message}",
            file=alone.spec.path if alone else None,
            line=alone.spec.line if alone else None,
            hint=f"say it otherwise, or build without that target: {others}" if able else "say it otherwise",
        ) from None


def _says(name: str, rules: Sequence[Compiled], renderer: Renderer) -> bool:
    try:
        target(name).files(rules, renderer)
    except Unsupported:
        return False
    return True


def meaning(rule: Compiled) -> str:
    """Give a hash of what the rule says of objects; it stays where words, or the order of parts, change."""
    violation = rule.violation
    clauses = sorted(repr((_sorted(one.condition), one.element, _sorted(one.body))) for one in violation.clauses)
    said = repr((rule.spec.subject.name, _sorted(violation.exempt), clauses, sorted(rule.parameters.items())))
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"


def _sorted(node: ir.Expression) -> ir.Expression:
    """Give an expression with the parts and values in one order, and without the words of its parameters."""
    match node:
        case ir.Not(part):
            return ir.Not(_sorted(part))
        case ir.And(parts):
            return ir.And(tuple(sorted(map(_sorted, parts), key=repr)))
        case ir.Or(parts):
            return ir.Or(tuple(sorted(map(_sorted, parts), key=repr)))
        case ir.Some(_, body) | ir.Every(_, body):
            return replace(node, body=_sorted(body))
        case ir.OneOf(_, ir.Values(values)):
            return replace(node, among=ir.Values(tuple(sorted(values, key=repr))))
        case ir.Text(_, _, ir.Values(values)):
            return replace(node, to=ir.Values(tuple(sorted(values, key=repr))))
        case ir.OneOf(_, ir.Parameter() as parameter):
            return replace(node, among=replace(parameter, help=""))
        case ir.Equal(_, ir.Parameter() as parameter) | ir.Compare(_, _, ir.Parameter() as parameter):
            return replace(node, to=replace(parameter, help=""))
        case ir.Text(_, _, ir.Parameter() as parameter):
            return replace(node, to=replace(parameter, help=""))
        case _:
            return node
