"""References to container images, read as container runtimes read them.

The grammar, and the names that Docker Hub implies (`nginx` is `docker.io/library/nginx:latest`), are those of
github.com/distribution/reference, by which containerd, CRI-O and the kubelet read a pod. Two of its limits are left
out, since such an image can never be pulled: names beyond 255 characters, and 64 hexadecimal digits for a name.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import re2

if TYPE_CHECKING:
    from podsec_compile.ir import ImagePartName

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"({_LABEL}([.]{_LABEL})*|\[[0-9A-Fa-f:]+\])(:[0-9]+)?"
_WORD = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = "(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})"

REFERENCE = f"^({_HOST}/)?{_WORD}(/{_WORD})*(:{_TAG})?(@{_DIGEST})?$"
"""What is a reference at all."""
NAMED_HOST = "^([^/]*[.:A-Z][^/]*|localhost)/"
"""Whether a name begins with a registry; otherwise it is one of Docker Hub's."""

HUB, LIBRARY = "docker.io/", "library/"
_OLD_HUB = "index.docker.io/"


@functools.cache
def _pattern(text: str) -> re2._Regexp[str]:
    return re2.compile(text)


def part_of(image: object, part: ImagePartName) -> str | None:
    """Give a part of an image reference; None where it has none, or is no reference.

    `repository` is the name with its registry, `docker.io/library/nginx`; `tag` is `latest` where neither a tag nor a
    digest is given; `digest` is `sha256:...`.
    """
    if not isinstance(image, str) or _pattern(REFERENCE).search(image) is None:
        return None
    tagged, _, digest = image.partition("@")
    above, slash, last = tagged.rpartition("/")
    name, _, tag = last.partition(":")
    match part:
        case "digest":
            return digest or None
        case "tag":
            return tag or (None if digest else "latest")
        case "repository":
            return _with_registry(above + slash + name)


def _with_registry(name: str) -> str:
    name = name if "/" in name else LIBRARY + name
    name = name if _pattern(NAMED_HOST).search(name) else HUB + name
    name = HUB + name.removeprefix(_OLD_HUB) if name.startswith(_OLD_HUB) else name
    return HUB + LIBRARY + name.removeprefix(HUB) if name.startswith(HUB) and name.count("/") == 1 else name


def having(part: ImagePartName, text: str) -> list[str]:
    """Give references that have a text for a part, or nearly; the witnesses of a rule are made of them."""
    digest = f"@sha256:{'0' * 64}"
    match part:
        case "repository":
            return [text, f"{text}/x", f"{text}/x:1{digest}", f"{text}.x/y", text.removeprefix(HUB), f"x/{text}"]
        case "tag":
            return [f"x:{text}", f"localhost:5000/x:{text}", f"x:{text}{digest}", f"{text}:5000/x", text]
        case "digest":
            return [f"x@{text}", f"x:1@{text}", text]


SAMPLES = (
    "x", "x:1", f"x@sha256:{'0' * 64}", f"x:1@sha256:{'a' * 64}", "x/y", "localhost/x", "localhost:5000/x", "x.io/y:1",
    "docker.io/x", "index.docker.io/x:latest", "X/y", "x:", "x@sha256:0", f"x@sha256:{'A' * 64}", "x y", "X", "[::1]/x",
)  # fmt: skip
"""References, and what is none, beside those that `having` gives."""
