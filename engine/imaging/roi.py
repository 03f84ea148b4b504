"""Grey values inside a region: of the modality values, padding left out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.domain.annotation import Annotation, AnnotationKind
from engine.domain.image import PixelImage


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStatistics:
    """Of the pixels whose centres lie inside; `deviation` is that of the whole population."""

    count: int
    mean: float
    deviation: float
    lowest: float
    highest: float


def region_statistics(mark: Annotation, film: PixelImage) -> RegionStatistics | None:
    """Statistics of an ellipse or rectangle, in modality values; None if no pixel is inside."""
    start, end = mark.points
    left, right = sorted((start.x, end.x))
    top, bottom = sorted((start.y, end.y))
    first_x, last_x = max(0, math.ceil(left)), min(film.columns - 1, math.floor(right))
    first_y, last_y = max(0, math.ceil(top)), min(film.rows - 1, math.floor(bottom))
    if first_x > last_x or first_y > last_y:
        return None
    box = film.samples[first_y : last_y + 1, first_x : last_x + 1]
    inside = np.ones(box.shape, bool)
    if mark.kind is AnnotationKind.ELLIPSE:
        x = (np.arange(first_x, last_x + 1) - (left + right) / 2) / max((right - left) / 2, 1e-9)
        y = (np.arange(first_y, last_y + 1) - (top + bottom) / 2) / max((bottom - top) / 2, 1e-9)
        inside = x[None] ** 2 + y[:, None] ** 2 <= 1.0
    if film.padding is not None:
        low, high = film.padding
        inside &= (box < low) | (box > high)
    chosen = box[inside].astype(np.float64) * film.slope + film.intercept
    if chosen.size == 0:
        return None
    return RegionStatistics(
        count=int(chosen.size),
        mean=float(chosen.mean()),
        deviation=float(chosen.std()),
        lowest=float(chosen.min()),
        highest=float(chosen.max()),
    )
