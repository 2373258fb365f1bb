"""The experiments of the lab, each a function that gives figures; lab.py runs them and writes them down."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from comparing import CEL, Reference, compare, decodings, question, started
from compiled import Bare, mutated, write_bare
from corpus import LEVELS, corpus, judged_by_kubernetes
from decoding import decodes
from enumeration import RandomObjects, carried, enumerated, tried
from pod_security import OLDEST, denied_levels
from podsec_compile.decisive import decisive
from podsec_compile.errors import PodsecError
from podsec_compile.evaluate import holds
from podsec_compile.kinds import POD
from podsec_compile.profiles import select
from podsec_compile.schema import NEWEST_MINOR
from shipped import parameters_set
from updates import GOOD, PRIVILEGED, SITUATIONS, pod

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from engines import Judge
    from podsec_compile import ir
    from podsec_compile.load import Spec

_BATCH = 2000
_MANY = 2000  # of a rule with more witnesses than this, each is asked in one kind, not in all


@dataclass
class Tally:
    """What an engine was asked, and where it said something else than it should have."""

    objects: int = 0
    verdicts: int = 0
    seconds: float = 0.0
    refused: int = 0
    closed: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.objects += other.objects
        self.verdicts += other.verdicts
        self.seconds += other.seconds
        self.refused += other.refused
        self.closed += other.closed
        self.wrong += other.wrong

    @property
    def speed(self) -> int:
        """Verdicts in a second, the comparison with the reference included."""
        return round(self.verdicts / self.seconds) if self.seconds else 0


def compared(engine: Judge, reference: Reference, asked: Iterable[dict[str, Any]]) -> Tally:
    """Ask an engine in batches and compare it with the reference."""
    tally = Tally()
    questions = iter(asked)
    begun = time.monotonic()
    while batch := list(islice(questions, _BATCH)):
        found = compare(engine, reference, batch)
        tally.wrong += found.disagreements
        tally.refused += found.refused
        tally.closed += found.closed
        tally.objects += len(batch) - found.refused
        tally.verdicts += (len(batch) - found.refused) * len(reference.rules) - found.closed
    tally.seconds = time.monotonic() - begun
    return tally


def enumeration(engine: str, spec: Spec, scratch: Path) -> Tally:
    """Ask an engine about every witness of a rule, in its kinds and operations, with the rule's parameters set."""
    values = parameters_set(spec)
    write_bare([Bare(spec, NEWEST_MINOR, values)], engine, scratch)
    with started(engine, scratch) as judge:
        return compared(judge, Reference([spec], parameters=values), enumerated(spec, NEWEST_MINOR, values, most=_MANY))


def random_objects(engine: str, specs: Sequence[Spec], count: int, scratch: Path) -> Tally:
    """Ask an engine with all rules loaded about random pods, half of them as the API server has them.

    Of each other kind that rules are about it is asked a tenth as many.
    """
    write_bare([Bare(spec, NEWEST_MINOR, spec.defaults) for spec in specs], engine, scratch)
    reference = Reference(specs)
    tally = Tally()
    with started(engine, scratch) as judge:
        for subject in dict.fromkeys(spec.subject for spec in specs):
            most = count // 2 if subject is POD else count // 20
            for typed in (True, False):
                drawn = RandomObjects(subject, tuple(specs), seed=20261125, typed=typed)
                asked = (question(drawn.draw(), None, "CREATE" if number % 2 else "") for number in range(most))
                tally.add(compared(judge, reference, asked))
    return tally


@dataclass
class Mutants:
    """What became of a rule's mutants: `shipped` were noticed by the tests that ship, `killed` by the witnesses.

    `uncompiled` are those that no engine was asked about, since the compiler refuses them.
    """

    made: int = 0
    shipped: int = 0
    killed: int = 0
    confirmed: int = 0
    survived: list[str] = field(default_factory=list)
    uncompiled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def mutation(engine: str, spec: Spec, scratch: Path) -> Mutants:
    """Compile a rule's mutants for an engine, and let it judge the witness that each is to be noticed by.

    A mutant is killed where its verdict on a witness differs from the rule's; the engine has to say of every
    mutant, on each of these witnesses, what the reference says.
    """
    node, made = mutated(spec, NEWEST_MINOR)
    rule = Bare(spec, NEWEST_MINOR, parameters_set(spec))
    values = [carried(value, spec.subject.resources[0]) for value in tried(spec, NEWEST_MINOR, rule.parameters)]
    if engine in CEL:  # these may deny with an error what no API server sends
        values = [value for value in values if decodes(value)]
    if engine == "vap":  # it judges what Go's types hold, so what they hold as it is comes first
        values.sort(key=lambda value: _holds_false(value) or decodings(question(value))[-1]["object"] != value)
    truth = [holds(node, {spec.root: value}, {}) for value in values]
    shipped = [case.object for case in (*spec.cases, *decisive(spec, NEWEST_MINOR, rule.parameters))]
    told = Mutants(made=len(made))
    killers: dict[str, Any] = {}
    for name, (mutant, _) in made.items():
        told.shipped += any(
            holds(node, {spec.root: one}, {}) != holds(mutant.node, {spec.root: one}, {}) for one in shipped
        )
        pairs = zip(values, truth, strict=True)
        found = next((one for one, was in pairs if holds(mutant.node, {spec.root: one}, {}) != was), None)
        if found is None:
            told.survived.append(mutant.change)
        else:
            killers[name] = found
    told.killed = len(killers)
    bare = {name: Bare(other, NEWEST_MINOR, {}) for name, (_, other) in made.items()}
    compiled = {name: one for name, one in bare.items() if _is_compiled(one)}
    told.uncompiled = [made[name][0].change for name in bare if name not in compiled]
    write_bare([rule, *compiled.values()], engine, scratch)
    conditions = {spec.id: node, **{name: made[name][0].node for name in compiled}}
    killers = {name: value for name, value in killers.items() if name in compiled}
    with started(engine, scratch) as judge:
        answers = judge.ask(question(one, None, "CREATE") for one in killers.values())
    for (name, value), answer in zip(killers.items(), answers, strict=True):
        said = {one["policy"].removeprefix("podsec-") for one in answer["violations"]}
        seen = [one["object"] for one in decodings(question(value))] if engine == "vap" else [value]
        ways = [_denying(conditions, spec, one) for one in seen]
        wanted = said if said in ways else ways[0]
        told.confirmed += (name in said) != (spec.id in said)
        if said != wanted or answer["errors"]:
            told.wrong.append(f"{engine}, {name}: {sorted(said ^ wanted)} {answer['errors'][:3]}")
    return told


def _holds_false(value: object) -> bool:
    """Tell whether something in an object is false, which most of Go's types drop."""
    if isinstance(value, dict | list):
        return any(_holds_false(one) for one in (value.values() if isinstance(value, dict) else value))
    return value is False


def _is_compiled(rule: Bare) -> bool:
    try:
        return bool(rule.violation)
    except PodsecError:
        return False


def _denying(conditions: dict[str, ir.Expression], spec: Spec, value: Any) -> set[str]:
    return {name for name, condition in conditions.items() if holds(condition, {spec.root: value}, {})}


def fixtures(engines: Sequence[str], specs: Sequence[Spec], oracle: Judge, scratch: Path) -> dict[str, Counter[str]]:
    """Judge every upstream fixture at its own version and at both levels; give the wrong verdicts by engine and level.

    Each counter also has "<level> asked".
    """
    found = {name: Counter[str]() for name in (*engines, "reference", "podSecurity")}
    for minor in range(NEWEST_MINOR + 1):
        pods = [one.pod for one in corpus(range(minor, minor + 1))]
        kubernetes = judged_by_kubernetes(oracle, pods, minor)
        allowed = [{level: one[level]["allowed"] for level in LEVELS} for one in kubernetes]
        for name, counter in _levels(engines, specs, pods, allowed, minor, scratch / f"v1.{minor}").items():
            found[name].update(counter)
    return found


def against_kubernetes(
    engines: Sequence[str], specs: Sequence[Spec], oracle: Judge, count: int, scratch: Path
) -> dict[str, Counter[str]]:
    """Judge random pods of the API at both levels, as `fixtures` does; pods that the API refuses are left out."""
    drawn = RandomObjects(POD, tuple(specs), seed=4537, typed=True)
    pods = [drawn.draw() for _ in range(count)]
    answers = judged_by_kubernetes(oracle, pods, NEWEST_MINOR)
    known = [number for number, one in enumerate(answers) if not any(one[level]["errors"] for level in LEVELS)]
    allowed = [{level: answers[number][level]["allowed"] for level in LEVELS} for number in known]
    return _levels(engines, specs, [pods[number] for number in known], allowed, NEWEST_MINOR, scratch)


def _levels(
    engines: Sequence[str],
    specs: Sequence[Spec],
    pods: list[Any],
    allowed: list[dict[str, bool]],
    minor: int,
    scratch: Path,
) -> dict[str, Counter[str]]:
    """Compare the verdicts at each level with Kubernetes' own."""
    profiles = {level: {f"podsec-{spec.id}" for spec in select(specs, level, minor)} for level in LEVELS}
    chosen = select(specs, None, minor)
    asked = [question(one, None, "CREATE") for one in pods]
    denied: dict[str, list[set[str]]] = {}
    for name in engines:
        write_bare([Bare(spec, minor, spec.defaults) for spec in chosen], name, scratch)
        with started(name, scratch) as judge:
            answers = judge.ask(asked)
        assert not any(answer["errors"] for answer in answers), name
        denied[name] = [{one["policy"] for one in answer["violations"]} for answer in answers]
    reference = Reference(chosen, minor)
    denied["reference"] = [set(reference.messages(one)) for one in asked]
    levels = {
        name: [{level for level in LEVELS if policies & profiles[level]} for policies in said]
        for name, said in denied.items()
    }
    if minor >= OLDEST:
        levels["podSecurity"] = denied_levels(pods, minor, scratch / "podSecurity")
    return {name: _wrong(said, allowed) for name, said in levels.items()}


def _wrong(denied: list[set[str]], allowed: list[dict[str, bool]]) -> Counter[str]:
    """Count the pods asked about at each level, and those that were denied and allowed at once, or neither."""
    found: Counter[str] = Counter()
    for said, truth in zip(denied, allowed, strict=True):
        for level in LEVELS:
            found[f"{level} asked"] += 1
            found[level] += (level in said) == truth[level]
    return found


def situations(engine: Judge, specs: Sequence[Spec]) -> list[str]:
    """Give the verdict of the rules of the standard in each of the situations, in an engine."""
    standard = {f"podsec-{spec.id}" for spec in specs if spec.rule.level in LEVELS}
    answers = engine.ask([one.asked() for one in SITUATIONS])
    denied = [any(one["policy"] in standard for one in answer["violations"]) for answer in answers]
    return [
        f"error: {answer['errors']}" if answer["errors"] else "denied" if refused else "admitted"
        for answer, refused in zip(answers, denied, strict=True)
    ]


def extremes(engine: Judge, reference: Reference) -> Tally:
    """Ask an engine about a pod of 500 containers, of over 1.4 MB."""
    filler = {"env": [{"name": f"V{number}", "value": "x" * 110} for number in range(20)]}
    huge = pod(*[{**GOOD, **filler}] * 499, PRIVILEGED)
    return compared(
        engine, reference, [question(huge), question(huge, None, "CREATE"), question(huge, pod(GOOD), "UPDATE")]
    )
