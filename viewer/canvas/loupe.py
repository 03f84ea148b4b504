"""Paints the loupe: the film under the pointer at native pixels, turned as in the viewport."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.domain.image import PixelImage, VoiFunction, Window
from engine.imaging.window import display_table
from viewer.canvas.film_buffer import FilmBuffer
from viewer.canvas.film_text import FilmInk, draw_line, width_of
from viewer.state.film_geometry import FilmGeometry, pixel_stretch
from viewer.state.loupe import LoupeState
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import GRID, Tokens

DIAMETER: Final = 320
"""Diameter of the loupe, in logical px."""
WORD_SIZE: Final = 12
"""Font size of the text on the rim, in px."""


class LoupePainter:
    """Paints the loupe of one viewport.

    Args:
        state: State of the viewport.
        loupe: Position, magnification and window of the loupe.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, loupe: LoupeState, tokens: Tokens) -> None:
        self._state = state
        self._loupe = loupe
        self._tokens = tokens
        self._buffer = FilmBuffer()

    def paint(self, painter: QPainter, pixel_ratio: float) -> None:
        """Paint the loupe, if it is on and there is a film."""
        position, film = self._loupe.position, self._state.film.pixels
        if position is None or film is None:
            return
        geometry, samples = self._state.placement.geometry, self._state.grey.samples
        if samples is None or geometry is None:
            return
        side = round(DIAMETER * pixel_ratio)
        self._buffer.build(samples, self._lens(film, geometry, position, side), (side, side))
        center = QPointF(position[0] / pixel_ratio, position[1] / pixel_ratio)
        circle = QRectF(0, 0, DIAMETER, DIAMETER)
        circle.moveCenter(center)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addEllipse(circle)
        painter.setClipPath(path)
        painter.fillRect(circle, QColor(self._tokens.film_ground))
        if not self._buffer.is_empty:
            left, top = self._buffer.origin
            # On whole device pixels, so that a native pixel stays one pixel.
            x = round(circle.left() * pixel_ratio) + left
            y = round(circle.top() * pixel_ratio) + top
            corner = QPointF(x / pixel_ratio, y / pixel_ratio)
            self._buffer.draw(painter, corner, self._table(film), pixel_ratio)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(self._tokens.accent), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        painter.restore()
        self._draw_words(painter, circle)

    def _lens(
        self, film: PixelImage, geometry: FilmGeometry, position: tuple[float, float], side: int
    ) -> FilmGeometry:
        """The film enlarged about the point under the pointer, in the loupe's own frame."""
        stretch_x, stretch_y = pixel_stretch(film)
        scale = self._loupe.scale
        enlarged = replace(
            geometry, scale_x=scale * stretch_x, scale_y=scale * stretch_y, center_x=0, center_y=0
        )
        x, y = geometry.to_image(*position)
        at_x, at_y = enlarged.to_view(x, y)
        left, top, *_ = enlarged.view_extent
        # Align edges of film pixels with edges of device pixels.
        center_x = round(side / 2 - at_x + left) - left
        center_y = round(side / 2 - at_y + top) - top
        return replace(enlarged, center_x=center_x, center_y=center_y)

    def _table(self, film: PixelImage) -> NDArray[np.uint8]:
        voi = self._state.grey.voi
        if self._loupe.has_own_window or voi is None:
            voi = self._own_window(film)
        return display_table(film, voi, inverted=self._state.grey.is_inverted)

    def _own_window(self, film: PixelImage) -> Window:
        """The window from the 1st to the 99th percentile of the values under the loupe."""
        low, high = np.percentile(self._buffer.values, (1, 99)) * film.slope + film.intercept
        low, high = sorted((float(low), float(high)))
        width = max(high - low, abs(film.slope))
        return Window(
            center=(low + high) / 2, width=width, function=VoiFunction.LINEAR_EXACT, name="Loupe"
        )

    def _draw_words(self, painter: QPainter, circle: QRectF) -> None:
        words = f"{self._loupe.scale:g} : 1"
        if self._loupe.has_own_window:
            words = f"{words} · own window"
        ink = FilmInk(colour=self._tokens.film_letter, halo=self._tokens.film_halo, size=WORD_SIZE)
        area = QRectF(0, 0, width_of(words, ink) + GRID, ink.line_height)
        area.moveCenter(QPointF(circle.center().x(), circle.bottom() - 5 * GRID))
        draw_line(painter, area, Qt.AlignmentFlag.AlignHCenter, words, ink)
