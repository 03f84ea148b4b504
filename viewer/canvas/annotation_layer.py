"""Paints the annotations of a film: thin lines with a dark edge, labels, handles if selected.

What is only proposed is amber and dashed throughout, and its label says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.domain.annotation import Annotation, Point
from engine.imaging.measure import annotation_shape
from engine.imaging.measurement import AnnotationShape, Line
from viewer.canvas.film_text import FilmInk, draw_stack, width_of
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import GRID, Tokens

LINE: Final = 1.25
"""Width of an annotation's lines, in px."""
HALO: Final = 3.25
"""Width of the lines' dark edge, in px."""
HANDLE: Final = 7.0
"""Side of a handle, in px."""
CROSS: Final = 6.0
"""Arm of a probe's cross, in px."""
HEAD: Final = 11.0
"""Length of an arrow's head, in px."""
GROUND: Final = 0.45
"""Opacity of the ground behind labels: dark enough to read on bone, light enough to see through."""
WORD_SIZE: Final = 13
"""Font size of labels, in px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationStyle:
    """Colours of an annotation, whether its handles show, and whether all lines are dashed."""

    colour: str
    halo: str
    has_handles: bool
    is_dashed: bool = False


class AnnotationLayer:
    """Paints the annotations on one viewport's film.

    Args:
        state: State of the viewport.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens

    def paint(self, painter: QPainter, area: QRectF, pixel_ratio: float) -> None:
        """Paint the annotations that the current level shows.

        Args:
            painter: On the viewport, in logical px.
            area: Area that labels must stay within.
            pixel_ratio: Device pixels per logical px.
        """
        proposed = self._state.in_view.proposed
        annotations = (*self._state.in_view.shown, *((proposed,) if proposed else ()))
        frame, geometry = self._state.in_view.frame, self._state.placement.geometry
        if not annotations or frame is None or geometry is None:
            return

        def to_px(point: Point) -> QPointF:
            x, y = geometry.to_view(point.x, point.y)
            return QPointF(x / pixel_ratio, y / pixel_ratio)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        taken: list[QRectF] = []
        for annotation in annotations:
            style = self._style(annotation)
            shape = _Placed.of(annotation_shape(annotation, frame), to_px)
            _draw_shape(painter, shape, style)
            lines = self._state.in_view.measured(annotation).lines
            if annotation is proposed:
                lines = (f"Proposed {lines[0]}", *lines[1:])
            if lines:
                ink = FilmInk(colour=style.colour, halo=style.halo, size=WORD_SIZE)
                taken.append(label_area(area, shape.anchor, size_of(lines, ink), taken))
                draw_words(painter, taken[-1], lines, ink)
        painter.restore()

    def _style(self, annotation: Annotation) -> AnnotationStyle:
        halo = self._tokens.film_halo
        if annotation is self._state.in_view.proposed:
            amber = self._tokens.film_amber
            return AnnotationStyle(colour=amber, halo=halo, has_handles=True, is_dashed=True)
        selected, pending = self._state.annotations.selected, self._state.in_view.in_hand
        is_in_hand = annotation is pending or (
            selected is not None and selected.id == annotation.id
        )
        colour = self._tokens.accent if is_in_hand else self._tokens.film_letter
        return AnnotationStyle(colour=colour, halo=halo, has_handles=is_in_hand)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A shape in logical px of the viewport."""

    lines: list[QPolygonF]
    guides: list[QPolygonF]
    box: QRectF | None
    head: QPolygonF | None
    cross: QPointF | None
    handles: list[QPointF]
    anchor: QPointF

    @classmethod
    def of(cls, shape: AnnotationShape, to_px: Callable[[Point], QPointF]) -> _Placed:
        def joined(lines: tuple[Line, ...]) -> list[QPolygonF]:
            return [QPolygonF([to_px(point) for point in line]) for line in lines]

        lines = joined(shape.lines)
        box = None
        if shape.box is not None:
            box = QRectF(to_px(shape.box[0]), to_px(shape.box[1])).normalized()
        return cls(
            lines=lines,
            guides=joined(shape.guides),
            box=box,
            head=None if shape.head is None else lines[0],
            cross=None if shape.cross is None else to_px(shape.cross),
            handles=[to_px(point) for point in shape.handles],
            anchor=to_px(shape.anchor),
        )


def _draw_shape(painter: QPainter, shape: _Placed, style: AnnotationStyle) -> None:
    # The dark edge first, then the line on top of it.
    for colour, width in ((style.halo, HALO), (style.colour, LINE)):
        pen = QPen(QColor(colour), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if style.is_dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in shape.lines:
            painter.drawPolyline(line)
        if shape.box is not None:
            painter.drawEllipse(shape.box)
        if shape.cross is not None:
            for arm in (QPointF(CROSS, 0), QPointF(0, CROSS)):
                painter.drawLine(shape.cross - arm, shape.cross + arm)
        if shape.head is not None:
            painter.drawPolyline(_arrow_head(shape.head.at(0), shape.head.at(1)))
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for line in shape.guides:
            painter.drawPolyline(line)
    if style.has_handles:
        _draw_handles(painter, shape.handles, style)


def _draw_handles(painter: QPainter, handles: list[QPointF], style: AnnotationStyle) -> None:
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


def size_of(lines: tuple[str, ...], ink: FilmInk) -> QSizeF:
    """Size of a label."""
    width = max(width_of(line, ink) for line in lines) + GRID
    return QSizeF(width, ink.line_height * len(lines))


def label_area(area: QRectF, anchor: QPointF, size: QSizeF, taken: Sequence[QRectF]) -> QRectF:
    """The label's rectangle: right of and below its anchor, or the next one inside and free."""
    right, left = anchor.x() + 2 * GRID, anchor.x() - 2 * GRID - size.width()
    below, above = anchor.y() + GRID, anchor.y() - GRID - size.height()
    far = below + size.height() + 2 * GRID
    corners = [(right, below), (right, above), (left, below), (left, above), (right, far)]
    # If annotations lie close together, also try below the other labels.
    corners += [(x, other.bottom() + GRID) for other in taken for x in (right, left)]
    areas = [QRectF(QPointF(x, y), size) for x, y in corners]
    inside = [label for label in areas if area.contains(label)]
    free = [label for label in inside if not any(label.intersects(other) for other in taken)]
    return (free or inside or [_moved_into(area, areas[0])])[0]


def _moved_into(area: QRectF, label: QRectF) -> QRectF:
    """Shift a label that fits on neither side, to cover the annotation rather than be cut off."""
    moved = QRectF(label)
    moved.moveLeft(max(min(label.left(), area.right() - label.width()), area.left()))
    moved.moveTop(max(min(label.top(), area.bottom() - label.height()), area.top()))
    return moved


def draw_words(painter: QPainter, label: QRectF, lines: tuple[str, ...], ink: FilmInk) -> None:
    """Draw a label on a translucent ground."""
    ground = QColor(ink.halo)
    ground.setAlphaF(GROUND)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(label.adjusted(-GRID, -1, 0, 1), 3.0, 3.0)
    draw_stack(painter, label, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, lines, ink)
