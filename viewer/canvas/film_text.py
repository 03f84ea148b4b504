"""Words on a film: dim, with a dark edge, so that they read on black and on white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

_EDGE = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmInk:
    """Colours of words on a film."""

    colour: str
    halo: str


def draw_line(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str, ink: FilmInk
) -> None:
    """Draw one line in the painter's font, elided in the middle if the area is too narrow."""
    metrics = painter.fontMetrics()
    line = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(area.width()))
    painter.setPen(QColor(ink.halo))
    for dx, dy in _EDGE:
        painter.drawText(area.translated(dx, dy), align, line)
    painter.setPen(QColor(ink.colour))
    painter.drawText(area, align, line)


def draw_stack(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, lines: Sequence[str], ink: FilmInk
) -> None:
    """Draw lines below each other, against the edges of the area that `align` names."""
    height = painter.fontMetrics().lineSpacing()
    at_bottom = bool(align & Qt.AlignmentFlag.AlignBottom)
    top = area.bottom() - height * len(lines) if at_bottom else area.top()
    for index, line in enumerate(lines):
        row = QRectF(area.left(), top + index * height, area.width(), height)
        across = align & Qt.AlignmentFlag.AlignHorizontal_Mask
        draw_line(painter, row, across | Qt.AlignmentFlag.AlignVCenter, line, ink)


def flowed(metrics: QFontMetrics, words: Sequence[str], width: float) -> tuple[str, ...]:
    """Words joined by dots into as few lines as fit: a badge is never cut."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} · {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def draw_bar(painter: QPainter, right: QPointF, length: float, ink: FilmInk) -> None:
    """Draw a scale bar with end ticks that ends at a point."""
    left = QPointF(right.x() - length, right.y())
    for colour, width in ((ink.halo, 3.0), (ink.colour, 1.0)):
        pen = painter.pen()
        pen.setColor(QColor(colour))
        pen.setWidthF(width)
        painter.setPen(pen)
        painter.drawLine(left, right)
        for end in (left, right):
            painter.drawLine(end + QPointF(0, -4), end + QPointF(0, 4))
