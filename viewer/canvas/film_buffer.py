"""The visible part of a film at device resolution, in 16 bits, and its way to the screen.

Zooming, turning and resizing rebuild the values. A pan by whole device pixels rebuilds only the
strips that came into view. A new window or inversion only maps the values again, which keeps a
window drag within a few milliseconds per frame. During a zoom drag the values come from smaller
copies of the film; when it ends they are computed exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from engine.domain.interpolation import Interpolation
from viewer.canvas.film_levels import FilmLevels, Run
from viewer.canvas.resample import axis_taps, resample, takes_nearest
from viewer.canvas.screen_pixels import ScreenPixels
from viewer.canvas.view_area import ViewArea
from viewer.state.film_geometry import FilmGeometry

_SAME_PLACE: Final = 1e-6
"""In device pixels; a smaller shift counts as none."""
_PIXELS_AT_ONCE: Final = 2**17
"""Few enough that OpenCV uses one thread: others would be slowed down by a running draft."""
_SCREEN: Final = QImage.Format.Format_RGB32
_Turn = Callable[[NDArray[np.uint16]], NDArray[np.uint16]]


class FilmBuffer:
    """Values of the device pixels that a film covers, and ways to paint them."""

    def __init__(self) -> None:
        self._values: NDArray[np.uint16] | None = None
        self._built: _Built | None = None
        self._levels: FilmLevels | None = None
        self._is_current = False
        self._pixels: NDArray[np.int32] = np.zeros(2**16, np.int32)
        self._origin = (0, 0)

    @property
    def origin(self) -> tuple[int, int]:
        """Position of the first covered device pixel, in view pixels."""
        return self._origin

    @property
    def is_empty(self) -> bool:
        """Whether the film covers no device pixel."""
        return self._values is None

    @property
    def is_current(self) -> bool:
        """Whether the values match the film's present placement."""
        return self._is_current

    @property
    def values(self) -> NDArray[np.uint16]:
        """Samples of the covered device pixels, `(height, width)`; empty if there are none."""
        return np.zeros((0, 0), np.uint16) if self._values is None else self._values

    def outdate(self) -> None:
        """Mark the values outdated after a movement. The next build reuses what it can."""
        self._is_current = False

    def clear(self) -> None:
        """Drop the film."""
        self._values, self._built, self._levels = None, None, None
        self._is_current = False

    def build(
        self,
        samples: NDArray[np.uint16],
        geometry: FilmGeometry,
        view_size: tuple[int, int],
        interpolation: Interpolation = Interpolation.AUTOMATIC,
        *,
        is_moving: bool = False,
    ) -> None:
        """Compute the values for the visible part of a film.

        Args:
            samples: `(rows, columns)` stored values.
            geometry: Where the film lies.
            view_size: Width and height of the viewport in device pixels.
            interpolation: Between stored pixels when enlarging.
            is_moving: Whether the film is being dragged or zoomed: quick matters more than exact.
        """
        area = _covered(geometry, view_size)
        self._origin = (area.left, area.top)
        if area.is_empty:
            self.clear()
            self._is_current = True
            return
        now = _Built(samples=samples, geometry=geometry, area=area, interpolation=interpolation)
        values = self._moved(now)
        is_exact = values is not None or not is_moving or _is_copied(geometry, interpolation)
        if values is None:
            values = _resampled(now, area) if is_exact else self._glanced(now)
        if not is_moving:
            self._levels = None
        self._values, self._built = values, now if is_exact else None
        self._is_current = True

    def _moved(self, now: _Built) -> NDArray[np.uint16] | None:
        """The values shifted by whole device pixels, with new strips; None if impossible."""
        built, old = self._built, self._values
        shift = None if built is None else built.shift_to(now)
        if built is None or old is None or shift is None:
            return None
        before, area = built.area.moved(*shift), now.area
        kept = before.intersected(area)
        # Not worth the copy if less than half is reused.
        if 2 * kept.size < area.size:
            return None
        values = np.empty((area.height, area.width), np.uint16)
        values[kept.within(area)] = old[kept.within(before)]
        for strip in area.around(kept):
            values[strip.within(area)] = _resampled(now, strip)
        return values

    def _glanced(self, now: _Built) -> NDArray[np.uint16]:
        """Values interpolated from the smaller copy of the film that is nearest in size."""
        if self._levels is None or self._levels.samples is not now.samples:
            self._levels = FilmLevels(now.samples)
        rows, columns, turned = _runs(now.geometry, now.area)
        return turned(self._levels.sampled(rows, columns))

    def write(self, screen: ScreenPixels, table: NDArray[np.uint8]) -> None:
        """Write the covered pixels to the screen through a display table of 65,536 entries."""
        if self._values is None:
            return
        import cv2  # noqa: PLC0415 - after the first paint

        colours, area = self._colours(table), self._area
        for part in screen.parts:
            for strip in part.intersected(area).strips(_PIXELS_AT_ONCE):
                there = screen.values[strip.within(screen.area)]
                cv2.LUT(self._values[strip.within(area)], colours, dst=there)

    def draw(
        self, painter: QPainter, at: QPointF, table: NDArray[np.uint8], pixel_ratio: float
    ) -> None:
        """Draw the covered pixels through a display table, where `write` is impossible.

        Args:
            painter: In logical px.
            at: Position of the first covered pixel, in logical px.
            table: Display table from samples to grey, 65,536 entries.
            pixel_ratio: Device pixels per logical px.
        """
        if self._values is None:
            return
        import cv2  # noqa: PLC0415 - after the first paint

        colours, area = self._colours(table), self._area
        # A few rows at a time, in the screen's own format: Qt then copies them without its threads,
        # which a running draft would slow down.
        for strip in area.strips(_PIXELS_AT_ONCE):
            lines = cv2.LUT(self._values[strip.within(area)], colours)
            picture = QImage(lines.data, strip.width, strip.height, 4 * strip.width, _SCREEN)
            picture.setDevicePixelRatio(pixel_ratio)
            below = (strip.top - area.top) / pixel_ratio
            painter.drawImage(QPointF(at.x(), at.y() + below), picture)

    @property
    def _area(self) -> ViewArea:
        height, width = self.values.shape
        left, top = self._origin
        return ViewArea(left=left, top=top, right=left + width, bottom=top + height)

    def _colours(self, table: NDArray[np.uint8]) -> NDArray[np.int32]:
        """The display table as 32-bit pixels: 0xFF, red, green and blue from high to low byte."""
        np.multiply(table, 0x01_01_01, out=self._pixels, dtype=np.int32)
        self._pixels -= 0x01_00_00_00
        return self._pixels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Built:
    """The inputs that the values were computed from."""

    samples: NDArray[np.uint16]
    geometry: FilmGeometry
    area: ViewArea
    interpolation: Interpolation

    def shift_to(self, other: _Built) -> tuple[int, int] | None:
        """Shift to the other in device pixels; None if it is not whole or anything else differs."""
        ours, theirs = self.geometry, other.geometry
        there = replace(ours, center_x=theirs.center_x, center_y=theirs.center_y)
        is_same = self.samples is other.samples and self.interpolation is other.interpolation
        if not is_same or there != theirs:
            return None
        shift = (theirs.center_x - ours.center_x, theirs.center_y - ours.center_y)
        whole = (round(shift[0]), round(shift[1]))
        is_whole = max(abs(shift[0] - whole[0]), abs(shift[1] - whole[1])) < _SAME_PLACE
        return whole if is_whole else None


def _is_copied(geometry: FilmGeometry, interpolation: Interpolation) -> bool:
    """Whether the exact result only copies stored pixels, which is quick."""
    step = 1 / min(geometry.scale_x, geometry.scale_y)
    return takes_nearest(step, interpolation)


def _runs(geometry: FilmGeometry, area: ViewArea) -> tuple[Run, Run, _Turn]:
    """Film rows and columns under a part of the viewport, and a function that turns the result."""
    corner_a = geometry.to_image(area.left + 0.5, area.top + 0.5)
    corner_b = geometry.to_image(area.right - 0.5, area.bottom - 0.5)
    counts = (area.width, area.height)
    across, down = counts[::-1] if geometry.is_transposed else counts
    columns = Run(first=min(corner_a[0], corner_b[0]), step=1 / geometry.scale_x, count=across)
    rows = Run(first=min(corner_a[1], corner_b[1]), step=1 / geometry.scale_y, count=down)
    # Runs go from low to high positions: reverse them if the viewport runs the other way.
    step_x = -1 if corner_a[0] > corner_b[0] else 1
    step_y = -1 if corner_a[1] > corner_b[1] else 1

    def turned(upright: NDArray[np.uint16]) -> NDArray[np.uint16]:
        seen = upright[::step_y, ::step_x]
        seen = seen.T if geometry.is_transposed else seen
        # OpenCV needs contiguous lines; where each line begins does not matter.
        is_forward = seen.strides[1] == seen.itemsize and seen.strides[0] > 0
        return seen if is_forward else np.ascontiguousarray(seen)

    return rows, columns, turned


def _resampled(now: _Built, area: ViewArea) -> NDArray[np.uint16]:
    """Exact values for a part of the viewport."""
    rows, columns, turned = _runs(now.geometry, area)
    row_taps, column_taps = (
        axis_taps(run.first, run.step, run.count, stored, now.interpolation)
        for run, stored in ((rows, now.geometry.rows), (columns, now.geometry.columns))
    )
    return turned(resample(now.samples, row_taps, column_taps))


def _covered(geometry: FilmGeometry, view_size: tuple[int, int]) -> ViewArea:
    """The device pixels whose centres lie on the film."""
    left, top, right, bottom = geometry.view_extent
    return ViewArea(
        left=max(0, math.ceil(left - 0.5)),
        top=max(0, math.ceil(top - 0.5)),
        right=min(view_size[0], math.ceil(right - 0.5)),
        bottom=min(view_size[1], math.ceil(bottom - 0.5)),
    )
