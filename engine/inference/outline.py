"""The outline model on disk: `manifest.json` as a value, and whether the files match it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from engine.domain.outline import OutlineManifest
from engine.errors import BundleError
from engine.inference.manifest import MANIFEST, describe, verify_files

FORMAT_VERSION: Final = 1
GRAPH: Final = "outline.onnx"
LARGEST_SIDE: Final = 1024
"""Largest plausible side of the input; a manifest with more is rejected."""

_MANIFESTS: Final = TypeAdapter(OutlineManifest)
_REPAIR: Final = "Install Negatoscope again."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlined:
    """What the worker answers: `(n, classes, S, S)` probabilities."""

    shares: NDArray[np.float32]


def read_outline_manifest(folder: Path) -> OutlineManifest:
    """Read and check `manifest.json`; the files it names are not opened.

    Raises:
        BundleError: There is no outline model, it is of another version, or it is inconsistent.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError("The outline model is not installed.", what_to_do=_REPAIR) from error
    try:
        manifest = _MANIFESTS.validate_json(content, strict=True)
    except ValidationError as error:
        raise _damaged() from error
    is_sound = (
        manifest.format_version == FORMAT_VERSION
        and 0 < manifest.size <= LARGEST_SIDE
        and 0 <= manifest.low_percentile < manifest.high_percentile <= 100
        and GRAPH in {file.name for file in manifest.files}
        and all(Path(file.name).name == file.name for file in manifest.files)
    )
    if not is_sound:
        raise _damaged()
    return manifest


def verify_outline(folder: Path) -> OutlineManifest:
    """Read the manifest and compare size and SHA-256 of every file it names.

    Raises:
        BundleError: As for `read_outline_manifest`, or a file is missing, cut short or changed.
    """
    manifest = read_outline_manifest(folder)
    verify_files(folder, manifest.files)
    return manifest


def write_outline_manifest(folder: Path, manifest: OutlineManifest) -> OutlineManifest:
    """Write `manifest.json` for the files in the folder; returns the manifest as written."""
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
    complete = replace(manifest, files=tuple(describe(folder / name) for name in names))
    text = json.dumps(asdict(complete), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return complete


def _damaged() -> BundleError:
    return BundleError(
        "The outline model's description (manifest.json) is damaged.", what_to_do=_REPAIR
    )
