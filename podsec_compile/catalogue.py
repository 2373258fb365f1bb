"""What there is to say of a rule to a reader, in one order everywhere; docs/rules.md is made of it.

python -m podsec_compile.catalogue docs/rules.md             writes the page
python -m podsec_compile.catalogue --check docs/rules.md     exits 1 if it is not what would be written
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile import cases, ir
from podsec_compile.binding import versions
from podsec_compile.load import load
from podsec_compile.render import folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.load import Spec


def sections(spec: Spec) -> list[tuple[str, str]]:
    """Give heading and text of each thing that there is to say of a rule."""
    rule = spec.rule
    found = [
        (spec.id, rule.title),
        ("Level and severity", f"{rule.level}, {rule.severity}"),
        ("Why", textwrap.fill(spec.why, 100)),
    ]
    for verdict in ("bad", "good"):
        case = next(one for one in spec.cases if one.verdict == verdict)
        found.append((f"{verdict.capitalize()}: {case.name}", cases.document(case.object).rstrip()))
    found.append(("Fix", rule.remedy))
    if spec.parameters:
        lines = [f"{one.name} ({_type(one)}, default {_default(one)}): {one.help}" for one in spec.parameters]
        found.append(("Parameters", "\n".join(lines)))
    found.append(("Versions", _versions(spec)))
    if rule.sources:
        found.append(("Sources", "\n".join(f"{one.document}: {one.place}" for one in rule.sources)))
    return found


def _type(parameter: ir.Parameter) -> str:
    return f"list of {parameter.items}s" if isinstance(parameter.default, tuple) else parameter.items


def _default(parameter: ir.Parameter) -> str:
    default = parameter.default
    return str(list(default)) if isinstance(default, tuple) else str(default)


def _versions(spec: Spec) -> str:
    changes = versions(ir.Or((spec.broken, spec.exempt)))
    text = f"Since Kubernetes {spec.rule.introduced}"
    return f"{text}; its conditions change at {', '.join(f'1.{minor}' for minor in changes)}" if changes else text


def page(specs: Sequence[Spec]) -> str:
    """Give docs/rules.md."""
    lines = ["<!-- Generated from policy_specs/ by `make docs`; do not edit. -->", "", "# Rules", ""]
    lines += ["| rule | level | severity | what |", "|---|---|---|---|"]
    lines += [
        f"| [{one.id}](#{one.id}) | {one.rule.level} | {one.rule.severity} | {_cell(one.rule.title)} |" for one in specs
    ]
    for spec in specs:
        (_, title), *rest = sections(spec)
        lines += ["", f"## {spec.id}", "", title]
        for heading, text in rest:
            is_yaml = heading.startswith(("Bad", "Good"))
            lines += [
                "",
                f"**{heading}**",
                "",
                *([f"```yaml\n{text}\n```"] if is_yaml else [text.replace("\n", "  \n")]),
            ]
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
