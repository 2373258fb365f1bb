"""The sources of the site: Markdown, configuration and assets, of the rules alone; finished strings into templates."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile import __version__, catalogue
from podsec_compile.cases import document, slug, unique
from podsec_compile.markdown import escaped, fenced, inline
from podsec_compile.outputs import Output, outputs
from podsec_compile.profiles import containing, names, select
from podsec_compile.render import visible
from podsec_compile.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from podsec_compile.load import Spec
    from podsec_compile.render import Renderer
    from podsec_compile.rule import Source

ASSETS = ("podsec.css", "podsec.js", "file-worker.js")
_ENGINES = "Gatekeeper, Kyverno, Kubernetes' own admission policies and Azure Policy"
_SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class _Site:
    """The rules, the version of Kubernetes that they are compiled for, and the anchors of the documents they cite."""

    specs: tuple[Spec, ...]
    minor: int
    renderer: Renderer
    anchors: dict[str, str]
    compiled: dict[str, list[Output]]

    def anchor(self, source: Source) -> str:
        """Give a document's anchor among the sources."""
        return self.anchors[source.title]

    def render(self, template: str, **given: object) -> str:
        """Render a template of the site."""
        return self.renderer.render(f"site/{template}", **given)


def sources(specs: Sequence[Spec], minor: int, renderer: Renderer, targets: Sequence[str] = TARGETS) -> dict[str, str]:
    """Give every source of the site by its path, the same for the same rules."""
    cited = Counter(title for spec in specs for title in {one.title for one in spec.rule.sources})
    taken: set[str] = set()
    anchors = {title: unique(slug(title), taken) for title in sorted(cited, key=lambda one: (-cited[one], one))}
    compiled = {spec.id: outputs(spec, minor, renderer, targets) for spec in specs}
    site = _Site(tuple(specs), minor, renderer, anchors, compiled)
    return {
        "zensical.toml": _configuration(site),
        "overrides/main.html": site.render("main.html.j2"),
        **{f"docs/assets/{name}": site.render(name) for name in ASSETS},
        "docs/index.md": _index(site),
        "docs/profiles.md": _profiles(site),
        "docs/sources.md": _sources(site),
        **{f"docs/rules/{spec.id}.md": _rule(site, spec) for spec in specs},
    }


def _configuration(site: _Site) -> str:
    levels = [
        {"name": name, "ids": [one.id for one in site.specs if one.rule.level == name]} for name in names(site.specs)
    ]
    return site.render("zensical.toml.j2", version=__version__, minor=site.minor, levels=levels)


# --- the list of rules ------------------------------------------------------------------------------------------------


def _index(site: _Site) -> str:
    rules = [_row(site, spec) for spec in site.specs]
    kinds = sorted({kind for spec in site.specs for kind in catalogue.kinds(spec)})
    facets = [
        _facet("Profile", "profile", [(name, name) for name in names(site.specs)], rules),
        _facet("Severity", "severity", [(name, name) for name in _SEVERITIES], rules),
        _facet("Source", "source", [(anchor, escaped(title)) for title, anchor in site.anchors.items()], rules),
        _facet("Object", "kind", [(kind, kind) for kind in kinds], rules),
        _facet("Target", "target", [(name, name) for name in TARGETS], rules),
    ]
    return site.render("index.md.j2", rules=rules, facets=facets, engines=_ENGINES)


def _row(site: _Site, spec: Spec) -> dict[str, str]:
    rule = spec.rule
    places = [f"{one.title} {one.place}" for one in rule.sources]
    return {
        "id": spec.id,
        "title": escaped(rule.title),
        "level": rule.level,
        "severity": rule.severity,
        "profile": " ".join(containing(site.specs, spec)),
        "source": " ".join(dict.fromkeys(map(site.anchor, rule.sources))),
        "kind": " ".join(catalogue.kinds(spec)),
        "target": " ".join(one.target for one in site.compiled[spec.id] if one.refused is None),
        "words": escaped(" ".join([spec.why, rule.remedy, *places])),
    }


def _facet(
    label: str, name: str, options: Iterable[tuple[str, str]], rules: Sequence[dict[str, str]]
) -> dict[str, object]:
    counted = [
        {"value": value, "label": shown, "count": sum(value in rule[name].split() for rule in rules)}
        for value, shown in options
    ]
    return {"label": label, "name": name, "options": [one for one in counted if one["count"]]}


# --- one rule ---------------------------------------------------------------------------------------------------------


def _rule(site: _Site, spec: Spec) -> str:
    rule = spec.rule
    replaced_by = next((one.id for one in site.specs if one.rule.replaces == spec.id), None)
    profiles = containing(site.specs, spec)
    return site.render(
        "rule.md.j2",
        id=spec.id,
        title=escaped(rule.title),
        description=escaped(rule.title),
        severity=rule.severity,
        profiles=profiles,
        why=inline(spec.why),
        remedy=escaped(rule.remedy),
        message=fenced(visible(catalogue.said(spec)), "text"),
        difference=fenced(catalogue.difference(spec), "diff"),
        cases=_cases(spec),
        parameters=_parameters(spec),
        versions=catalogue.versions_of(spec),
        objects=", ".join(catalogue.kinds(spec)),
        among=", ".join(profiles),
        replaces=rule.replaces,
        replaced_by=replaced_by,
        file=escaped(spec.file),
        sources=[_cited(site, one) for one in rule.sources],
        configuration=fenced(catalogue.configuration(spec), "yaml", title="podsec.yaml"),
        compiled=_compiled(site.compiled[spec.id]),
    )


def _parameters(spec: Spec) -> list[dict[str, str]]:
    return [
        {
            "name": escaped(one.name),
            "type": catalogue.kind_of(one),
            "default": escaped(catalogue.default_of(one)),
            "help": escaped(one.help),
        }
        for one in spec.parameters
    ]


def _cited(site: _Site, source: Source) -> dict[str, str]:
    return {
        "title": escaped(source.title),
        "place": escaped(source.place),
        "url": escaped(source.url),
        "anchor": site.anchor(source),
    }


def _cases(spec: Spec) -> str:
    """Give every case of a rule, folded away."""
    parts = [f'??? example "All {len(spec.cases)} cases of the rule, each of which every engine is asked about"']
    for case in spec.cases:
        parts.append(f"    **{case.verdict}**: {inline(case.name)}")
        parts.append(fenced(document(case.object), "yaml", indent=4))
    return "\n\n".join(parts)


def _compiled(found: Iterable[Output]) -> str:
    """Give a tab for each target."""
    parts = []
    for one in found:
        parts.append(f'=== "{one.target}"')
        if one.refused is not None:
            parts.append(f"    None: {inline(one.refused)}")
        for path, text in one.files:
            language = "json" if path.endswith(".json") else "yaml"
            spaced = text.replace("\t", "    ")  # Markdown has no tabs; those of Rego may as well be spaces
            parts.append(fenced(spaced, language, title=path, indent=4))
    return "\n\n".join(parts)


# --- mappings ---------------------------------------------------------------------------------------------------------


def _line(spec: Spec) -> dict[str, str]:
    versions = catalogue.versions_of(spec).partition(";")[0]
    rule = spec.rule
    line = {"id": spec.id, "title": escaped(rule.title), "level": rule.level, "severity": rule.severity}
    return {**line, "versions": versions.removeprefix("Kubernetes ").replace("Every version of Kubernetes", "every")}


def _profiles(site: _Site) -> str:
    profiles = []
    for name in names(site.specs):
        rules = select(site.specs, name, site.minor)
        replaced = sorted(one.rule.replaces for one in rules if one.rule.replaces)
        lines = [_line(one) for one in rules]
        profiles.append({"name": name, "count": _counted(rules), "rules": lines, "replaced": replaced})
    return site.render("profiles.md.j2", profiles=profiles)


def _sources(site: _Site) -> str:
    documents = []
    for title, anchor in site.anchors.items():
        cited = [(one, spec) for spec in site.specs for one in spec.rule.sources if one.title == title]
        rows = [
            {**_line(spec), "place": escaped(one.place)}
            for one, spec in sorted(cited, key=lambda pair: _natural(*pair))
        ]
        documents.append(
            {
                "title": inline(title),
                "anchor": anchor,
                "url": escaped(next((one.url for one, _ in cited if one.url), "")),
                "rules": _counted({spec.id for _, spec in cited}),
                "rows": rows,
            }
        )
    return site.render("sources.md.j2", documents=documents)


def _counted(rules: Collection[object]) -> str:
    return "1 rule" if len(rules) == 1 else f"{len(rules)} rules"


def _natural(source: Source, spec: Spec) -> tuple[list[tuple[int, str]], str]:
    """Order places as a reader counts: 5.2.9 before 5.2.10."""
    parts = re.findall(r"\d+|\D+", source.place)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], spec.id
