"""Studies of a split, whatever layout their folder has: what every recipe reads."""

from __future__ import annotations

from pathlib import Path

from training.data import iu_xray, mimic_cxr
from training.data.record import Record


def read_split(folder: Path, split: str) -> tuple[Record, ...]:
    """All studies of a split; a folder with MIMIC-CXR's tables is read as such.

    Raises:
        NotFoundError: There is no such split.
        DamagedFileError: It cannot be read.
    """
    if mimic_cxr.is_mimic_cxr(folder):
        return mimic_cxr.read_mimic_cxr(folder, split)
    return iu_xray.read_split(folder, split)
