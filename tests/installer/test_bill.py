"""The bill of materials: every distribution that was taken along, with licence and metadata."""

from __future__ import annotations

import importlib
import json
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pydicom
import pytest
import typst

ROOT = Path(__file__).resolve().parents[2]
MOMENT = "2026-03-18T12:00:00+00:00"
SOURCES = [str(pydicom.__file__), str(typst.__file__), str(ROOT / "engine" / "paths.py")]


@pytest.fixture
def bill(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`installer/bill.py`."""
    monkeypatch.syspath_prepend(str(ROOT / "installer"))
    return importlib.import_module("bill")


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A frozen folder without its program."""
    (tmp_path / "_internal").mkdir()
    return tmp_path


def test_what_was_taken_along_is_listed_with_version_and_licence(
    bill: ModuleType, frozen: Path
) -> None:
    bill.write(frozen, SOURCES, MOMENT)
    content = json.loads((frozen / bill.BILL).read_text("utf-8"))
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.5")
    assert content["metadata"]["component"]["name"] == "negatoscope"
    listed = {part["name"]: part for part in content["components"]}
    assert listed.keys() >= {"python", "pydicom", "typst"}
    assert "pytest" not in listed
    assert listed["typst"]["purl"] == f"pkg:pypi/typst@{metadata.version('typst')}"
    assert listed["pydicom"]["licenses"]


def test_each_part_has_its_licence_and_tells_the_program_its_version(
    bill: ModuleType, frozen: Path
) -> None:
    bill.write(frozen, SOURCES, MOMENT)
    for name in ("pydicom", "typst", "negatoscope"):
        texts = list((frozen / bill.LICENCES / name).iterdir())
        assert any(text.stat().st_size > 500 for text in texts), name
    found = {d.name.lower(): d for d in metadata.distributions(path=[str(frozen / "_internal")])}
    assert found.keys() >= {"pydicom", "typst", "negatoscope"}
    assert found["typst"].version == metadata.version("typst")


def test_the_qt_bindings_come_with_the_text_of_the_lgpl(bill: ModuleType, frozen: Path) -> None:
    import PySide6

    bill.write(frozen, [str(PySide6.__file__)], MOMENT)
    text = (frozen / bill.LICENCES / "pyside6-essentials" / "LGPL-3.0.txt").read_text("utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text


def test_two_builds_write_the_same_bytes_and_no_path_of_the_builder(
    bill: ModuleType, tmp_path: Path
) -> None:
    made = []
    for name in ("one", "two"):
        own = tmp_path / name / "_internal" / f"pydicom-{pydicom.__version__}.dist-info"
        own.mkdir(parents=True)
        (own / "RECORD").write_text(name)
        (own / "direct_url.json").write_text(name)
        bill.write(tmp_path / name, SOURCES, MOMENT)
        made.append(
            {
                str(path.relative_to(tmp_path / name)): path.read_bytes()
                for path in (tmp_path / name).rglob("*")
                if path.is_file()
            }
        )
    assert made[0] == made[1]
    assert not [path for path in made[0] if path.endswith(("RECORD", "direct_url.json"))]
