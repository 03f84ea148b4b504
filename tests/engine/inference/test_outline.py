"""The outline model on disk: nothing damaged passes, and what it says of itself is complete."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine import paths
from engine.errors import BundleError
from engine.inference.manifest import MANIFEST, manifest_sha256
from engine.inference.outline import GRAPH, read_outline_manifest, verify_outline
from engine.inference.outline_session import OutlineModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the model that ships."""
    return Path(shutil.copytree(paths.outline_model(), tmp_path / "outline"))


def change(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | values), "utf-8")


def test_the_model_that_ships_is_whole_and_says_what_it_is() -> None:
    manifest = verify_outline(paths.outline_model())
    assert "research" in manifest.licence.lower()
    for source in ("JSRT", "SCR", "Wingspan"):
        assert source in manifest.attribution
    assert "radiologist" in manifest.intended_use
    assert manifest.metrics["ratio_mean_error"] <= 0.02
    assert manifest.metrics["ratio_worst_error"] <= 0.08
    assert sum(file.size for file in manifest.files) < 4 << 20


def test_a_changed_graph_does_not_pass(folder: Path) -> None:
    content = bytearray((folder / GRAPH).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / GRAPH).write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        OutlineModel.load(folder, manifest_sha256(folder))


def test_a_file_that_the_description_does_not_name_does_not_pass(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"more")
    with pytest.raises(BundleError, match=r"weights\.bin"):
        verify_outline(folder)


def test_a_model_exchanged_in_use_does_not_pass(folder: Path) -> None:
    before = manifest_sha256(folder)
    change(folder, version="another")
    with pytest.raises(BundleError, match="exchanged"):
        OutlineModel.load(folder, before)


@pytest.mark.parametrize(
    "values",
    [
        {"format_version": 9},
        {"size": 0},
        {"size": 1 << 20},
        {"low_percentile": 100.0},
        {"files": []},
    ],
)
def test_a_description_that_makes_no_sense_does_not_pass(
    folder: Path, values: dict[str, object]
) -> None:
    change(folder, **values)
    with pytest.raises(BundleError, match="damaged"):
        read_outline_manifest(folder)


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not installed"):
        read_outline_manifest(tmp_path)
