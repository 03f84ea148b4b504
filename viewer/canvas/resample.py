"""Resampling of a film to the device pixels of its viewport, in 16 bits, with NumPy alone.

A film is turned only by right angles, so the axes are independent, and each is a short list of
weighted taps. A reduced film uses the area under each device pixel. An enlarged film uses, by the
reader's choice, two neighbours, four, or the nearest; the automatic choice is two up to 400 % and
the nearest beyond, where the reader wants to see single pixels. Nothing is sharpened or windowed
here: values stay stored values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.domain.interpolation import Interpolation

NEAREST_ABOVE: Final = 4.0
"""Device pixels per image pixel above which stored pixels are shown as squares."""
_TIE: Final = 1e-9
"""In stored pixels. A position this close to the middle of two counts as the middle, so that
rounding errors decide nothing.
"""
_ROWS_AT_ONCE: Final = 32
_PIXELS_AT_ONCE: Final = 2**14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisTaps:
    """How device pixels along one axis are made of stored pixels.

    Attributes:
        indices: `(taps, n)` positions along the stored axis.
        weights: `(taps, n)` float32; each column sums to 1.
    """

    indices: NDArray[np.intp]
    weights: NDArray[np.float32]

    @property
    def is_copy(self) -> bool:
        """Whether each device pixel copies one stored pixel."""
        return len(self.indices) == 1


def axis_taps(
    first: float,
    step: float,
    count: int,
    stored: int,
    interpolation: Interpolation = Interpolation.AUTOMATIC,
) -> AxisTaps:
    """Compute the taps of a run of device pixels.

    Args:
        first: Stored position (pixel centres at whole numbers) of the first device pixel's centre.
        step: Stored pixels per device pixel, > 0.
        count: Number of device pixels.
        stored: Stored pixels along the axis; positions outside repeat the edge.
        interpolation: Between stored pixels when enlarging.
    """
    centers = first + step * np.arange(count, dtype=np.float64)
    if takes_nearest(step, interpolation) or _falls_on_pixels(centers, step):
        nearest = np.floor(centers + 0.5 + _TIE).astype(np.intp)[None]
        return AxisTaps(
            indices=np.clip(nearest, 0, stored - 1), weights=np.ones((1, count), np.float32)
        )
    if interpolation is Interpolation.CUBIC and step < 1.0:
        return _cubic_taps(centers, stored)
    # A device pixel covers `step` stored pixels. When enlarging, a window of one stored pixel is
    # exactly linear interpolation between the two neighbours.
    half = max(step, 1.0) / 2
    low = centers - half + 0.5
    high = centers + half + 0.5
    start = np.floor(low).astype(np.intp)
    taps = int(np.max(np.ceil(high - _TIE).astype(np.intp) - start))
    indices = start[None] + np.arange(taps)[:, None]
    covered = np.minimum(high, indices + 1) - np.maximum(low, indices)
    weights = np.maximum(covered, 0.0) / (2 * half)
    return AxisTaps(indices=np.clip(indices, 0, stored - 1), weights=weights.astype(np.float32))


def takes_nearest(step: float, interpolation: Interpolation) -> bool:
    """Whether stored pixels are shown as squares at `step` stored pixels per device pixel."""
    if interpolation is Interpolation.NEAREST:
        return step < 1.0
    return interpolation is Interpolation.AUTOMATIC and step < 1.0 / NEAREST_ABOVE


def resample(samples: NDArray[np.uint16], rows: AxisTaps, columns: AxisTaps) -> NDArray[np.uint16]:
    """Resample a film, not turned; returns `(rows, columns)` of the taps, rounded."""
    if rows.is_copy and columns.is_copy:
        return _picked(samples, rows.indices[0], columns.indices[0])
    left, right = int(columns.indices.min()), int(columns.indices.max()) + 1
    visible, across = samples[:, left:right], _shifted(columns, left)
    mixed = np.empty((rows.indices.shape[1], columns.indices.shape[1]), np.uint16)
    # Few rows at a time: the partial sums stay in the processor's cache, which halves the time.
    at_once = max(_ROWS_AT_ONCE, _PIXELS_AT_ONCE // mixed.shape[1])
    for start in range(0, len(mixed), at_once):
        run = slice(start, start + at_once)
        down = _mix_rows(visible, rows.indices[:, run], rows.weights[:, run])
        over = _mix_rows(np.ascontiguousarray(down.T), across.indices, across.weights)
        # A cubic can overshoot the range of the samples on either side of an edge.
        np.clip(over, 0.0, 65_534.0, out=over)
        over += 0.5  # the cast to integers truncates
        mixed[run] = over.T
    return mixed


def _picked(
    samples: NDArray[np.uint16], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.uint16]:
    """Copied pixels with none skipped; a view of the samples if none is repeated."""
    picked = samples[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # Columns first: an enlarged film has more rows on the screen than stored ones.
    if picked.shape[1] != len(columns):
        picked = picked[:, columns - columns[0]]
    if picked.shape[0] != len(rows):
        picked = picked[rows - rows[0]]
    return picked


def _cubic_taps(centers: NDArray[np.float64], stored: int) -> AxisTaps:
    """Four neighbours weighted by Keys' cubic with a = -1/2 (Catmull-Rom)."""
    start = np.floor(centers)
    t = centers - start
    weights = np.stack(
        [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ]
    )
    indices = start.astype(np.intp)[None] + np.arange(-1, 3)[:, None]
    return AxisTaps(indices=np.clip(indices, 0, stored - 1), weights=weights.astype(np.float32))


def _mix_rows(
    source: NDArray[np.uint16] | NDArray[np.float32],
    indices: NDArray[np.intp],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Weighted sums of whole rows: `(n, width)` float32."""
    mixed: NDArray[np.float32] = source[indices[0]] * weights[0][:, None]
    for picked, weight in zip(indices[1:], weights[1:], strict=True):
        mixed += source[picked] * weight[:, None]
    return mixed


def _shifted(taps: AxisTaps, by: int) -> AxisTaps:
    return AxisTaps(indices=taps.indices - by, weights=taps.weights)


def _falls_on_pixels(centers: NDArray[np.floating], step: float) -> bool:
    return step == 1.0 and bool(abs(centers[0] - round(centers[0])) < 1e-6)
