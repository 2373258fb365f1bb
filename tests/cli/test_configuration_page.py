"""docs/configuration.md: its example is a podsec.yaml, and its commands print what it says they do."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING

from podsec_compile import waivers

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from command_line import Run

    Cli = Callable[..., Run]

PAGE = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", PAGE)


def test_what_it_shows_is_what_happens(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = blocks("yaml")
    (tmp_path / "podsec.yaml").write_text(example)
    days = [datetime.date(2026, 12, 1), *map(datetime.date.fromisoformat, ("2027-01-20", "2027-02-01"))]
    assert all(f"{day}:" in PAGE for day in days[1:])
    monkeypatch.setattr(waivers, "today", lambda: days[0])
    assert cli("build").code == 0
    shown = blocks("console")
    assert len(shown) == len(days)
    for day, text in zip(days, shown, strict=True):
        monkeypatch.setattr(waivers, "today", lambda day=day: day)
        for command, printed in re.findall(r"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)", text):
            program, *arguments = command.split()
            if program == "cat":
                assert printed == (tmp_path / arguments[0]).read_text()
            else:
                is_silent = arguments[-2:] == [">", "/dev/null"]
                run = cli(*(arguments[:-2] if is_silent else arguments))
                assert printed == run.err + ("" if is_silent else run.out), command
