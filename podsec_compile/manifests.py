"""Kubernetes objects in files: manifests, rendered charts, dumps of a cluster."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object, with the file and the line where its document begins."""

    file: str
    line: int
    object: dict[str, Any]

    @property
    def name(self) -> str:
        """Give `Deployment shop/web`, as a reader looks for it."""
        metadata = self.object.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        names = [str(metadata[key]) for key in ("namespace", "name") if metadata.get(key)]
        return f"{self.object['kind']} {'/'.join(names) or '(unnamed)'}"


def read(paths: Iterable[str]) -> Iterator[Manifest]:
    """Give the objects in files, below folders, and (`-`) on standard input; lists are taken apart.

    Documents that are no objects are passed over; broken YAML raises PodsecError with file and line.
    """
    for path in paths:
        if path == "-":
            yield from _documents(sys.stdin.read(), "(standard input)")
            continue
        for file in _files(Path(path)):
            try:
                text = file.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as wrong:
                reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
                raise PodsecError(f"cannot be read: {reason}", file=file) from None
            yield from _documents(text, str(file))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.suffix in _ENDINGS and one.is_file())
    if not path.exists():
        raise PodsecError("there is no such file or folder", file=path)
    return [path]


def _documents(text: str, file: str) -> Iterator[Manifest]:
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            line = node.start_mark.line + 1
            value = loader.construct_document(node)
            yield from (Manifest(file, line, one) for one in _objects(value))
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise PodsecError(
            f"no valid YAML: {wrong.problem or wrong.context}", file=Path(file), line=mark.line + 1 if mark else None
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        raise PodsecError(f"no valid YAML: {' '.join(str(wrong).split())}", file=Path(file)) from None
    finally:
        loader.dispose()


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Give an object, or those of a list of any kind."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if value["kind"].endswith("List") and isinstance(items, list):
        for item in items:
            yield from _objects(item)
    else:
        yield value
