"""A film in small with the cells that a sentence looked at: outlines, never a fill."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.evidence import EvidenceGrade, Region
from engine.domain.image import PixelImage
from engine.report.film_picture import film_drawing, shown_size

THUMBNAIL = 420
"""Longest side in pixels: about 300 dots an inch at the size at which a letter shows it."""
_LINE, _HALO = 3.0, 7.0


def evidence_drawing(film: PixelImage, regions: Iterable[Region], grade: EvidenceGrade) -> str:
    """An SVG drawing of the film with its cells, solid where the sentence rests on them.

    Args:
        film: Its pixels.
        regions: Cells of this film, in its image pixels.
        grade: Chooses solid or dashed.
    """
    height, width = shown_size(film, THUMBNAIL)
    across, down = width / film.columns, height / film.rows
    dash = " stroke-dasharray='9 6'" if grade is EvidenceGrade.NOT_SHOWN else ""
    cells = "".join(
        # Pixel centres are whole numbers: the film's own edge lies half a pixel before the first.
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
