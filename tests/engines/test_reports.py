"""What a scan writes is what the readers of its formats take: SARIF's own schema, and the CRD of OpenReports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from binaries import cache_dir, module_dir
from shipped import SPECS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engines
SCHEMA = ("@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json")
REPORTS = "github.com/openreports/reports-api@v0.2.1"
CONFIG = """\
waivers:
  - rule: privileged
    match: {name: case*}
    owner: team
    reason: It is a case.
    expires: 2099-12-31
"""


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with every case of every rule, and a file that is broken."""
    folder = tmp_path_factory.mktemp("manifests")
    objects = [case.object for spec in SPECS for case in spec.cases]
    (folder / "cases of ours.yaml").write_text(yaml.safe_dump_all(objects))
    (folder / "broken.yaml").write_text("a: [")
    (folder / "podsec.yaml").write_text(CONFIG.replace("case*", objects[0]["metadata"]["name"][:1] + "*"))
    return folder


def written(form: str, folder: Path) -> str:
    command = [sys.executable, "-m", "podsec_compile", "scan", ".", "--format", form]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    return done.stdout


def test_sarif_fits_its_schema(manifests: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm, which brings the schema, is not there")
    home = cache_dir() / "sarif"
    home.mkdir(parents=True, exist_ok=True)
    package, file = SCHEMA
    archive = home / "schema.tgz"
    if not archive.exists():
        packed = subprocess.run(["npm", "pack", package], cwd=home, capture_output=True, text=True, check=True)
        (home / packed.stdout.strip().splitlines()[-1]).rename(archive)
    with tarfile.open(archive) as opened:
        member = opened.extractfile(file)
        assert member is not None
        schema = json.load(member)
    log = json.loads(written("sarif", manifests))
    assert len(log["runs"][0]["results"]) > len(SPECS)
    jsonschema.Draft7Validator(schema).validate(log)


def test_openreports_fit_their_crd(manifests: Path) -> None:
    folder = module_dir(REPORTS, "config", "crd", of="kubectl")
    crd = yaml.safe_load((folder / "openreports.io_reports.yaml").read_text())
    (version,) = crd["spec"]["versions"]
    strict = jsonschema.Draft202012Validator(_closed(version["schema"]["openAPIV3Schema"]))
    reports = list(yaml.safe_load_all(written("openreports", manifests)))
    assert len(reports) > len(SPECS)
    for one in reports:
        assert one["apiVersion"] == f"{crd['spec']['group']}/{version['name']}"
        assert one["kind"] == crd["spec"]["names"]["kind"]
        strict.validate(one)


def _closed(schema: Any) -> Any:
    """Give a schema by which a field that it does not name is wrong, as the API server would drop it."""
    if isinstance(schema, dict):
        closed = {key: _closed(one) for key, one in schema.items()}
        if "properties" in schema and schema.get("type") == "object":
            closed.setdefault("additionalProperties", False)
        return closed
    return schema
