"""The scale bar: a round length in millimetres, with the source of the millimetres.

A projection film has no true scale: the calibration is named beside the length, and a film without
spacing says so instead of guessing (DICOM PS3.3 10.7.1.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.domain.study import PixelSpacing

LENGTHS_MM: Final = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
"""Lengths that a bar can have."""
LONGEST: Final = 160
"""Longest bar, in logical px."""
NO_SCALE: Final = "No scale in the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A scale bar.

    Attributes:
        length: In view pixels; 0 if there is nothing to draw.
        label: Length and calibration, or that there is no scale.
    """

    length: float
    label: str


def scale_bar(spacing: PixelSpacing | None, zoom: float, pixel_ratio: float = 1.0) -> ScaleBar:
    """The longest round length that fits.

    Args:
        spacing: Pixel spacing of the film.
        zoom: Device pixels per image pixel along the finer spacing.
        pixel_ratio: Device pixels per logical pixel.
    """
    if spacing is None or min(spacing.row_mm, spacing.column_mm) <= 0:
        return ScaleBar(length=0.0, label=NO_SCALE)
    per_mm = zoom / min(spacing.row_mm, spacing.column_mm)
    fitting = [mm for mm in LENGTHS_MM if mm * per_mm <= LONGEST * pixel_ratio]
    millimetres = fitting[-1] if fitting else LENGTHS_MM[0]
    return ScaleBar(length=millimetres * per_mm, label=f"{millimetres:g} mm {spacing.kind.value}")
