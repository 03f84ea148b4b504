"""What a film's file lays over its pixels: overlay planes, and a shutter round what was exposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """One overlay plane (DICOM PS3.3 C.9.2).

    Attributes:
        mask: `(rows, columns)` uint8, 1 where the plane is drawn.
        row: Row of the film under the mask's first row, from 0.
        column: Column of the film under the mask's first column, from 0.
        name: Label or description; empty if there is none.
    """

    mask: NDArray[np.uint8]
    row: int
    column: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutter:
    """What of a film shall be seen (DICOM PS3.3 C.7.6.11); the shapes present all hold.

    Places are (x, y) in image pixels.

    Attributes:
        box: Left, top, right and bottom edge: the first and last pixels that are seen.
        circle: Centre x, centre y and radius.
        polygon: Corners in order; empty for none.
    """

    box: tuple[float, float, float, float] | None = None
    circle: tuple[float, float, float] | None = None
    polygon: tuple[Place, ...] = ()

    def seen(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which places are inside; `x` and `y` broadcast to the result's shape."""
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
    corners: tuple[Place, ...], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether a ray to the right crosses the outline an odd number of times."""
    inside = np.zeros(np.broadcast_shapes(x.shape, y.shape), bool)
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
