"""Draws what the file lays over its film: the shutter's black, and overlay planes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF, QTransform

from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import PixelImage
from viewer.state.film_geometry import FilmGeometry
from viewer.state.marks import MarkLevel
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import Tokens


class FilmGraphics:
    """Draws over the film of one view.

    Args:
        state: Of the view.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens
        self._drawn_film: PixelImage | None = None
        self._planes: list[QImage] = []

    def paint(self, painter: QPainter, pixel_ratio: float) -> None:
        """Draw shutter and overlays, turned and enlarged with the film."""
        film, seen, shutter = self._state.pixels, self._state.model_view, self._state.shutter
        if film is None or (seen is None and not (film.overlays or shutter)):
            return
        geometry = self._state.geometry
        if geometry is None:
            return
        painter.save()
        painter.setTransform(_film_to_view(geometry, pixel_ratio), combine=True)
        if seen is not None:
            # Squares, not a smooth picture: the model has no more than these.
            height, width = seen.shape
            picture = QImage(seen.data, width, height, width, QImage.Format.Format_Grayscale8)
            painter.drawImage(QRectF(0, 0, film.columns, film.rows), picture)
        if shutter is not None and self._state.is_shuttered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(hidden_path(shutter, film), QColor(self._tokens.film_ground))
        if self._state.marks.level is MarkLevel.ALL:
            self._draw_planes(painter, film)
        painter.restore()

    def _draw_planes(self, painter: QPainter, film: PixelImage) -> None:
        if film is not self._drawn_film:
            self._drawn_film = film
            self._planes = [_tinted(one, self._tokens.film_letter) for one in film.overlays]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for overlay, plane in zip(film.overlays, self._planes, strict=True):
            painter.drawImage(QPointF(overlay.column, overlay.row), plane)


def _film_to_view(geometry: FilmGeometry, pixel_ratio: float) -> QTransform:
    """From corners of film pixels ((0, 0) is the film's corner) to logical px of the view."""
    xx, xy, yx, yy = geometry.matrix
    x, y = geometry.to_view(-0.5, -0.5)
    turned = QTransform(xx, yx, xy, yy, x, y)
    return turned * QTransform.fromScale(1 / pixel_ratio, 1 / pixel_ratio)


def hidden_path(shutter: Shutter, film: PixelImage) -> QPainterPath:
    """Everything of the film that a shutter does not let through, in corners of film pixels."""
    whole = QRectF(0, 0, film.columns, film.rows)
    seen = QPainterPath()
    seen.addRect(whole)
    if shutter.box is not None:
        left, top, right, bottom = shutter.box
        seen = seen.intersected(_rectangle(left, top, right + 1, bottom + 1))
    if shutter.circle is not None:
        x, y, radius = shutter.circle
        circle = QPainterPath()
        circle.addEllipse(QPointF(x + 0.5, y + 0.5), radius, radius)
        seen = seen.intersected(circle)
    if shutter.polygon:
        outline = QPainterPath()
        outline.addPolygon(QPolygonF([QPointF(x + 0.5, y + 0.5) for x, y in shutter.polygon]))
        outline.closeSubpath()
        seen = seen.intersected(outline)
    # Wider than the film, or its edge would shine through a smoothed border.
    hidden = QPainterPath()
    hidden.addRect(whole.adjusted(-1, -1, 1, 1))
    return hidden.subtracted(seen)


def _rectangle(left: float, top: float, right: float, bottom: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
    return path


def _tinted(overlay: Overlay, colour: str) -> QImage:
    """An overlay's mask as a picture of one colour."""
    height, width = overlay.mask.shape
    ink = QColor(colour)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[overlay.mask > 0] = (ink.blue(), ink.green(), ink.red(), 255)
    picture = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
    return picture.copy()
