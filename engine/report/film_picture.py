"""A film as a small grey picture for a document: to see which film it was, not to read it."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np
from PIL import Image

from engine.domain.image import PixelImage
from engine.imaging.spacing import aspect_of
from engine.imaging.window import apply_table, default_voi, display_table

LONGEST_SIDE = 1100
"""Pixels: about 300 dots an inch at the size at which a letter shows a film."""
_QUALITY = 90


def film_picture(film: PixelImage, *, longest_side: int = LONGEST_SIDE) -> bytes:
    """The film as it opens in the viewer, as a JPEG that carries nothing but the picture.

    Square pixels are restored from the spacing or the declared aspect, so that lengths keep their
    proportions.

    Args:
        film: Its pixels.
        longest_side: Of the picture, in its pixels.
    """
    grey = np.empty(film.samples.shape, dtype=np.uint8)
    apply_table(film.samples, display_table(film, default_voi(film)), grey)
    height, width = shown_size(film, longest_side)
    picture = Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()


def film_drawing(film: PixelImage, *, longest_side: int = LONGEST_SIDE, over: str = "") -> str:
    """The picture inside an SVG drawing: as text it needs no file on its way to the layout.

    Args:
        film: Its pixels.
        longest_side: Of the picture, in its pixels.
        over: SVG elements drawn over it, in the picture's pixels.
    """
    height, width = shown_size(film, longest_side)
    jpeg = b64encode(film_picture(film, longest_side=longest_side)).decode("ascii")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
        f"<image width='{width}' height='{height}' href='data:image/jpeg;base64,{jpeg}'/>"
        f"{over}</svg>"
    )


def shown_size(film: PixelImage, longest_side: int) -> tuple[int, int]:
    """Height and width in picture pixels, the longer at most `longest_side`."""
    height, width = float(film.rows), float(film.columns)
    height *= aspect_of(film.spacing, film.pixel_aspect)
    scale = min(1.0, longest_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
