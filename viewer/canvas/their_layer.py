"""Paints what an open report of others has on a film: dashed, dimmer, named as theirs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.domain.annotation import Point
from engine.domain.prior_document import TheirOutline
from viewer.canvas.annotation_layer import HALO, LINE, WORD_SIZE, draw_words, label_area, size_of
from viewer.canvas.film_text import FilmInk
from viewer.canvas.state_layer import graphic_path
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import Tokens

THEIRS: Final = "Of another report"
_MOST_LETTERS: Final = 60


class TheirLayer:
    """Paints over the film of one viewport; nothing of it can be taken hold of.

    Args:
        state: State of the viewport.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens

    def paint(self, painter: QPainter, area: QRectF, pixel_ratio: float) -> None:
        """Paint outlines and labels; arguments as for `AnnotationLayer.paint`."""
        image, geometry = self._state.film.image, self._state.placement.geometry
        if image is None or geometry is None:
            return

        def to_px(point: Point) -> QPointF:
            x, y = geometry.to_view(point.x, point.y)
            return QPointF(x / pixel_ratio, y / pixel_ratio)

        ink = FilmInk(colour=self._tokens.film_text, halo=self._tokens.film_halo, size=WORD_SIZE)
        taken: list[QRectF] = []
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for outline in self._state.annotations.theirs_on(image.sop_uid):
            path = graphic_path(outline.graphic, to_px)
            self._draw(painter, path)
            lines = _label(outline)
            anchor = path.boundingRect().bottomRight()
            taken.append(label_area(area, anchor, size_of(lines, ink), taken))
            draw_words(painter, taken[-1], lines, ink)
        painter.restore()

    def _draw(self, painter: QPainter, path: QPainterPath) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self._tokens.film_halo, HALO), (self._tokens.film_text, LINE)):
            pen = QPen(QColor(colour), width)
            if width == LINE:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawPath(path)


def _label(outline: TheirOutline) -> tuple[str, ...]:
    words = outline.words
    cut = words if len(words) <= _MOST_LETTERS else f"{words[:_MOST_LETTERS]}…"
    return (THEIRS, cut) if cut else (THEIRS,)
