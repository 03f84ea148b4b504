"""Draws the marks of a film: thin lines with a dark edge, words beside, handles if selected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.domain.annotation import Annotation, Point
from engine.imaging.mark_shape import MarkShape, mark_shape
from viewer.canvas.film_text import FilmInk, draw_stack, width_of
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import GRID, Tokens

LINE: Final = 1.25
"""Width of a mark's lines, in px."""
HALO: Final = 3.25
"""Width of their dark edge, in px."""
HANDLE: Final = 7.0
"""Side of a handle, in px."""
CROSS: Final = 6.0
"""Arm of a probe's cross, in px."""
HEAD: Final = 11.0
"""Length of an arrow's head, in px."""
GROUND: Final = 0.45
"""How dark the film is made behind words: enough to read them on bone, and to see through."""
WORD_SIZE: Final = 13
"""Size of the words beside a mark, in px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkStyle:
    """How a mark is drawn: colour, and whether its handles show."""

    colour: str
    halo: str
    has_handles: bool


class MarkLayer:
    """Draws what lies on the film of one view.

    Args:
        state: Of the view.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens

    def paint(self, painter: QPainter, area: QRectF, pixel_ratio: float) -> None:
        """Draw all marks that the level lets through.

        Args:
            painter: Of the view, in logical px.
            area: Where words may stand.
            pixel_ratio: Device pixels per logical px.
        """
        marks = self._state.shown_marks
        frame, geometry = self._state.frame, self._state.geometry
        if not marks or frame is None or geometry is None:
            return

        def place(point: Point) -> QPointF:
            x, y = geometry.to_view(point.x, point.y)
            return QPointF(x / pixel_ratio, y / pixel_ratio)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        taken: list[QRectF] = []
        for mark in marks:
            style = self._style(mark)
            shape = _Placed.of(mark_shape(mark, frame), place)
            _draw_shape(painter, shape, style)
            lines = self._state.measured(mark).lines
            if lines:
                ink = FilmInk(colour=style.colour, halo=style.halo, size=WORD_SIZE)
                taken.append(_words_place(area, shape.anchor, _size_of(lines, ink), taken))
                _draw_words(painter, taken[-1], lines, ink)
        painter.restore()

    def _style(self, mark: Annotation) -> MarkStyle:
        selected, pending = self._state.marks.selected, self._state.in_hand.mark
        is_in_hand = mark is pending or (selected is not None and selected.id == mark.id)
        colour = self._tokens.accent if is_in_hand else self._tokens.film_letter
        return MarkStyle(colour=colour, halo=self._tokens.film_halo, has_handles=is_in_hand)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A shape in logical px of the view."""

    lines: list[tuple[QPointF, QPointF]]
    guides: list[tuple[QPointF, QPointF]]
    box: QRectF | None
    head: tuple[QPointF, QPointF] | None
    cross: QPointF | None
    handles: list[QPointF]
    anchor: QPointF

    @classmethod
    def of(cls, shape: MarkShape, place: Callable[[Point], QPointF]) -> _Placed:
        lines = [(place(a), place(b)) for a, b in shape.lines]
        box = None
        if shape.box is not None:
            box = QRectF(place(shape.box[0]), place(shape.box[1])).normalized()
        return cls(
            lines=lines,
            guides=[(place(a), place(b)) for a, b in shape.guides],
            box=box,
            head=None if shape.head is None else lines[0],
            cross=None if shape.cross is None else place(shape.cross),
            handles=[place(point) for point in shape.handles],
            anchor=place(shape.anchor),
        )


def _draw_shape(painter: QPainter, shape: _Placed, style: MarkStyle) -> None:
    for colour, width in ((style.halo, HALO), (style.colour, LINE)):
        pen = QPen(QColor(colour), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for start, end in shape.lines:
            painter.drawLine(start, end)
        if shape.box is not None:
            painter.drawEllipse(shape.box)
        if shape.cross is not None:
            for arm in (QPointF(CROSS, 0), QPointF(0, CROSS)):
                painter.drawLine(shape.cross - arm, shape.cross + arm)
        if shape.head is not None:
            painter.drawPolyline(_arrow_head(*shape.head))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for start, end in shape.guides:
            painter.drawLine(start, end)
    if style.has_handles:
        _draw_handles(painter, shape.handles, style)


def _draw_handles(painter: QPainter, handles: list[QPointF], style: MarkStyle) -> None:
    painter.setPen(QPen(QColor(style.halo), 1.0))
    painter.setBrush(QColor(style.colour))
    for handle in handles:
        corner = handle - QPointF(HANDLE / 2, HANDLE / 2)
        painter.drawRect(QRectF(corner.x(), corner.y(), HANDLE, HANDLE))


def _arrow_head(tail: QPointF, head: QPointF) -> QPolygonF:
    turn = math.atan2(tail.y() - head.y(), tail.x() - head.x())
    ends = [
        head + QPointF(HEAD * math.cos(turn + side), HEAD * math.sin(turn + side))
        for side in (-0.4, 0.4)
    ]
    return QPolygonF([ends[0], head, ends[1]])


def _size_of(lines: tuple[str, ...], ink: FilmInk) -> QSizeF:
    width = max(width_of(line, ink) for line in lines) + GRID
    return QSizeF(width, ink.line_height * len(lines))


def _words_place(area: QRectF, anchor: QPointF, size: QSizeF, taken: Sequence[QRectF]) -> QRectF:
    """Where words stand: right below their anchor, or the next place that is inside and free."""
    right, left = anchor.x() + 2 * GRID, anchor.x() - 2 * GRID - size.width()
    below, above = anchor.y() + GRID, anchor.y() - GRID - size.height()
    far = below + size.height() + 2 * GRID
    places = [
        QRectF(QPointF(x, y), size)
        for x, y in ((right, below), (right, above), (left, below), (left, above), (right, far))
    ]
    inside = [place for place in places if area.contains(place)]
    free = [place for place in inside if not any(place.intersects(other) for other in taken)]
    return (free or inside or [_moved_into(area, places[0])])[0]


def _moved_into(area: QRectF, place: QRectF) -> QRectF:
    """Words too wide for either side: over the mark rather than cut off at the edge."""
    moved = QRectF(place)
    moved.moveLeft(max(min(place.left(), area.right() - place.width()), area.left()))
    moved.moveTop(max(min(place.top(), area.bottom() - place.height()), area.top()))
    return moved


def _draw_words(painter: QPainter, place: QRectF, lines: tuple[str, ...], ink: FilmInk) -> None:
    """Words on a ground that lets the film through."""
    ground = QColor(ink.halo)
    ground.setAlphaF(GROUND)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(place.adjusted(-GRID, -1, 0, 1), 3.0, 3.0)
    draw_stack(painter, place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, lines, ink)
