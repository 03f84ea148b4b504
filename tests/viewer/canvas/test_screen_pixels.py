"""A film written straight to the screen, against the same film drawn as a picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from engine.imaging.transform import ViewTransform
from viewer.canvas.film_buffer import FilmBuffer
from viewer.canvas.screen_pixels import screen_pixels
from viewer.state.film_geometry import FilmGeometry

WIDTH, HEIGHT = 120, 90
GROUND = QColor(10, 60, 200)
NOISE = np.random.default_rng(7).integers(0, 65_536, (70, 80), dtype=np.uint16)
TABLE = np.random.default_rng(8).integers(0, 256, 65_536, dtype=np.uint8)
FORMATS = (QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32_Premultiplied)
rectangles = st.builds(
    QRect, st.integers(-20, 110), st.integers(-20, 80), st.integers(0, 90), st.integers(0, 90)
)


def picture(ratio: int, kind: QImage.Format) -> QImage:
    image = QImage(WIDTH * ratio, HEIGHT * ratio, kind)
    image.setDevicePixelRatio(ratio)
    image.fill(GROUND)
    return image


def film(zoom: float, x: float, y: float, ratio: int) -> FilmBuffer:
    buffer, (rows, columns) = FilmBuffer(), NOISE.shape
    place = FilmGeometry(
        rows=rows,
        columns=columns,
        scale_x=zoom,
        scale_y=zoom,
        turn=ViewTransform(quarter_turns=1),
        center_x=x,
        center_y=y,
    )
    buffer.build(NOISE, place, (WIDTH * ratio, HEIGHT * ratio))
    return buffer


@given(
    ratio=st.sampled_from([1, 2]),
    kind=st.sampled_from(FORMATS),
    corner=st.tuples(st.integers(0, 40), st.integers(0, 30)),
    region=st.lists(rectangles, max_size=3),
    place=st.tuples(st.floats(-30, 150), st.floats(-30, 120)),
    zoom=st.sampled_from([0.4, 1.0, 2.3]),
)
@settings(max_examples=80, deadline=None)
def test_the_region_is_as_drawn_and_the_rest_untouched(ratio, kind, corner, region, place, zoom):
    buffer = film(zoom, *place, ratio)
    shown = QRegion()
    for rect in region:
        shown = shown.united(rect)
    drawn, written = picture(ratio, kind), picture(ratio, kind)
    painter = QPainter(drawn)
    painter.translate(*corner)
    painter.setClipRegion(shown)
    left, top = buffer.origin
    buffer.draw(painter, QPointF(left / ratio, top / ratio), TABLE, ratio)
    painter.end()
    painter = QPainter(written)
    painter.translate(*corner)
    screen = screen_pixels(painter, shown)
    assert screen is not None
    buffer.write(screen, TABLE)
    painter.end()
    assert written == drawn


@pytest.mark.parametrize("how", ["turned", "between pixels", "clipped", "other colours"])
def test_more_than_pixels_moved_is_left_to_qt(how):
    kind = QImage.Format.Format_RGB888 if how == "other colours" else FORMATS[0]
    image = picture(1, kind)
    painter = QPainter(image)
    if how == "turned":
        painter.rotate(90)
    elif how == "between pixels":
        painter.translate(0.5, 0)
    elif how == "clipped":
        painter.setClipRect(QRect(0, 0, 9, 9))
    assert screen_pixels(painter, QRegion(0, 0, WIDTH, HEIGHT)) is None
    painter.end()
    assert image == picture(1, kind)
