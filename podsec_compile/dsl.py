"""What a rule file imports: the fields of Kubernetes objects, conditions over them, and `Rule`.

Fields keep their Kubernetes spelling. A condition is built with methods, `==`, `<` and the like, and joined with
`&`, `|` and `~`; Python's own `and`, `or`, `not`, `if` and `in` cannot be seen from here and raise an error.
Absence is decided by the operator: `is_false()` is not met by an absent field, `absent_or(0)` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from podsec_compile import ir, kinds, patterns, schema
from podsec_compile.conditions import Condition, Object, Text, any_set, node_of, refer, some
from podsec_compile.errors import PodsecError
from podsec_compile.literals import param
from podsec_compile.rule import Rule, Source, aks, cis, nsa, pss
from podsec_compile.schema import minor_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podsec_compile import fields

__all__ = [
    "Condition", "Rule", "Source", "aks", "any_set", "azure_pod_identity", "before", "cis", "config_map",
    "each_container", "each_header", "each_word", "image", "nsa", "param", "patterns", "pod", "pss",
    "secret_provider_class", "service", "service_account", "since", "some",
]  # fmt: skip


def _root(subject: kinds.Subject) -> Any:
    return Object(ir.Field(ir.Variable(subject.name), (), "map"), subject.type)


pod: fields.Pod = _root(kinds.POD)
config_map: fields.ConfigMap = _root(kinds.CONFIG_MAP)
service: fields.Service = _root(kinds.SERVICE)
service_account: fields.ServiceAccount = _root(kinds.SERVICE_ACCOUNT)
secret_provider_class: fields.SecretProviderClass = _root(kinds.SECRET_PROVIDER_CLASS)
azure_pod_identity: fields.AzurePodIdentity = _root(kinds.AZURE_POD_IDENTITY)
"""An AzureIdentity or an AzureIdentityBinding of the archived aad-pod-identity."""

_CONTAINERS = ir.Variable(
    "container",
    tuple(
        ir.Field(ir.Variable("pod"), ("spec", name), "list")
        for name in ("containers", "initContainers", "ephemeralContainers")
    ),
    "name",
)
each_container: fields.Container = cast("Any", Object(ir.Field(_CONTAINERS, (), "map"), "Container"))
"""Every container of the pod: containers, initContainers and ephemeralContainers."""

_HANDLERS = (
    ("livenessProbe",), ("readinessProbe",), ("startupProbe",), ("lifecycle", "postStart"), ("lifecycle", "preStop"),
)  # fmt: skip


def _of_container(name: str, paths: Iterable[tuple[str, ...]], kind: str) -> Any:
    lists, tables = tuple(ir.Field(_CONTAINERS, path, "list") for path in paths), schema.tables()
    variable = ir.Variable(name, lists, tables.keys.get(kind), kind in tables.named)
    return refer(ir.Field(variable, (), schema.json_type(kind)), kind)


each_word: Text = _of_container(
    "word", (("command",), ("args",), *((*handler, "exec", "command") for handler in _HANDLERS)), "string"
)
"""Every word of a container's commands: command, args, and what its probes and lifecycle hooks execute."""

each_header: fields.HTTPHeader = _of_container(
    "header", ((*handler, "httpGet", "httpHeaders") for handler in _HANDLERS), "HTTPHeader"
)
"""Every header that a container's probes and lifecycle hooks send."""


def since(version: str, condition: Condition) -> Condition:
    """Hold where the condition does, from this version of Kubernetes on; before it, never."""
    return Condition(ir.Since(minor_of(version), node_of(condition)))


def before(version: str, condition: Condition) -> Condition:
    """Hold where the condition does, before this version of Kubernetes."""
    return Condition(ir.And((ir.Not(ir.Since(minor_of(version), ir.Constant(value=True))), node_of(condition))))


class image:  # noqa: N801  # reads as a word of the language: image(each_container.image).tag
    """The parts of an image reference, each a text: absent where the reference has no such part, or is none.

    `repository` is the name with its registry, `docker.io/library/nginx` of `nginx`; `tag` is `latest` where neither
    a tag nor a digest is given; `digest` is `sha256:...`.
    """

    __slots__ = ("digest", "repository", "tag")

    def __init__(self, reference: Text) -> None:
        """Take the field that holds the reference; another than a text raises PodsecError."""
        field = reference.is_set().node.field if isinstance(reference, Text) else None  # type: ignore[union-attr]
        if field is None or isinstance(field, ir.ImagePart):
            raise PodsecError(f"image(...) takes a field that holds a text, not {reference!r}")
        self.repository, self.tag, self.digest = (
            Text(ir.ImagePart(field.of, field.path, "string", part), "string")
            for part in ("repository", "tag", "digest")
        )
