"""What there is to say of a rule to a reader, in one order everywhere; docs/rules.md is made of it.

python -m podsec_compile.catalogue docs/rules.md             writes the page
python -m podsec_compile.catalogue --check docs/rules.md     exits 1 if it is not what would be written
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from difflib import unified_diff
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from podsec_compile import cases, ir
from podsec_compile.binding import versions
from podsec_compile.evaluate import judge
from podsec_compile.load import load
from podsec_compile.markdown import fenced
from podsec_compile.messages import message
from podsec_compile.normalize import normalize
from podsec_compile.profiles import containing
from podsec_compile.render import folder, quoted, visible
from podsec_compile.schema import NEWEST_MINOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.cases import Case
    from podsec_compile.load import Spec
    from podsec_compile.rule import Source

Form = Literal["prose", "lines", "diff", "yaml"]


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that there is to say of a rule; `form` says what kind of text it is."""

    heading: str
    text: str
    form: Form = "prose"


def sections(spec: Spec, among: Sequence[Spec] = ()) -> list[Section]:
    """Give each thing that there is to say of a rule; `among` are the rules of which the profiles are made."""
    rule = spec.rule
    found = [
        Section(spec.id, rule.title),
        Section("Level and severity", f"{rule.level}, {rule.severity}"),
    ]
    if profiles := containing(among, spec):
        found.append(Section("Profiles", ", ".join(profiles)))
    found += [
        Section("Why", spec.why),
        Section("Fix", rule.remedy),
        Section("What a cluster says", said(spec)),
        Section("From bad to good", difference(spec), "diff"),
    ]
    if spec.parameters:
        lines = [f"{one.name} ({kind_of(one)}, default {default_of(one)}): {one.help}" for one in spec.parameters]
        found.append(Section("Parameters", "\n".join(lines), "lines"))
    found += [
        Section("Objects", ", ".join(kinds(spec))),
        Section("Versions", versions_of(spec)),
    ]
    if rule.sources:
        found.append(Section("Sources", "\n".join(map(cited, rule.sources)), "lines"))
    found.append(Section("In podsec.yaml", configuration(spec), "yaml"))
    return found


def cited(source: Source) -> str:
    """Give a source in one line, with the address where it can be read."""
    return f"{source.title}: {source.place}{f' <{source.url}>' if source.url else ''}"


def kinds(spec: Spec) -> tuple[str, ...]:
    """Give the kinds of objects that a rule judges."""
    return tuple(one.kind for one in spec.subject.resources)


def pair(spec: Spec) -> tuple[Case, Case]:
    """Give the bad and the good case that show best what to change.

    They differ in little, the rule states the bad one early, none of their differences is a null, and the good one is
    no exemption, which is nothing to write into an object that the rule is about.
    """
    bad = [case for case in spec.cases if case.verdict == "bad"]
    good = [case for case in spec.cases if case.verdict == "good"]
    kept = [case for case in good if not _is_exempt(spec, case)] or good
    return min(product(bad, kept), key=lambda both: _changed(spec, *both) + 2 * bad.index(both[0]))


def _is_exempt(spec: Spec, case: Case) -> bool:
    exempt = normalize(spec.exempt, ir.Constant(value=False), NEWEST_MINOR)
    return bool(judge(exempt, spec.subject, case.request, spec.defaults))


def _changed(spec: Spec, bad: Case, good: Case) -> int:
    """Give how many lines differ; a null counts as much as four."""
    old, new = (Counter(cases.document(_named_alike(spec, case)).splitlines()) for case in (bad, good))
    differing = (old - new) + (new - old)
    return sum(count * (4 if line.endswith(" null") else 1) for line, count in differing.items())


def said(spec: Spec) -> str:
    """Give the message about the bad object of the difference, as every engine prints it."""
    bad, _ = pair(spec)
    violation = normalize(spec.broken, spec.exempt, NEWEST_MINOR)
    return message(spec, judge(violation, spec.subject, bad.request, spec.defaults))


def difference(spec: Spec) -> str:
    """Give what makes a bad object a good one, as a unified diff of the whole objects."""
    bad, good = pair(spec)
    old, new = (cases.document(_named_alike(spec, case)).splitlines() for case in (bad, good))
    labels = (f"{case.verdict}: {visible(case.name)}" for case in (bad, good))
    old_label, new_label = labels
    lines = list(unified_diff(old, new, old_label, new_label, lineterm="", n=len(old) + len(new)))
    return "\n".join([*lines[:2], *lines[3:]])  # without the numbers of the lines: it is all of them


def _named_alike(spec: Spec, case: Case) -> cases.Object:
    """Give a case's object without the name that only tells it from the other cases."""
    own = case.object["metadata"]["name"]
    made = isinstance(own, str) and own.startswith(f"{spec.id}-{case.verdict}-")
    return cases.laid_over(case.object, {"metadata": {"name": spec.id}}) if made else case.object


def configuration(spec: Spec) -> str:
    """Give what podsec.yaml may say of a rule: its enforcement, its parameters, a waiver; the owner fills it in."""
    lines = ["rules:", f"  {spec.id}:", "    enforcement: warn  # deny (default), warn or audit; or else off: true"]
    if spec.parameters:
        lines.append("    parameters:  # these are the defaults")
        lines += [f"      {one.name}: {quoted(one.default)}" for one in spec.parameters]
    return "\n".join(
        [
            *lines,
            "waivers:",
            f"  - rule: {spec.id}",
            "    match: {namespace: team-a, name: app-*}",
            "    owner: team-a",
            "    reason: Say why, and what will end it.",
            f"    expires: {EXPIRES}  # the last day on which it counts",
        ]
    )


EXPIRES = "YYYY-MM-DD"
"""What stands for the day in `configuration`: a date of ours would be over some day, or too far away."""


def kind_of(parameter: ir.Parameter) -> str:
    """Give what a parameter holds, in words."""
    return f"list of {parameter.items}s" if isinstance(parameter.default, tuple) else parameter.items


def default_of(parameter: ir.Parameter) -> str:
    """Give a parameter's default, as it is written in podsec.yaml."""
    return quoted(parameter.default) if isinstance(parameter.default, tuple) else str(parameter.default)


def versions_of(spec: Spec) -> str:
    """Give the versions of Kubernetes that a rule holds for, and those at which it asks for something else."""
    old = spec.rule.introduced == "1.0"
    text = "Every version of Kubernetes" if old else f"Kubernetes {spec.rule.introduced} and newer"
    changes = versions(ir.Or((spec.broken, spec.exempt)))
    return f"{text}; its conditions change at {', '.join(f'1.{minor}' for minor in changes)}" if changes else text


def page(specs: Sequence[Spec]) -> str:
    """Give docs/rules.md."""
    lines = ["<!-- Generated from policy_specs/ by `make docs`; do not edit. -->", "", "# Rules", ""]
    lines += ["| rule | level | severity | what |", "|---|---|---|---|"]
    lines += [
        f"| [{one.id}](#{one.id}) | {one.rule.level} | {one.rule.severity} | {_cell(one.rule.title)} |" for one in specs
    ]
    for spec in specs:
        first, *rest = sections(spec, specs)
        lines += ["", f"## {spec.id}", "", first.text]
        for one in rest:
            if one.form == "yaml":  # docs/configuration.md says it of all
                continue
            text = fenced(one.text, one.form) if one.form == "diff" else one.text.replace("\n", "  \n")
            lines += ["", f"**{one.heading}**", "", text]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it."""
    *flags, name = arguments
    text = page(load(folder("policy_specs")))
    file = Path(name)
    if "--check" not in flags:
        file.write_text(text, encoding="utf-8")
        return 0
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{file} is not what the rules say; `make docs` writes it anew\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
