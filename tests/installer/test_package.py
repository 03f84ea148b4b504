"""The frozen folder, where `make package` has made one: its parts against its bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

FROZEN = Path(__file__).resolve().parents[2] / "dist" / "negatoscope"
pytestmark = [
    pytest.mark.packaging,
    pytest.mark.skipif(not FROZEN.exists(), reason="`make package` has not been run"),
]


@pytest.fixture(scope="module")
def parts() -> dict[str, dict[str, str]]:
    """Entries of the bill of materials by name."""
    content = json.loads((FROZEN / "sbom.cdx.json").read_text("utf-8"))
    return {
        part["name"]: part for part in [*content["components"], content["metadata"]["component"]]
    }


def test_r56_the_bill_lists_every_distribution_of_the_folder(
    parts: dict[str, dict[str, str]],
) -> None:
    held = {
        re.sub(r"[-_.]+", "-", path.name.removesuffix(".dist-info").rsplit("-", 1)[0]).lower()
        for path in FROZEN.glob("_internal/**/*.dist-info")
    }
    assert held == {name for name, part in parts.items() if part["purl"].startswith("pkg:pypi/")}
    assert not [name for name in held if not parts[name].get("licenses")]


def test_r56_every_part_has_the_text_of_its_licence(parts: dict[str, dict[str, str]]) -> None:
    texts = {path.name for path in (FROZEN / "licences").iterdir() if any(path.iterdir())}
    assert parts.keys() - texts == set()


def test_r56_no_library_under_the_gpl_and_nothing_of_the_builder() -> None:
    # SQLCipher's own module has the name of Python's for SQLite.
    paths = [path for path in FROZEN.rglob("*") if path.parent.name != "sqlcipher3"]
    names = {path.name for path in paths}
    unwanted = ("libreadline", "readline.", "_sqlite3.", "libsqlite3")
    assert not [name for name in names if name.startswith(unwanted)]
    assert not names & {"RECORD", "direct_url.json"}


def test_the_frozen_program_tells_its_version() -> None:
    told = subprocess.run(
        [FROZEN / "negatoscope", "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"Negatoscope \d+\.\d+\.\d+\n", told.stdout)
