"""The real DICOM files; tests that need them skip with a reason if they are absent."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest


def real_files() -> list[Path]:
    """The real conformance files, in a stable order."""
    folder = _folder()
    return sorted(path for path in folder.glob("*/*") if path.is_file())


def real_file(name: str) -> Path:
    """The real file whose name ends in `name`."""
    return next(path for path in real_files() if path.name.endswith(name))


def extract_malformed(to: Path) -> list[Path]:
    """Unpack the deliberately broken files; returns them in a stable order."""
    with tarfile.open(_folder() / "malformed.tar.xz") as archive:
        archive.extractall(to, filter="data")
    return sorted(path for path in to.rglob("*") if path.is_file())


def _folder() -> Path:
    root = Path(__file__).resolve().parents[3]
    data = Path(os.environ.get("NEGATOSCOPE_DATA", root.parent / "shared" / "data")) / "dicom"
    if not data.is_dir():
        pytest.skip("the real DICOM files (NEGATOSCOPE_DATA) are not here")
    return data
