"""The exposed field of a film: where X-rays reached the detector, through the patient or beside.

Padding, the collimated border and burnt-in text carry no information about the patient, yet they
fill the ends of the histogram; windows and presets are computed from the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.domain.image import PixelImage

_SIDE = 192
_FLAT = 0.05
_MOST = 0.4
_SPIKE = 0.002
"""Pixels of the lowest, or highest, value are not anatomy if their share of all is above this."""
_FEW_LEVELS = 64
"""A film with no more distinct values is a test pattern or a drawing: all of it counts."""


def exposed_values(image: PixelImage) -> NDArray[np.float64]:
    """Modality values of the exposed field, from a grid of at most about 400 x 400 pixels.

    Returns:
        `(n,)`, never empty.
    """
    small = image.samples[:: max(1, image.rows // _SIDE), :: max(1, image.columns // _SIDE)].astype(
        np.int64
    )
    inside = np.ones(small.shape, bool)
    if image.padding is not None:
        low, high = image.padding
        inside = (small < low) | (small > high)
    if image.shutter is not None:
        step_y, step_x = max(1, image.rows // _SIDE), max(1, image.columns // _SIDE)
        x = np.arange(small.shape[1], dtype=np.float64) * step_x
        y = np.arange(small.shape[0], dtype=np.float64) * step_y
        inside &= image.shutter.seen(x[None], y[:, None])
    inside &= ~_end_spikes(small)
    top, bottom, left, right = _border(small)
    inside[:top] = inside[bottom:] = False
    inside[:, :left] = inside[:, right:] = False
    chosen = small[inside]
    if chosen.size == 0:
        chosen = small.reshape(-1)
    return np.asarray(chosen * image.slope + image.intercept, np.float64)


def _end_spikes(small: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pixels that share the lowest or the highest value with many others.

    A machine wrote these values instead of measuring them: fill around a tilted collimation,
    burnt-in text, and the ends of a saturated detector.
    """
    found = np.zeros(small.shape, bool)
    # Counted without `np.unique`, which loads masked arrays before the first film is shown.
    if np.count_nonzero(np.diff(np.sort(small, axis=None))) < _FEW_LEVELS:
        return found
    for end in (small.min(), small.max()):
        at_end = small == end
        if np.count_nonzero(at_end) > _SPIKE * small.size:
            found |= at_end
    return found


def _border(small: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """First row and column inside the collimation, and one past the last.

    A border line hardly varies. At most 40 % is cut from each side, so that a uniform film keeps
    its middle.
    """
    spread = float(np.percentile(small, 99) - np.percentile(small, 1)) or 1.0
    rows = _flat_lines(small, spread)
    columns = _flat_lines(small.T, spread)
    top, bottom = _ends(rows)
    left, right = _ends(columns)
    return top, bottom, left, right


def _flat_lines(small: NDArray[np.int64], spread: float) -> NDArray[np.bool_]:
    low, high = np.percentile(small, (5, 95), axis=1)
    return np.asarray((high - low) <= _FLAT * spread)


def _ends(flat: NDArray[np.bool_]) -> tuple[int, int]:
    """Index after the leading run of flat lines, and index where the trailing run begins."""
    count = len(flat)
    most = int(_MOST * count)
    first = int(np.argmin(flat[: most + 1])) if not flat[: most + 1].all() else most
    tail = flat[::-1][: most + 1]
    last = int(np.argmin(tail)) if not tail.all() else most
    return first, count - last
