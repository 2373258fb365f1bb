"""What `diff` prints: for a terminal, for a pull request, for a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from podsec_compile.cases import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.diff import Difference
    from podsec_compile.impact import Hit, Impact

_MOST_LISTED = 20


def text(found: Sequence[Difference], hit: Impact | None) -> str:
    """Give the report for a terminal."""
    if not found:
        return "The rules are the same.\n"
    lines = []
    for one in found:
        lines.append(f"{one.kind:22} {_named(one)}{_remark(one)}")
        for says, example in _examples(one):
            lines += [f"  {says}:", *(f"    {line}" for line in document(example).rstrip().split("\n"))]
    if hit is not None:
        lines += ["", _count(hit)]
        lines += [
            f"  {one.verdict:14} {one.manifest.name} ({one.manifest.file}:{one.manifest.line})\n    {one.says}"
            for one in hit.hits
        ]
    return "\n".join(lines) + "\n"


def markdown(found: Sequence[Difference], hit: Impact | None) -> str:
    """Give the report as a comment on a pull request."""
    if not found:
        return "**The rules are the same:** no object gets another verdict, and no rule reads otherwise.\n"
    of_meaning = [one for one in found if one.is_of_meaning]
    lines = [f"### {_headline(of_meaning)}", "", "| rule | what becomes of it | |", "|---|---|---|"]
    lines += [f"| `{one.id}` | **{one.kind}** | {_remark(one).removeprefix(': ') or 'see below'} |" for one in found]
    for one in of_meaning:
        for says, example in _examples(one):
            lines += ["", f"`{one.id}` {says}:", "", "```yaml", document(example).rstrip(), "```"]
    if hit is not None:
        lines += ["", f"### {_count(hit)}"]
        for verdict in ("newly denied", "newly admitted"):
            lines += _table([one for one in hit.hits if one.verdict == verdict], verdict)
    return "\n".join(lines) + "\n"


def as_json(found: Sequence[Difference], hit: Impact | None) -> str:
    """Give the report for a program."""
    whole: dict[str, Any] = {
        "rules": [
            {
                "rule": one.id,
                "kind": one.kind,
                "was": one.was,
                "words": list(one.words),
                "grounds": one.grounds,
                "tried": one.tried,
                "newlyDenied": one.newly_denied,
                "newlyAdmitted": one.newly_admitted,
            }
            for one in found
        ]
    }
    if hit is not None:
        whole["against"] = {
            "judged": hit.judged,
            "hits": [
                {"verdict": one.verdict, "rule": one.rule, "object": one.manifest.name,
                 "file": one.manifest.file, "line": one.manifest.line, "message": one.says}
                for one in hit.hits
            ],
        }  # fmt: skip
    return json.dumps(whole, indent=2) + "\n"


def _named(one: Difference) -> str:
    return f"{one.was} → {one.id}" if one.was else one.id


def _remark(one: Difference) -> str:
    """Say what is known of a rule whose verdicts stay, and which of its words changed."""
    words = f"other words in {', '.join(one.words)}" if one.words else ""
    grounds = {
        None: "",
        "the same tree": "",
        "proved": "the same verdict for every object, proved",
        "tried": f"no difference among {one.tried} objects tried",
    }[one.grounds]
    was = f"was {one.was}" if one.was else ""
    remark = "; ".join(part for part in (was, grounds, words) if part)
    return f": {remark}" if remark else ""


def _examples(one: Difference) -> list[tuple[str, Any]]:
    found = [("newly denies" if one.kind != "added" else "denies", one.newly_denied)]
    found += [("newly admits" if one.kind != "removed" else "denied", one.newly_admitted)]
    return [(f"{says}, for example", example) for says, example in found if example is not None]


def _headline(of_meaning: Sequence[Difference]) -> str:
    if not of_meaning:
        return "No verdict changes: rules are only said in other words"
    count = "1 rule changes" if len(of_meaning) == 1 else f"{len(of_meaning)} rules change"
    return f"{count} in meaning"


def _count(hit: Impact) -> str:
    denied = {id(one.manifest) for one in hit.hits if one.verdict == "newly denied"}
    admitted = {id(one.manifest) for one in hit.hits if one.verdict == "newly admitted"}
    objects = "1 object" if hit.judged == 1 else f"{hit.judged} objects"
    return f"{objects} judged: {len(denied)} newly denied by some rule, {len(admitted)} newly admitted by some"


def _table(hits: Sequence[Hit], verdict: str) -> list[str]:
    if not hits:
        return []
    lines = ["", f"| {verdict} | rule | where |", "|---|---|---|"]
    lines += [
        f"| {one.manifest.name} | `{one.rule}` | {one.manifest.file}:{one.manifest.line} |"
        for one in hits[:_MOST_LISTED]
    ]
    rest = len(hits) - _MOST_LISTED
    return [*lines, *([f"| and {rest} more | | |"] if rest > 0 else [])]
