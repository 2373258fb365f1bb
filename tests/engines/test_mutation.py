"""A slip in an operator, literal, path or list of a rule is noticed by its witnesses, in every engine.

`make lab` asks about every rule; here are those with few mutants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparing import FOLDERS
from compiled import mutated
from experiments import mutation
from podsec_compile.schema import NEWEST_MINOR
from shipped import SPECS

if TYPE_CHECKING:
    from pathlib import Path

    from podsec_compile.load import Spec

pytestmark = [pytest.mark.engines, pytest.mark.deep]

FEW = 45
SMALL = [spec for spec in SPECS if len(mutated(spec, NEWEST_MINOR)[1]) <= FEW]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("spec", SMALL, ids=lambda one: one.id)
def test_every_mutant_gets_another_verdict_on_its_witness(name: str, spec: Spec, tmp_path: Path) -> None:
    told = mutation(name, spec, tmp_path)
    assert told.wrong == []
    assert told.survived == []
    assert told.killed == told.made
    # What Kubernetes decodes of a 0 may be nothing, so the admission plug-in may see no witness of a slip there.
    assert told.confirmed == told.made or (name == "vap" and told.confirmed >= told.made - 2)
