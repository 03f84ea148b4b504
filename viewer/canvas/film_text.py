"""Words on a film: dim, with a dark edge, so that they read on black and on white."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from viewer.theme.tokens import Tokens

_EDGE = ((-1, 0), (1, 0), (0, -1), (0, 1))


def draw_line(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str, tokens: Tokens
) -> None:
    """Draw one line in the painter's font, elided in the middle if the area is too narrow."""
    metrics = painter.fontMetrics()
    line = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(area.width()))
    painter.setPen(QColor(tokens.film_halo))
    for dx, dy in _EDGE:
        painter.drawText(area.translated(dx, dy), align, line)
    painter.setPen(QColor(tokens.film_text))
    painter.drawText(area, align, line)


def draw_stack(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, lines: tuple[str, ...], tokens: Tokens
) -> None:
    """Draw lines below each other, against the edges of the area that `align` names."""
    height = painter.fontMetrics().lineSpacing()
    at_bottom = bool(align & Qt.AlignmentFlag.AlignBottom)
    top = area.bottom() - height * len(lines) if at_bottom else area.top()
    for index, line in enumerate(lines):
        row = QRectF(area.left(), top + index * height, area.width(), height)
        across = align & Qt.AlignmentFlag.AlignHorizontal_Mask
        draw_line(painter, row, across | Qt.AlignmentFlag.AlignVCenter, line, tokens)


def draw_bar(painter: QPainter, right: QPointF, length: float, tokens: Tokens) -> None:
    """Draw a scale bar with end ticks that ends at a point."""
    left = QPointF(right.x() - length, right.y())
    for colour, width in ((tokens.film_halo, 3.0), (tokens.film_text, 1.0)):
        pen = painter.pen()
        pen.setColor(QColor(colour))
        pen.setWidthF(width)
        painter.setPen(pen)
        painter.drawLine(left, right)
        for end in (left, right):
            painter.drawLine(end + QPointF(0, -4), end + QPointF(0, 4))
