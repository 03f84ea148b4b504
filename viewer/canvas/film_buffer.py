"""The visible part of a film at device resolution: 16-bit values, and their grey levels.

Zoom, pan, turn and resize rebuild the values; a window or inversion only looks them up again,
which is what keeps a window drag within a few milliseconds a frame.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from engine.domain.interpolation import Interpolation
from viewer.canvas.resample import axis_taps, resample
from viewer.state.film_geometry import FilmGeometry

_PIXELS_AT_ONCE: Final = 2**16
_SCREEN: Final = QImage.Format.Format_RGB32


class FilmBuffer:
    """Values and grey levels of the device pixels that a film covers."""

    def __init__(self) -> None:
        self._values: NDArray[np.uint16] | None = None
        self._pixels: NDArray[np.int32] = np.zeros(2**16, np.int32)
        self._strip: NDArray[np.int32] = np.zeros((0, 0), np.int32)
        self._origin = (0, 0)

    @property
    def origin(self) -> tuple[int, int]:
        """Place of the first covered device pixel in view pixels."""
        return self._origin

    @property
    def is_empty(self) -> bool:
        """Whether no device pixel is covered."""
        return self._values is None

    @property
    def values(self) -> NDArray[np.uint16]:
        """Samples of the covered device pixels, `(height, width)`; empty if there are none."""
        return np.zeros((0, 0), np.uint16) if self._values is None else self._values

    def clear(self) -> None:
        """Forget the film."""
        self._values = None

    def build(
        self,
        samples: NDArray[np.uint16],
        geometry: FilmGeometry,
        view_size: tuple[int, int],
        interpolation: Interpolation = Interpolation.AUTOMATIC,
    ) -> None:
        """Resample what the view shows of a film.

        Args:
            samples: `(rows, columns)` stored values.
            geometry: Where the film lies.
            view_size: Width and height of the view in device pixels.
            interpolation: Between stored pixels when enlarging.
        """
        left, top, right, bottom = _covered(geometry, view_size)
        self._origin = (left, top)
        if left >= right or top >= bottom:
            self.clear()
            return
        corner_a = geometry.to_image(left + 0.5, top + 0.5)
        corner_b = geometry.to_image(right - 0.5, bottom - 0.5)
        counts = (right - left, bottom - top)
        across, down = counts[::-1] if geometry.is_transposed else counts
        columns = axis_taps(
            min(corner_a[0], corner_b[0]),
            1 / geometry.scale_x,
            across,
            geometry.columns,
            interpolation,
        )
        first = min(corner_a[1], corner_b[1])
        rows = axis_taps(first, 1 / geometry.scale_y, down, geometry.rows, interpolation)
        upright = resample(samples, rows, columns)
        # The taps ran from low to high positions: mirror where the view runs the other way.
        step_x = -1 if corner_a[0] > corner_b[0] else 1
        step_y = -1 if corner_a[1] > corner_b[1] else 1
        turned = upright[::step_y, ::step_x]
        if geometry.is_transposed:
            turned = turned.T
        self._values = np.ascontiguousarray(turned)

    def draw(
        self, painter: QPainter, place: QPointF, table: NDArray[np.uint8], pixel_ratio: float
    ) -> None:
        """Draw the covered pixels through a display table of 65,536 entries.

        Args:
            painter: In logical px.
            place: Of the first covered pixel, in logical px.
            table: From samples to grey.
            pixel_ratio: Device pixels per logical px.
        """
        if self._values is None:
            return
        import cv2  # noqa: PLC0415 - after the first paint

        height, width = self._values.shape
        # Grey levels as 0xFF, red, green and blue from high to low byte.
        np.multiply(table, 0x01_01_01, out=self._pixels, dtype=np.int32)
        self._pixels -= 0x01_00_00_00
        # A few rows at a time, in the screen's own format: they go from the processor's cache to
        # the screen, and Qt copies them without waking its threads, which a draft would hold up.
        rows = max(1, _PIXELS_AT_ONCE // width)
        if self._strip.shape != (rows, width):
            self._strip = np.empty((rows, width), np.int32)
        for first in range(0, height, rows):
            count = min(rows, height - first)
            cv2.LUT(self._values[first : first + count], self._pixels, dst=self._strip[:count])
            picture = QImage(self._strip.data, width, count, 4 * width, _SCREEN)
            picture.setDevicePixelRatio(pixel_ratio)
            painter.drawImage(QPointF(place.x(), place.y() + first / pixel_ratio), picture)


def _covered(geometry: FilmGeometry, view_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the device pixels whose centres lie on the film."""
    left, top, right, bottom = geometry.view_extent
    return (
        max(0, math.ceil(left - 0.5)),
        max(0, math.ceil(top - 0.5)),
        min(view_size[0], math.ceil(right - 0.5)),
        min(view_size[1], math.ceil(bottom - 0.5)),
    )
