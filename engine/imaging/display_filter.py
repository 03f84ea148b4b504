"""Sharpening and local contrast of a whole film, in 16 bits, for the screen only.

Values stay within the film's own range, so that windows and presets mean the same with and without
a filter, and padding stays padding.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.domain.display_filter import DisplayFilter
from engine.domain.image import PixelImage

SHARPEN_MM: Final = 0.6
"""Standard deviation of the blur that is subtracted, in mm."""
SHARPEN_PX: Final = 4.0
"""Standard deviation of the blur for a film without spacing, in pixels."""
SHARPEN_AMOUNT: Final = 1.2
"""Share of the difference from the blurred film that is added."""
CLAHE_TILES: Final = 8
"""Number of tiles along each side of the film."""
CLAHE_LIMIT: Final = 2.0
"""Clip limit: the highest bin of a tile's histogram, as a multiple of the mean bin."""
_TOP: Final = 65_535.0


def filtered(film: PixelImage, kind: DisplayFilter) -> NDArray[np.uint16]:
    """The film's samples through a filter.

    Args:
        film: Not changed.
        kind: `DisplayFilter.NONE` gives the samples themselves.

    Returns:
        `(rows, columns)` uint16, within the film's own lowest and highest sample.
    """
    if kind is DisplayFilter.NONE:
        return film.samples
    is_film = _is_film(film)
    low, high = _range(film, is_film)
    if high <= low:
        return film.samples
    changed = _sharpened(film) if kind is DisplayFilter.SHARPEN else _equalised(film, low, high)
    result = np.rint(np.clip(changed, low, high)).astype(np.uint16)
    result = np.where(is_film, result, film.samples)
    result.flags.writeable = False
    return result


def _is_film(film: PixelImage) -> NDArray[np.bool_]:
    """Which pixels are film and not padding."""
    if film.padding is None:
        return np.ones(film.samples.shape, bool)
    low, high = film.padding
    return (film.samples < low) | (film.samples > high)


def _range(film: PixelImage, is_film: NDArray[np.bool_]) -> tuple[float, float]:
    values = film.samples[is_film]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _sharpened(film: PixelImage) -> NDArray[np.float32]:
    """Unsharp mask; the blur is equally wide in mm on every film."""
    spacing = film.spacing
    across, down = SHARPEN_PX, SHARPEN_PX
    if spacing is not None and min(spacing.row_mm, spacing.column_mm) > 0:
        across, down = SHARPEN_MM / spacing.column_mm, SHARPEN_MM / spacing.row_mm
    samples = film.samples.astype(np.float32)
    blurred = cv2.GaussianBlur(samples, (0, 0), sigmaX=max(across, 0.5), sigmaY=max(down, 0.5))
    sharp: NDArray[np.float32] = samples + np.float32(SHARPEN_AMOUNT) * (samples - blurred)
    return sharp


def _equalised(film: PixelImage, low: float, high: float) -> NDArray[np.float32]:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) over the film's range."""
    scale = _TOP / (high - low)
    spread = np.clip((film.samples.astype(np.float32) - low) * scale, 0.0, _TOP)
    clahe = cv2.createCLAHE(clipLimit=CLAHE_LIMIT, tileGridSize=(CLAHE_TILES, CLAHE_TILES))
    even = clahe.apply(np.rint(spread).astype(np.uint16))
    back: NDArray[np.float32] = even.astype(np.float32) / np.float32(scale) + np.float32(low)
    return back
