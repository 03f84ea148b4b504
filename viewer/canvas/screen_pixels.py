"""Direct access to the pixels that a painter paints into.

Qt paints widgets into images in memory. A film mapped straight into that image crosses memory once;
drawn as an image of its own it does so three times, and while a draft runs, drag frames take as
much longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QRegion, QTransform

from viewer.canvas.view_area import ViewArea

# Opaque pixels have the same bits in both formats.
_FORMATS: Final = (QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32_Premultiplied)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScreenPixels:
    """Pixels to write while the painter is active, in device pixels from the viewport's corner.

    Attributes:
        values: `(height, width)` of all of `area`; 0xFF, red, green and blue from high to low byte.
        area: Area of the image; it can begin left of and above the viewport.
        parts: Areas that may be written; the rest is already painted or belongs to other widgets.
    """

    values: NDArray[np.int32]
    area: ViewArea
    parts: tuple[ViewArea, ...]


def screen_pixels(painter: QPainter, region: QRegion) -> ScreenPixels | None:
    """The pixels behind a painter; None if it scales, rotates or clips, or paints elsewhere.

    Args:
        painter: On a widget.
        region: Region of the paint event, in logical px.
    """
    picture = painter.paintEngine().paintDevice()
    to_device = painter.deviceTransform()
    ratio, left, top = round(to_device.m11()), round(to_device.dx()), round(to_device.dy())
    is_plain = to_device == QTransform(ratio, 0, 0, ratio, left, top)
    if not is_plain or painter.hasClipping() or not isinstance(picture, QImage):
        return None
    if picture.format() not in _FORMATS:
        return None
    lines = np.frombuffer(picture.bits(), np.int32).reshape(picture.height(), -1)
    area = ViewArea(left=0, top=0, right=picture.width(), bottom=picture.height())
    area = area.moved(-left, -top)
    # Qt's type hints do not say that a region iterates over its rectangles.
    rects = cast("Iterable[QRect]", region)
    return ScreenPixels(
        values=lines[:, : picture.width()],
        area=area,
        parts=tuple(_device_area(rect, ratio).intersected(area) for rect in rects),
    )


def _device_area(rect: QRect, ratio: int) -> ViewArea:
    return ViewArea(
        left=rect.left() * ratio,
        top=rect.top() * ratio,
        right=(rect.left() + rect.width()) * ratio,
        bottom=(rect.top() + rect.height()) * ratio,
    )
