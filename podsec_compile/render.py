"""Jinja: finished strings into the shape of a manifest."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile.errors import PodsecError

if TYPE_CHECKING:
    import jinja2


def quoted(value: object) -> str:
    """Give a value as YAML on one line: JSON, with everything that does not print escaped."""
    return "".join(_escaped(char) for char in json.dumps(value, ensure_ascii=False, default=list))


def visible(text: str) -> str:
    """Give a text on one line, with everything that does not print escaped."""
    return printable(" ".join(text.split()))


def one_line(text: str) -> str:
    """Give a text with everything that does not print escaped: a terminal and a table take it as it is."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def printable(text: str) -> str:
    """Give a text with everything that does not print escaped, but for the ends of lines and tabs."""
    return "".join(char if char in "\n\t" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def folder(name: str) -> Path:
    """Give the folder of `templates` or `policy_specs`, in an installed package or in a checkout."""
    package = Path(__file__).parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / name


class Renderer:
    """Renders the templates that ship with the package; a user's folder, if given, goes before them."""

    def __init__(self, override: Path | None = None) -> None:
        if override is not None and not override.is_dir():
            raise PodsecError("there is no such folder of templates", file=override)
        import jinja2  # as much time as all of ours, which only those pay who render

        folders = [folder("templates")] if override is None else [override, folder("templates")]
        self._folders = folders
        self._environment: jinja2.Environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701  # YAML, not HTML: `quoted` is the escape
            keep_trailing_newline=True,
        )
        self._environment.filters["quoted"] = quoted

    def _found(self, template: str) -> str:
        """Give the file of a template, as far as there is one."""
        known = [one / template for one in self._folders if (one / template).is_file()]
        return str(known[0]) if known else template

    def render(self, template: str, **names: object) -> str:
        """Render a template with the names given; a template that Jinja refuses raises PodsecError."""
        import jinja2

        try:
            text = self._environment.get_template(template).render(**names)
        except jinja2.TemplateSyntaxError as wrong:
            file = Path(wrong.filename or template)
            raise PodsecError(f"is no valid Jinja template: {wrong.message}", file=file, line=wrong.lineno) from None
        except UnicodeDecodeError as wrong:
            file = Path(self._found(template))
            raise PodsecError(f"is no text: {wrong}", file=file) from None
        except Exception as wrong:  # a template is the user's code, and may raise anything
            frames = [one for one in traceback.extract_tb(wrong.__traceback__) if one.filename.endswith(".j2")]
            file, line = (
                (Path(frames[-1].filename), frames[-1].lineno) if frames else (Path(self._found(template)), None)
            )
            raise PodsecError(f"cannot be rendered: {wrong}", file=file, line=line) from None
        return "\n".join(line.rstrip() for line in text.rstrip().split("\n")) + "\n"
