"""Thumbnails for the list of films."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.domain.image import PixelImage
from engine.imaging.window import apply_table, default_voi, display_table

SIDE = 128
"""Longer side in pixels."""


def thumbnail(image: PixelImage) -> NDArray[np.uint8]:
    """The film as its file asks to be shown, reduced by averaging.

    Returns:
        `(rows, columns)` uint8 of displayed grey, the longer side `SIDE`, with square pixels.
    """
    shown = np.empty(image.samples.shape, np.uint8)
    apply_table(image.samples, display_table(image, default_voi(image)), shown)
    spacing = image.spacing
    aspect = 1.0 if spacing is None else spacing.row_mm / spacing.column_mm
    height, width = image.rows * aspect, float(image.columns)
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(shown).resize(size, Image.Resampling.BOX))
