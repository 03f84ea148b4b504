"""Area and grey values of regions: formula and drawing of each kind.

Grey values are modality values without padding. A pixel is inside if its centre is.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.annotation import Annotation, Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage
from engine.imaging.measurement import (
    AnnotationShape,
    Frame,
    Ground,
    Measurement,
    Measuring,
    written_grey,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """First and last row and column of the film whose pixel centres lie in a bounding box."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, points: tuple[Point, ...], film: PixelImage) -> _Box | None:
        """The box around some points; None if it holds no pixel centre."""
        xs, ys = [point.x for point in points], [point.y for point in points]
        box = cls(
            left=max(0, math.ceil(min(xs))),
            top=max(0, math.ceil(min(ys))),
            right=min(film.columns - 1, math.floor(max(xs))),
            bottom=min(film.rows - 1, math.floor(max(ys))),
        )
        return box if box.left <= box.right and box.top <= box.bottom else None

    @property
    def columns(self) -> NDArray[np.float64]:
        return np.arange(self.left, self.right + 1, dtype=np.float64)

    @property
    def rows(self) -> NDArray[np.float64]:
        return np.arange(self.top, self.bottom + 1, dtype=np.float64)


def _rectangle(drawn: Annotation, on: Ground) -> Measurement:
    width, height = on.frame.vector(*drawn.points)
    box = _Box.around(drawn.points, on.film)
    inside = None if box is None else np.ones((len(box.rows), len(box.columns)), bool)
    return _region(on, abs(width * height), box, inside)


def _rectangle_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    one, other = drawn.points
    corners = (one, Point(x=other.x, y=one.y), other, Point(x=one.x, y=other.y))
    return AnnotationShape(
        lines=((*corners, one),), handles=drawn.points, anchor=_lowest_right(drawn.points)
    )


def _ellipse(drawn: Annotation, on: Ground) -> Measurement:
    width, height = on.frame.vector(*drawn.points)
    box = _Box.around(drawn.points, on.film)
    inside = None if box is None else _in_ellipse(drawn.points, box)
    return _region(on, abs(width * height) * math.pi / 4, box, inside)


def _in_ellipse(corners: tuple[Point, ...], box: _Box) -> NDArray[np.bool_]:
    one, other = corners
    half_width, half_height = abs(other.x - one.x) / 2, abs(other.y - one.y) / 2
    x = (box.columns - (one.x + other.x) / 2) / max(half_width, 1e-9)
    y = (box.rows - (one.y + other.y) / 2) / max(half_height, 1e-9)
    inside: NDArray[np.bool_] = x[None] ** 2 + y[:, None] ** 2 <= 1.0
    return inside


def _ellipse_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    one, other = drawn.points
    return AnnotationShape(
        box=(one, other), handles=drawn.points, anchor=_lowest_right(drawn.points)
    )


def _freehand(drawn: Annotation, on: Ground) -> Measurement:
    corners = np.array([(point.x, point.y) for point in drawn.points])
    box = _Box.around(drawn.points, on.film)
    inside = None if box is None else _in_outline(corners, box)
    return _region(on, enclosed_area(corners * (on.frame.x, on.frame.y)), box, inside)


def _freehand_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    """Without handles: an outline of hundreds of points is moved as a whole or drawn again."""
    outline = (*drawn.points, drawn.points[0])
    return AnnotationShape(lines=(outline,), anchor=_lowest_right(drawn.points))


def enclosed_area(corners: NDArray[np.float64]) -> float:
    """Area inside a closed outline, (N, 2); a part enclosed twice counts once.

    An outline drawn by hand often crosses itself where it closes. The inside is where the winding
    number is not 0, as for the pixels. Between two heights at which it has a corner or crosses
    itself the outline is straight, so the area of each such band is a sum of trapezoids.
    """
    ahead = np.roll(corners, -1, axis=0)
    heights = _crossing_heights(corners, ahead)
    if heights is None:
        x, y = corners.T
        return abs(float(np.sum(x * ahead[:, 1] - ahead[:, 0] * y))) / 2
    heights = np.unique(np.concatenate((corners[:, 1], heights)))
    area = 0.0
    for low, high in itertools.pairwise(heights):
        middle = (low + high) / 2
        is_cut = (corners[:, 1] <= middle) != (ahead[:, 1] <= middle)
        start, end = corners[is_cut], ahead[is_cut]
        part = (middle - start[:, 1]) / (end[:, 1] - start[:, 1])
        x = start[:, 0] + part * (end[:, 0] - start[:, 0])
        order = np.argsort(x)
        winding = np.cumsum(np.sign(end[:, 1] - start[:, 1])[order])
        area += float(np.diff(x[order]) @ (winding[:-1] != 0)) * (high - low)
    return area


def _crossing_heights(
    corners: NDArray[np.float64], ahead: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Heights at which non-adjacent sides meet; None if none do."""
    side, count = ahead - corners, len(corners)
    # [i, j]: signed distance of corner j from the line through side i, times its length.
    apart = corners[None] - corners[:, None]
    turn = side[:, None, 0] * apart[..., 1] - side[:, None, 1] * apart[..., 0]
    next_turn = np.roll(turn, -1, axis=1)
    meets = turn * next_turn <= 0
    steps = (np.arange(count)[:, None] - np.arange(count)) % count
    meets &= meets.T & (steps > 1) & (steps < count - 1)
    if not meets.any():
        return None
    crossing, crossed = np.nonzero(np.triu(meets))
    before, after = turn[crossing, crossed], next_turn[crossing, crossed]
    is_point = before != after
    part = before[is_point] / (before - after)[is_point]
    met = crossed[is_point]
    heights: NDArray[np.float64] = corners[met, 1] + part * side[met, 1]
    return heights


def _in_outline(corners: NDArray[np.float64], box: _Box) -> NDArray[np.bool_]:
    """Pixel centres with a non-zero winding number, which a side changes to the right of itself."""
    change = np.zeros((len(box.rows), len(box.columns) + 1), np.int32)
    for (x, y), (end_x, end_y) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low, high = sorted((y, end_y))
        first, last = max(math.ceil(low), box.top), min(math.ceil(high) - 1, box.bottom)
        if first > last:
            continue
        rows = np.arange(first, last + 1)
        at = np.ceil(x + (rows - y) * ((end_x - x) / (end_y - y))).astype(np.int64)
        columns = np.clip(at - box.left, 0, len(box.columns))
        change[rows - box.top, columns] += 1 if end_y > y else -1
    inside: NDArray[np.bool_] = np.cumsum(change, axis=1)[:, :-1] != 0
    return inside


def _region(
    on: Ground, area: float, box: _Box | None, inside: NDArray[np.bool_] | None
) -> Measurement:
    """Grey values of the pixels of a box that are inside, and the area in the frame's units."""
    written = on.frame.written_area(area)
    values = np.empty(0) if box is None or inside is None else _values(on.film, box, inside)
    if not values.size:
        return Measurement(lines=("no pixel inside", written))
    mean, deviation = written_grey(values.mean()), written_grey(values.std())
    return Measurement(
        lines=(
            f"mean {mean}  SD {deviation}",
            f"min {written_grey(values.min())}  max {written_grey(values.max())}",
            written,
        ),
        sentence=f"Region of {written}: mean {mean}, SD {deviation}.",
        values=(float(values.mean()),),
        area=area,
    )


def _values(film: PixelImage, box: _Box, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    samples = film.samples[box.top : box.bottom + 1, box.left : box.right + 1]
    if film.padding is not None:
        low, high = film.padding
        inside = inside & ((samples < low) | (samples > high))
    return samples[inside].astype(np.float64) * film.slope + film.intercept


def _lowest_right(points: tuple[Point, ...]) -> Point:
    return Point(x=max(point.x for point in points), y=max(point.y for point in points))


REGIONS = {
    AnnotationKind.ELLIPSE: Measuring(formula=_ellipse, shape=_ellipse_shape),
    AnnotationKind.RECTANGLE: Measuring(formula=_rectangle, shape=_rectangle_shape),
    AnnotationKind.FREEHAND: Measuring(formula=_freehand, shape=_freehand_shape),
}
