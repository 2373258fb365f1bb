"""Kubernetes objects in files: manifests, rendered charts, dumps of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from podsec_compile.errors import PodsecError
from podsec_compile.reading import NotRead, block, exact, json_text, streams
from podsec_compile.reading import Path as ValuePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podsec_compile.reading import Places
    from podsec_compile.reading.streams import Document

_ENDINGS = (".yaml", ".yml", ".json")
STANDARD_INPUT = "(standard input)"


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object, with the file and the line where its document begins; `path` is where it stands in the document."""

    file: str
    line: int
    object: dict[str, Any]
    path: ValuePath = ()
    places: Places | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Give `Deployment shop/web`, as a reader looks for it."""
        metadata = self.object.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        names = [str(metadata[key]) for key in ("namespace", "name") if metadata.get(key)]
        return f"{self.object['kind']} {'/'.join(names) or '(unnamed)'}"

    def locate(self, paths: list[ValuePath]) -> list[tuple[int, int]]:
        """Give line and column in the file, from 1, of parts of the object, or of what is nearest above them."""
        if self.places is None:
            return [(self.line, 1)] * len(paths)
        found = self.places.locate([self.path + path for path in paths] if self.path else paths)
        return [(self.line + line, column + 1) for line, column in found]


Broken = Callable[[PodsecError], None]


def read(paths: Iterable[str], broken: Broken | None = None) -> Iterator[Manifest]:
    """Give the objects in files, below folders, and (`-`) on standard input; lists are taken apart.

    Documents that are no objects are passed over. What cannot be read raises PodsecError with file and line; where
    `broken` is given it is told so instead, and the rest is read.
    """
    for file, document in documents(paths, broken):
        try:
            yield from objects(file, document)
        except PodsecError as wrong:
            _tell(wrong, broken)


def documents(paths: Iterable[str], broken: Broken | None = None) -> Iterator[tuple[str, Document]]:
    """Give the documents of files, each with the name of its file, as `read` does."""
    for path in paths:
        try:
            if path == "-":
                yield from ((STANDARD_INPUT, one) for one in streams.documents(sys.stdin.buffer))
                continue
            files = _files(Path(path))
        except (PodsecError, OSError) as wrong:
            _tell(wrong if isinstance(wrong, PodsecError) else _unreadable(Path(path), wrong), broken)
            continue
        for file in files:
            try:
                with file.open("rb") as stream:
                    name = str(file).encode(errors="surrogateescape").decode(errors="replace")
                    yield from ((name, one) for one in streams.documents(stream))
            except OSError as wrong:
                _tell(_unreadable(file, wrong), broken)


def _unreadable(file: Path, wrong: OSError) -> PodsecError:
    return PodsecError(f"cannot be read: {wrong.strerror}", file=file)


def _tell(wrong: PodsecError, broken: Broken | None) -> None:
    if broken is None:
        raise wrong from None
    broken(wrong)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.suffix in _ENDINGS and one.is_file())
    if not path.exists():
        raise PodsecError("there is no such file or folder", file=path)
    return [path]


def objects(file: str, document: Document) -> list[Manifest]:
    """Give the objects of a document; one that is not valid raises PodsecError."""
    try:
        value, places = parsed(document)
    except NotRead as wrong:
        line = None if wrong.line is None else document.line + wrong.line + 1
        what = "JSON" if "json" in document.kind else "YAML"
        message = wrong.message if document.wrong else f"no valid {what}: {wrong.message}"
        raise PodsecError(message, file=Path(file), line=line) from None
    if document.kind.startswith("frame"):
        return []
    return [Manifest(file, document.line + 1, one, path, places) for path, one in _objects(value, ())]


def parsed(document: Document) -> tuple[Any, Places]:
    """Give the value of a document, and where its parts stand; what is not valid raises NotRead."""
    if document.wrong is not None:
        raise document.wrong
    if "json" in document.kind:
        try:
            value = orjson.loads(document.text)
        except orjson.JSONDecodeError as wrong:
            raise NotRead(wrong.msg, wrong.lineno - 1) from None
        places: Places = json_text.Places(document.text, document.column)
    else:
        text = document.text.replace(b"\r\n", b"\n") if b"\r" in document.text else document.text
        try:
            value, places = block.read(text.decode())
        except (block.Unusual, UnicodeDecodeError):
            value, places = exact.read(text), exact.Places(text)
    if document.kind.startswith("frame") and not (isinstance(value, dict) and _is_list(value)):
        raise NotRead("it holds items and is no List", 0)
    return value, places


def _is_list(value: dict[str, Any]) -> bool:
    return isinstance(value.get("kind"), str) and value["kind"].endswith("List")


def _objects(value: Any, path: ValuePath) -> Iterator[tuple[ValuePath, dict[str, Any]]]:
    """Give an object, or those of a list of any kind, and where it stands."""
    if isinstance(value, list) and len(value) == 1 and not path:
        value, path = value[0], (0,)
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if not _is_list(value) or not isinstance(items, list):
        yield path, value
        return
    for number, item in enumerate(items):
        yield from _objects(item, (*path, "items", number))
