"""Paints what the file lays over its film: shutter and overlay planes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF, QTransform

from engine.domain.film_graphics import Overlay, Shutter
from engine.domain.image import PixelImage
from viewer.state.annotations import AnnotationLevel
from viewer.state.film_geometry import FilmGeometry
from viewer.state.viewport import ViewportState
from viewer.theme.tokens import Tokens


class FilmGraphics:
    """Paints over the film of one viewport.

    Args:
        state: State of the viewport.
        tokens: Colours.
    """

    def __init__(self, state: ViewportState, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens
        self._drawn_film: PixelImage | None = None
        self._planes: list[QImage] = []

    def paint(self, painter: QPainter, pixel_ratio: float) -> None:
        """Paint shutter and overlays, turned and enlarged with the film."""
        shown = self._state.film
        film, seen, shutter = shown.pixels, shown.model_view, shown.shutter
        if film is None or (seen is None and not (film.overlays or shutter)):
            return
        geometry = self._state.placement.geometry
        if geometry is None:
            return
        painter.save()
        painter.setTransform(_film_to_view(geometry, pixel_ratio), combine=True)
        if seen is not None:
            # Drawn as squares without smoothing, because the model has no more detail than these.
            height, width = seen.shape
            picture = QImage(seen.data, width, height, width, QImage.Format.Format_Grayscale8)
            painter.drawImage(QRectF(0, 0, film.columns, film.rows), picture)
        if shutter is not None and shown.is_shuttered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(hidden_path(shutter, film), QColor(self._tokens.film_ground))
        if self._state.annotations.level is AnnotationLevel.ALL:
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
    """Transform from pixel corners, (0, 0) the film's corner, to logical px of the viewport."""
    xx, xy, yx, yy = geometry.matrix
    x, y = geometry.to_view(-0.5, -0.5)
    turned = QTransform(xx, yx, xy, yy, x, y)
    return turned * QTransform.fromScale(1 / pixel_ratio, 1 / pixel_ratio)


def hidden_path(shutter: Shutter, film: PixelImage) -> QPainterPath:
    """The part of the film that a shutter hides, in corners of film pixels."""
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
    # Wider than the film, so that its edge does not shine through a smoothed border.
    hidden = QPainterPath()
    hidden.addRect(whole.adjusted(-1, -1, 1, 1))
    return hidden.subtracted(seen)


def _rectangle(left: float, top: float, right: float, bottom: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(QPointF(left, top), QPointF(right, bottom)))
    return path


def _tinted(overlay: Overlay, colour: str) -> QImage:
    """An overlay's mask as a picture in one colour."""
    height, width = overlay.mask.shape
    ink = QColor(colour)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[overlay.mask > 0] = (ink.blue(), ink.green(), ink.red(), 255)
    picture = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
    return picture.copy()
