"""Text on a film: dim, with a dark edge, so that it reads on black and on white.

Each line is rendered once with its edge and cached as a picture: during a window drag only the line
with the window changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from viewer.theme.fonts import sans_font

_EDGE = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmInk:
    """Colours and font of text on a film.

    Attributes:
        size: Font size in logical px.
        weight: Font weight, 1 to 1000.
    """

    colour: str
    halo: str
    size: int
    weight: int = QFont.Weight.Normal.value

    @property
    def line_height(self) -> float:
        """Line spacing in logical px."""
        return _line_height(self)


def draw_line(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str, ink: FilmInk
) -> None:
    """Draw one line, elided in the middle if the area is too narrow."""
    line = _elided(text, ink, area.width())
    if not line:
        return
    picture, width, height = _drawn(line, ink, painter.device().devicePixelRatio())
    if align & Qt.AlignmentFlag.AlignRight:
        x = area.right() - width + 1
    elif align & Qt.AlignmentFlag.AlignHCenter:
        x = area.center().x() - width / 2
    else:
        x = area.left() - 1
    if align & Qt.AlignmentFlag.AlignBottom:
        y = area.bottom() - height
    elif align & Qt.AlignmentFlag.AlignVCenter:
        y = area.center().y() - height / 2
    else:
        y = area.top()
    # On whole pixels, or the picture and its text would be blurred.
    painter.drawImage(QPointF(round(x), round(y)), picture)


def draw_stack(
    painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, lines: Sequence[str], ink: FilmInk
) -> None:
    """Draw lines below each other, against the edges of the area that `align` names."""
    height = ink.line_height
    at_bottom = bool(align & Qt.AlignmentFlag.AlignBottom)
    top = area.bottom() - height * len(lines) if at_bottom else area.top()
    for index, line in enumerate(lines):
        row = QRectF(area.left(), top + index * height, area.width(), height)
        across = align & Qt.AlignmentFlag.AlignHorizontal_Mask
        draw_line(painter, row, across | Qt.AlignmentFlag.AlignVCenter, line, ink)


def width_of(line: str, ink: FilmInk) -> float:
    """Width of a line, in logical px."""
    return _width(line, ink)


def flowed(words: Sequence[str], width: float, ink: FilmInk) -> tuple[str, ...]:
    """Badges joined by dots into as few lines as fit. None is cut."""
    lines: list[str] = []
    for badge in words:
        word, *rest = broken(badge, width, ink)
        longer = f"{lines[-1]} · {word}" if lines else word
        if lines and _width(longer, ink) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
        lines += rest
    return tuple(lines)


def broken(line: str, width: float, ink: FilmInk) -> tuple[str, ...]:
    """A line broken at spaces to fit a width. Nothing is left out."""
    lines: list[str] = []
    for word in line.split(" ") if width_of(line, ink) > width else [line]:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, ink) <= width:
            lines[-1] = longer
        elif word:
            lines.append(word)
    return tuple(lines)


def draw_bar(painter: QPainter, right: QPointF, length: float, ink: FilmInk) -> None:
    """Draw a scale bar with end ticks.

    Args:
        painter: In logical px.
        right: Right end of the bar.
        length: In logical px.
        ink: Colours.
    """
    left = QPointF(right.x() - length, right.y())
    for colour, width in ((ink.halo, 3.0), (ink.colour, 1.0)):
        pen = painter.pen()
        pen.setColor(QColor(colour))
        pen.setWidthF(width)
        painter.setPen(pen)
        painter.drawLine(left, right)
        for end in (left, right):
            painter.drawLine(end + QPointF(0, -4), end + QPointF(0, 4))


def measure_again() -> None:
    """Forget what was drawn and measured, because the size of the interface has changed."""
    for kept in (_drawn, _elided, _width, _line_height, _metrics):
        kept.cache_clear()


@lru_cache(maxsize=256)
def _drawn(line: str, ink: FilmInk, pixel_ratio: float) -> tuple[QImage, float, float]:
    """The line with its edge, one px wider on each side than the text; its size in logical px."""
    width = math.ceil(_width(line, ink)) + 2
    height = math.ceil(ink.line_height) + 2
    picture = QImage(
        math.ceil(width * pixel_ratio),
        math.ceil(height * pixel_ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    picture.setDevicePixelRatio(pixel_ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(sans_font(ink.size, ink.weight))
    metrics = _metrics(ink)
    # Drawn from the base line: for an area Qt would lay out the text again each time.
    base = QPointF(1, 1 + (height - 2 - metrics.height()) / 2 + metrics.ascent())
    painter.setPen(QColor(ink.halo))
    for dx, dy in _EDGE:
        painter.drawText(base + QPointF(dx, dy), line)
    painter.setPen(QColor(ink.colour))
    painter.drawText(base, line)
    painter.end()
    size = picture.deviceIndependentSize()
    return picture, size.width(), size.height()


@lru_cache(maxsize=512)
def _elided(text: str, ink: FilmInk, width: float) -> str:
    if _width(text, ink) <= width:
        return text
    return _metrics(ink).elidedText(text, Qt.TextElideMode.ElideMiddle, width)


@lru_cache(maxsize=512)
def _width(line: str, ink: FilmInk) -> float:
    return _metrics(ink).horizontalAdvance(line)


@lru_cache(maxsize=16)
def _line_height(ink: FilmInk) -> float:
    return _metrics(ink).lineSpacing()


@lru_cache(maxsize=16)
def _metrics(ink: FilmInk) -> QFontMetricsF:
    return QFontMetricsF(sans_font(ink.size, ink.weight))
