"""Studies of a split in any supported folder layout; every recipe reads through this module."""

from __future__ import annotations

from pathlib import Path

from engine.errors import NotFoundError
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


def read_extra(folder: Path, *, is_wanted: bool) -> tuple[Record, ...]:
    """Studies outside all splits; empty if they are not wanted.

    Raises:
        NotFoundError: They are wanted but missing.
        DamagedFileError: They cannot be read.
    """
    if not is_wanted:
        return ()
    try:
        return read_split(folder, "extra")
    except NotFoundError as error:
        raise NotFoundError(
            f"{error.message} It would hold studies outside the splits to train on.",
            what_to_do="Say --with_extra false if there are none.",
        ) from error
