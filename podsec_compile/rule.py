"""A rule as its file states it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from podsec_compile.errors import PodsecError, did_you_mean
from podsec_compile.literals import checked_text
from podsec_compile.schema import NEWEST_MINOR, minor_of

if TYPE_CHECKING:
    from podsec_compile.conditions import Condition

Severity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a document, in its version, and the place in it.

    `edition` is the version where the document's name does not hold it; `url` is where the document can be read.
    """

    document: str
    place: str
    _: KW_ONLY
    edition: str = ""
    url: str = ""

    @property
    def title(self) -> str:
        """The document with its version."""
        return f"{self.document}, {self.edition}" if self.edition else self.document


def pss(check: str) -> Source:
    """Cite a check of the Pod Security Standards by its upstream id."""
    return Source(
        "Pod Security Standards",
        check,
        edition=f"as of Kubernetes 1.{NEWEST_MINOR}",
        url="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    )


_ARTICLES = {
    "pod security": "developer-best-practices-pod-security",
    "cluster security": "operator-best-practices-cluster-security",
    "container image management and security": "operator-best-practices-container-image-management",
}


def aks(section: str, article: str = "pod security") -> Source:
    """Cite a section of the AKS article, or of one that it links."""
    if article not in _ARTICLES:
        raise PodsecError(f'there is no article "{article}"', hint=f"there are {', '.join(_ARTICLES)}")
    url = f"https://learn.microsoft.com/azure/aks/{_ARTICLES[article]}"
    return Source(f"Microsoft, Best practices for {article} in AKS", section, url=url)


def cis(control: str) -> Source:
    """Cite a control of the CIS Kubernetes Benchmark."""
    return Source("CIS Kubernetes Benchmark v1.8.0", control, url="https://www.cisecurity.org/benchmark/kubernetes")


def nsa(section: str) -> Source:
    """Cite a section of the NSA and CISA guide."""
    return Source(
        "NSA/CISA Kubernetes Hardening Guide v1.2",
        section,
        url="https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One best practice.

    Exactly one of `require` (must hold for each element that it mentions) and `forbid` (must hold for none) says
    what the rule means; an object for which `exempt` holds is left alone. `level` is the lowest profile that
    contains the rule; `replaces` is the id of the rule of a lower level that it makes superfluous; before the
    version of Kubernetes at which it was `introduced` there is no such rule. `good` and
    `bad` hold the cases: a name, and the YAML of a container (where it has neither `spec` nor `metadata`) or of
    the whole object, each laid over a minimal one. Raises PodsecError where a part is missing or wrong.
    """

    title: str
    level: str
    severity: Severity = "medium"
    sources: Sequence[Source] = ()
    require: Condition | None = None
    forbid: Condition | None = None
    exempt: Condition | None = None
    remedy: str
    introduced: str = "1.0"
    replaces: str | None = None
    good: Mapping[str, str] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what can be told without the schema."""
        for name in ("title", "level", "remedy"):
            text = getattr(self, name)
            if not isinstance(text, str) or not text.strip():
                raise PodsecError(f"{name} is a text, not {text!r}")
            checked_text(text)
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", self.level):
            raise PodsecError(f'level "{self.level}" is no name', hint="lower-case letters, digits and -")
        if self.severity not in get_args(Severity):
            raise PodsecError(
                f'severity "{self.severity}" is none of {", ".join(get_args(Severity))}',
                hint=did_you_mean(str(self.severity), get_args(Severity)),
            )
        minor_of(self.introduced)
        if not isinstance(self.sources, list | tuple) or not all(isinstance(one, Source) for one in self.sources):
            raise PodsecError(f"sources is a list of pss(...), aks(...), cis(...), nsa(...), not {self.sources!r}")
        for source in self.sources:
            checked_text(source.document + source.place + source.edition)
            if source.url and not re.fullmatch(r"https://[!#-&(-;=?-Z_a-z~]+", source.url):
                raise PodsecError(f"{source.url!r} is no address of a document", hint="it begins with https://")
        self._check_meaning()
        self._check_cases()

    def _check_meaning(self) -> None:
        for name in ("require", "forbid", "exempt"):
            condition = getattr(self, name)
            if condition is not None and not hasattr(type(condition), "node"):
                raise PodsecError(
                    f"{name} is a condition, not {condition!r}", hint="a field needs .is_set(), == ... or the like"
                )
        if (self.require is None) == (self.forbid is None):
            raise PodsecError("a rule has exactly one of require and forbid")

    def _check_cases(self) -> None:
        for verdict in ("good", "bad"):
            cases = getattr(self, verdict)
            if not isinstance(cases, Mapping) or not all(
                isinstance(part, str) for pair in cases.items() for part in pair
            ):
                raise PodsecError(f"{verdict} is a dict from a case's name to its YAML, both strings")
            if not cases:
                raise PodsecError(f"a rule has at least one {verdict} case")
