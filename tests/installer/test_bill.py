"""The bill of materials: every distribution that was taken along, with licence and metadata."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pydicom
import pytest
import typst

ROOT = Path(__file__).resolve().parents[2]
MOMENT = "2026-03-18T12:00:00+00:00"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXPRESSION = PROJECT["license"]
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
    code, *others = content["metadata"]["component"]["licenses"][0]["expression"].split(" AND ")
    assert (code, others) == ("Apache-2.0", EXPRESSION.split(" AND ")[1:])


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


def test_r56_each_distribution_of_the_lock_that_the_product_needs_has_a_licence(
    bill: ModuleType,
) -> None:
    lock = (ROOT / "installer" / "constraints.txt").read_text("utf-8")
    pins = dict(re.findall(r"^([a-z0-9][\w.-]*)==([^\s;]+)", lock, re.MULTILINE))
    needed = [bill._component(one) for one in bill.needed_distributions()]
    # Where the computer has a graphics card, its runtime stands for the other.
    assert len(needed) > 60
    assert {plain.split("[")[0] for plain in asked(bill)} <= {one.name for one in needed}
    for one in needed:
        assert one.licence, one.name
        assert one.name == "negatoscope" or pins[one.name] == one.version


def asked(bill: ModuleType) -> set[str]:
    """What the project asks for, without versions."""
    return {bill.plain(re.split(r"[<>=]", line)[0]) for line in PROJECT["dependencies"]}


def test_every_judged_vulnerability_is_named_once_and_of_a_part_that_is_there(
    bill: ModuleType,
) -> None:
    known = importlib.import_module("vex")
    parts = {one.name: one.purl for one in map(bill._component, bill.needed_distributions())}
    for is_frozen in (False, True):
        statements = known.document(parts, MOMENT, is_frozen=is_frozen)["statements"]
        names = [one["vulnerability"]["name"] for one in statements]
        assert len(names) == len(set(names)) > 0
        assert all(re.fullmatch(r"CVE-20\d\d-\d{4,}", name) for name in names)
        assert all(
            one["status"] == "not_affected" and one["impact_statement"] for one in statements
        )
    groups = json.loads(known.JUDGED.read_text("utf-8"))
    assert {group["part"] for group in groups} <= parts.keys()


def test_opencv_is_called_for_pictures_only_as_is_said_of_its_vulnerabilities() -> None:
    sources = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "viewer").rglob("*.py")]
    called = {
        name for path in sources for name in re.findall(r"\bcv2\.(\w+)", path.read_text("utf-8"))
    }
    functions = {name for name in called if "_" not in name}
    # None of them opens a video, a network stream or a neural network.
    assert functions <= {
        *("LUT", "resize", "copyMakeBorder", "GaussianBlur", "createCLAHE", "dilate"),
        *("imdecode", "connectedComponentsWithStats"),
    }
