"""Decoded films as values, for tests of the canvas and its state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, PixelSpacing, SeriesUid, SopUid, SpacingKind, StudyUid

SQUARE = PixelSpacing(row_mm=0.2, column_mm=0.2, kind=SpacingKind.DETECTOR_PLANE)


def slope_samples(rows: int, columns: int) -> NDArray[np.uint16]:
    """Samples that differ in every row and column, so that no turn of them equals another."""
    across = np.linspace(0, 2500, columns)[None]
    down = np.linspace(0, 1500, rows)[:, None]
    return np.rint(across + down).astype(np.uint16)


def pixel_film(samples: NDArray[np.uint16], **changes: object) -> PixelImage:
    """A 12-bit MONOCHROME2 film of the given samples; `changes` are fields of `PixelImage`."""
    fields: dict[str, object] = {
        "samples": samples,
        "slope": 1.0,
        "intercept": 0.0,
        "bits_stored": 12,
        "monochrome1": False,
        "inverse": False,
        "padding": None,
        "windows": (),
        "voi_luts": (),
        "spacing": SQUARE,
        "samples_sha256": "",
    }
    return PixelImage(**(fields | changes))  # type: ignore[arg-type]  # names checked by the class


def film_header(pixels: PixelImage, **changes: object) -> ImageRef:
    """The header of a frontal film in the usual orientation; `changes` are fields of `ImageRef`."""
    fields: dict[str, object] = {
        "path": Path("film.dcm"),
        "sop_uid": SopUid("1.2.3.4.5"),
        "sop_class": "1.2.840.10008.5.1.4.1.1.1.1",
        "series_uid": SeriesUid("1.2.3.4"),
        "study_uid": StudyUid("1.2.3"),
        "rows": pixels.rows,
        "columns": pixels.columns,
        "patient_orientation": ("L", "F"),
        "spacing": pixels.spacing,
    }
    return ImageRef(**(fields | changes))  # type: ignore[arg-type]  # names checked by the class
