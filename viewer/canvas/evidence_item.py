"""Outlines of the evidence cells of a sentence.

Outlines only, never a fill or a smooth contour: a cell is a tenth of the film's side and shows
where the model looked, not where a finding ends. Solid if deleting the cells was shown to change
the sentence, dashed if not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.domain.evidence import EvidenceGrade, Region
from viewer.state.film_geometry import FilmGeometry
from viewer.theme.tokens import Tokens

OUTLINE: Final = 1.25
"""Width of an outline, in logical px."""
HALO: Final = 3.25
"""Width of the outline's dark edge, in logical px."""
_HALO_ALPHA: Final = 0.3
_DASH: Final = (4.0, 3.0)


def draw_cells(
    painter: QPainter,
    geometry: FilmGeometry,
    regions: Sequence[Region],
    grade: EvidenceGrade,
    tokens: Tokens,
) -> None:
    """Outline cells.

    Args:
        painter: On the viewport, in logical px.
        geometry: Where the film lies, in device pixels.
        regions: Cells of this film, in image pixels.
        grade: Solid or dashed lines.
        tokens: Colours.
    """
    ratio = painter.device().devicePixelRatio()
    halo = QColor(tokens.film_halo)
    halo.setAlphaF(_HALO_ALPHA)
    line = QPen(QColor(tokens.evidence), OUTLINE)
    if grade is EvidenceGrade.NOT_SHOWN:
        line.setDashPattern(_DASH)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(halo, HALO), line):
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        for edge in _edges([_rectangle(region, geometry, ratio) for region in regions]):
            painter.drawLine(edge)
    painter.restore()


def _edges(cells: Sequence[QRectF]) -> list[QLineF]:
    """Every edge once: two dashed lines on top of each other would look solid."""
    edges: dict[tuple[int, ...], QLineF] = {}
    for cell in cells:
        corners = (cell.topLeft(), cell.topRight(), cell.bottomRight(), cell.bottomLeft())
        for start, end in ((0, 1), (1, 2), (3, 2), (0, 3)):
            edge = QLineF(corners[start], corners[end])
            edges.setdefault((*edge.p1().toPoint().toTuple(), *edge.p2().toPoint().toTuple()), edge)
    return list(edges.values())


def _rectangle(region: Region, geometry: FilmGeometry, ratio: float) -> QRectF:
    one = geometry.to_view(region.left, region.top)
    other = geometry.to_view(region.right, region.bottom)
    corners = QRectF(QPointF(*one) / ratio, QPointF(*other) / ratio)
    return corners.normalized()
