"""Bundles on disk: what is written is read back, and nothing damaged passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import paths
from engine.domain.bundle import (
    AssemblySpec,
    BundleManifest,
    DecodingSpec,
    ModelShape,
    PreprocessSpec,
)
from engine.errors import BundleError
from engine.inference.manifest import (
    manifest_sha256,
    read_manifest,
    verify_bundle,
    write_manifest,
)

NAMES = ["encoder.onnx", "step.onnx", "tokenizer.json", "LICENCE"]

MANIFEST = BundleManifest(
    format_version=2,
    bundle_id="tiny",
    version="0.1",
    created="2026-01-01T00:00:00+00:00",
    ldm="causal",
    licence="For tests.",
    intended_use="Tests.",
    shape=ModelShape(
        width=8,
        heads=2,
        decoder_layers=1,
        mediator_tokens=4,
        grid=2,
        views=(1, 2),
        vocabulary_rows=10,
    ),
    preprocess=PreprocessSpec(),
    decoding=DecodingSpec(),
    files=(),
    training={"data": "none"},
    metrics={"bleu_4": 0.1},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).write_text(f"content of {name}")
    write_manifest(tmp_path, MANIFEST)
    return tmp_path


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_written_manifest_is_read_back_with_its_files(folder: Path) -> None:
    manifest = verify_bundle(folder)
    assert {file.name for file in manifest.files} == set(NAMES)
    assert replace(manifest, files=()) == MANIFEST


def test_manifest_hash_changes_with_any_file(folder: Path) -> None:
    before = manifest_sha256(folder)
    (folder / "step.onnx").write_text("another")
    write_manifest(folder, MANIFEST)
    assert manifest_sha256(folder) != before


@pytest.mark.parametrize("name", NAMES)
def test_one_flipped_bit_is_found(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[3] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"damaged: {name}"):
        verify_bundle(folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        verify_bundle(folder)


def test_no_bundle_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model"):
        verify_bundle(tmp_path / "nowhere")


def test_another_format_asks_for_an_update(folder: Path) -> None:
    edit(folder, lambda m: m.update(format_version=3))
    with pytest.raises(BundleError, match="another version"):
        read_manifest(folder)


def test_a_bundle_of_the_first_version_is_still_read(folder: Path) -> None:
    def as_it_was(content: dict[str, Any]) -> None:
        content["format_version"] = 1
        del content["labels"], content["decoding"]["assembly"]

    edit(folder, as_it_was)
    assert verify_bundle(folder).decoding == MANIFEST.decoding


def test_a_bundle_that_assembles_needs_its_table(folder: Path) -> None:
    decoding = DecodingSpec(draws=4, assembly=AssemblySpec(cider=2.0))
    with pytest.raises(BundleError, match=r"ngrams\.npy is missing"):
        write_manifest(folder, replace(MANIFEST, decoding=decoding))
    (folder / "ngrams.npy").write_text("a table")
    write_manifest(folder, replace(MANIFEST, decoding=decoding))
    assert verify_bundle(folder).decoding == decoding


@pytest.mark.parametrize(
    "changes",
    [
        {"candidates": 0},
        {"candidates": 1000},
        {"rouge": -0.1},
        {"least_probability": 1.1},
        {"sentence": -0.1},
        {"surely_normal": 1.1},
    ],
)
def test_an_assembly_that_is_not_possible_is_refused(
    folder: Path, changes: dict[str, float]
) -> None:
    (folder / "ngrams.npy").write_text("a table")
    spec = AssemblySpec(**changes)  # type: ignore[arg-type]
    with pytest.raises(BundleError, match="damaged"):
        write_manifest(folder, replace(MANIFEST, decoding=DecodingSpec(draws=4, assembly=spec)))


def test_an_assembly_without_draws_is_refused(folder: Path) -> None:
    (folder / "ngrams.npy").write_text("a table")
    with pytest.raises(BundleError, match="damaged"):
        write_manifest(folder, replace(MANIFEST, decoding=DecodingSpec(assembly=AssemblySpec())))


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"format_version": 1}'])
def test_a_damaged_manifest_is_said_plainly(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(BundleError, match="damaged"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("shape", "width", 0),
        ("shape", "width", "eight"),
        ("shape", "heads", 3),
        ("shape", "views", []),
        ("shape", "views", [3]),
        ("preprocess", "size", 0),
        ("preprocess", "low_percentile", 99.9),
        ("preprocess", "std", [1.0, 0.0, 1.0]),
        ("decoding", "beam", 0),
        ("decoding", "length_penalty", -1.0),
        ("decoding", "draws", -1),
        ("decoding", "draws", 1000),
        ("decoding", "temperature", 0.0),
        ("decoding", "fluency", -0.1),
        ("decoding", "findings", -0.1),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    folder: Path, part: str, key: str, value: object
) -> None:
    edit(folder, lambda m: m[part].update({key: value}))
    with pytest.raises(BundleError, match="damaged"):
        read_manifest(folder)


def test_files_outside_the_folder_are_refused(folder: Path) -> None:
    edit(folder, lambda m: m["files"].append({"name": "../x", "sha256": "0", "size": 1}))
    with pytest.raises(BundleError, match="damaged"):
        verify_bundle(folder)


def test_writing_without_the_graphs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"encoder\.onnx is missing"):
        write_manifest(tmp_path, MANIFEST)


def test_a_file_that_the_manifest_does_not_name_is_refused(folder: Path) -> None:
    """A graph can name weights beside it, which nobody would have hashed."""
    (folder / ".DS_Store").touch()
    assert verify_bundle(folder).bundle_id == "tiny"
    (folder / "weights.bin").write_bytes(b"exchanged")
    with pytest.raises(BundleError, match=r"weights\.bin"):
        verify_bundle(folder)


@pytest.mark.parametrize("decoding", [{"beam": 10**9}, {"max_tokens": 10**7}])
def test_a_search_without_bounds_is_refused(folder: Path, decoding: dict[str, int]) -> None:
    content = json.loads((folder / "manifest.json").read_text())
    content["decoding"].update(decoding)
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BundleError):
        read_manifest(folder)


def test_the_bundle_that_ships_names_all_its_files() -> None:
    verify_bundle(paths.model_bundle())
