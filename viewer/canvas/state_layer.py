"""Paints graphics and texts of the applied presentation state, dimmer than annotations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.domain.annotation import Point
from engine.domain.presentation_state import Graphic, GraphicKind, GraphicText
from viewer.canvas.film_text import FilmInk, draw_stack
from viewer.state.annotations import AnnotationLevel
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import GRID, Tokens

LINE: Final = 1.25
"""Width of lines, in px."""
HALO: Final = 3.25
"""Width of the lines' dark edge, in px."""
CROSS: Final = 6.0
"""Arm of a point's cross, in px."""
WORD_SIZE: Final = 13
"""Font size of texts, in px."""
_CORNERS: Final = 72

ToPx = Callable[[Point], QPointF]


class StateLayer:
    """Paints over the film of one viewport.

    A state names its points in image pixels, but lines and texts keep their size in px at every
    zoom. Shapes are therefore built in view coordinates and not scaled by the painter.

    Args:
        state: State of the viewport.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens

    def paint(self, painter: QPainter, pixel_ratio: float) -> None:
        """Paint graphics and texts, unless the reader hides everything drawn over films."""
        applied = self._state.applied
        if applied.state is None or self._state.annotations.level is not AnnotationLevel.ALL:
            return
        geometry = self._state.placement.geometry
        if geometry is None:
            return

        def to_px(point: Point) -> QPointF:
            x, y = geometry.to_view(point.x, point.y)
            return QPointF(x / pixel_ratio, y / pixel_ratio)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for graphic in applied.graphics:
            self._draw(painter, graphic, graphic_path(graphic, to_px))
        for text in applied.texts:
            self._write(painter, text, to_px)
        painter.restore()

    def _draw(self, painter: QPainter, graphic: Graphic, path: QPainterPath) -> None:
        for colour, width in (
            (self._tokens.film_halo, HALO),
            (self._tokens.film_text, LINE),
        ):
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
        if graphic.is_filled:
            # Never opaque: a filled shape must not hide a finding.
            ground = QColor(self._tokens.film_text)
            ground.setAlphaF(0.25)
            painter.fillPath(path, ground)

    def _write(self, painter: QPainter, text: GraphicText, to_px: ToPx) -> None:
        # A text has a corner of its own, an anchor on the finding, or both; a tied one gets a line
        # between the two.
        at = text.corner or text.anchor
        if at is None:
            return
        corner = to_px(at)
        if text.is_tied and text.anchor is not None:
            line = QPainterPath(corner)
            line.lineTo(to_px(text.anchor))
            for colour, width in (
                (self._tokens.film_halo, HALO),
                (self._tokens.film_text, LINE),
            ):
                painter.strokePath(line, QPen(QColor(colour), width))
        ink = FilmInk(colour=self._tokens.film_text, halo=self._tokens.film_halo, size=WORD_SIZE)
        area = QRectF(corner, corner)
        area.setRight(max(float(painter.device().width()), corner.x() + GRID))
        area.setBottom(corner.y() + ink.line_height * len(text.lines))
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        draw_stack(painter, area, align, text.lines, ink)


def graphic_path(graphic: Graphic, to_px: ToPx) -> QPainterPath:
    """A graphic in logical px of the viewport."""
    if graphic.kind is GraphicKind.POINT:
        at, path = to_px(graphic.points[0]), QPainterPath()
        for arm in (QPointF(CROSS, 0), QPointF(0, CROSS)):
            path.moveTo(at - arm)
            path.lineTo(at + arm)
        return path
    if graphic.kind is GraphicKind.INTERPOLATED:
        return _smooth([to_px(point) for point in graphic.points])
    points = _outline(graphic)
    path = QPainterPath(to_px(points[0]))
    for point in points[1:]:
        path.lineTo(to_px(point))
    return path


def _outline(graphic: Graphic) -> list[Point]:
    """Points that an outline runs through, in image pixels."""
    points = list(graphic.points)
    if graphic.kind is GraphicKind.POLYLINE:
        return points
    # Both as centre and two half axes: a circle by its centre and a point on it, an ellipse by the
    # ends of its axes.
    if graphic.kind is GraphicKind.CIRCLE:
        (center, edge) = points
        radius = math.hypot(edge.x - center.x, edge.y - center.y)
        first, second = Point(x=radius, y=0.0), Point(x=0.0, y=radius)
    else:
        one, other, top, bottom = points
        center = Point(x=(one.x + other.x) / 2, y=(one.y + other.y) / 2)
        first = Point(x=(other.x - one.x) / 2, y=(other.y - one.y) / 2)
        second = Point(x=(bottom.x - top.x) / 2, y=(bottom.y - top.y) / 2)
    turns = [2 * math.pi * k / _CORNERS for k in range(_CORNERS + 1)]
    return [
        center.moved(
            math.cos(turn) * first.x + math.sin(turn) * second.x,
            math.cos(turn) * first.y + math.sin(turn) * second.y,
        )
        for turn in turns
    ]


def _smooth(points: list[QPointF]) -> QPainterPath:
    """A curve through all points (Catmull-Rom as cubic splines)."""
    path = QPainterPath(points[0])
    ends = [points[0], *points, points[-1]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        path.cubicTo(start + (end - before) / 6, end - (after - start) / 6, end)
    return path
