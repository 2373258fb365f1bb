"""`podsec-compile init`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import typer

from podsec_compile import config
from podsec_compile.cli import choices  # noqa: TC001  # typer reads the types
from podsec_compile.errors import PodsecError
from podsec_compile.render import Renderer
from podsec_compile.schema import NEWEST_MINOR
from podsec_compile.targets import TARGETS

_SCHEMA = "podsec.schema.json"


def init(file: choices.Configuration = None) -> None:
    """Write a commented podsec.yaml, and beside it the schema by which an editor completes and checks it."""
    place = file or config.FILE
    text = Renderer().render("podsec.yaml.j2", schema=_SCHEMA, minor=NEWEST_MINOR, targets=TARGETS)
    schema = place.with_name(_SCHEMA)
    with suppress(OSError):
        if schema.read_bytes() == config.SCHEMA.read_bytes():
            schema.unlink()  # it is written anew
    written: list[Path] = []
    try:
        for path, content in ((place, text), (schema, config.SCHEMA.read_text(encoding="utf-8"))):
            with path.open("x", encoding="utf-8") as out:
                written.append(path)
                out.write(content)
    except OSError as wrong:
        for path in written:
            path.unlink(missing_ok=True)
        there = isinstance(wrong, FileExistsError)
        message = "is there, and is not overwritten" if there else f"cannot be written: {wrong.strerror}"
        raise PodsecError(message, file=Path(wrong.filename or place)) from None
    typer.echo(f"{place} and {schema} are written; podsec-compile build reads {place}.")
