"""A film as a small grey picture for a document: to identify the film, not to read it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO

import numpy as np
from PIL import Image

from engine.domain.evidence import EvidenceGrade, Region
from engine.domain.image import PixelImage
from engine.imaging.spacing import aspect_of
from engine.imaging.window import apply_table, default_voi, display_table

LONGEST_SIDE = 1100
"""In pixels: about 300 dpi at the size at which a letter shows a film."""
_QUALITY = 90
THUMBNAIL = 420
"""Longest side in pixels: about 300 dpi at the size at which a letter shows it."""
_LINE, _HALO = 3.0, 7.0


def film_picture(film: PixelImage, *, longest_side: int = LONGEST_SIDE) -> bytes:
    """The film as it opens in the viewer, as a JPEG without metadata.

    Square pixels are restored from the spacing or the declared aspect, so that lengths keep their
    proportions.

    Args:
        film: Its pixels.
        longest_side: Of the picture, in its own pixels.
    """
    grey = np.empty(film.samples.shape, dtype=np.uint8)
    apply_table(film.samples, display_table(film, default_voi(film)), grey)
    height, width = shown_size(film, longest_side)
    picture = Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()


def film_drawing(film: PixelImage, *, longest_side: int = LONGEST_SIDE, over: str = "") -> str:
    """The picture inside an SVG drawing, so that it reaches the layout as text, without a file.

    Args:
        film: Its pixels.
        longest_side: Of the picture, in its own pixels.
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


def evidence_drawing(film: PixelImage, regions: Iterable[Region], grade: EvidenceGrade) -> str:
    """An SVG drawing of the film with the cells, solid where the sentence depends on them.

    Args:
        film: Its pixels.
        regions: Cells of this film, in its image pixels.
        grade: Chooses solid or dashed.
    """
    height, width = shown_size(film, THUMBNAIL)
    across, down = width / film.columns, height / film.rows
    dash = " stroke-dasharray='9 6'" if grade is EvidenceGrade.NOT_SHOWN else ""
    cells = "".join(
        # Pixel centres are whole numbers: the film's edge lies half a pixel before the first
        # centre.
        f"M{(cell.left + 0.5) * across:.1f} {(cell.top + 0.5) * down:.1f}"
        f"H{(cell.right + 0.5) * across:.1f}V{(cell.bottom + 0.5) * down:.1f}"
        f"H{(cell.left + 0.5) * across:.1f}Z"
        for cell in regions
    )
    outlines = (
        f"<path d='{cells}' fill='none' stroke='#000000' stroke-opacity='0.3' "
        f"stroke-width='{_HALO}'/>"
        f"<path d='{cells}' fill='none' stroke='#58C4DD' stroke-width='{_LINE}'{dash}/>"
    )
    return film_drawing(film, longest_side=THUMBNAIL, over=outlines if cells else "")
