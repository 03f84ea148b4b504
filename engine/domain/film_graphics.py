"""What a film's file lays over its pixels: overlay planes and a display shutter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """One overlay plane (DICOM PS3.3 C.9.2).

    Attributes:
        mask: `(rows, columns)` uint8, 1 where the plane is drawn.
        row: Row of the film under the mask's first row, from 0.
        column: Column of the film under the mask's first column, from 0.
        name: Label or description; empty if there is none.
        bit: Bit of the pixel words that holds the plane; None for a plane with data of its own.
    """

    mask: NDArray[np.uint8]
    row: int
    column: int
    name: str = ""
    bit: int | None = None

    def __post_init__(self) -> None:
        """Refuse a mask that is not two-dimensional."""
        if self.mask.ndim != 2:
            raise ValueError("an overlay has rows and columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutter:
    """The part of a film to be shown (DICOM PS3.3 C.7.6.11): the intersection of its shapes.

    Points are (x, y) in image pixels.

    Attributes:
        box: Left, top, right and bottom: the first and last pixels shown.
        circle: Centre x, centre y and radius.
        polygon: Corners in order; empty if there is none.
    """

    box: tuple[float, float, float, float] | None = None
    circle: tuple[float, float, float] | None = None
    polygon: tuple[tuple[float, float], ...] = ()

    def seen(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points are inside the shutter; `x` and `y` broadcast to the result's shape."""
        inside = np.ones(np.broadcast_shapes(x.shape, y.shape), bool)
        if self.box is not None:
            left, top, right, bottom = self.box
            inside &= (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
        if self.circle is not None:
            center_x, center_y, radius = self.circle
            inside &= (x - center_x) ** 2 + (y - center_y) ** 2 <= radius**2
        if self.polygon:
            inside &= _in_polygon(self.polygon, x, y)
        return inside


def _in_polygon(
    corners: tuple[tuple[float, float], ...], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether a ray to the right crosses the outline an odd number of times."""
    inside = np.zeros(np.broadcast_shapes(x.shape, y.shape), bool)
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
