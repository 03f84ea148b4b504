"""The film as a picture: with the pixels that the file stores, or as the viewport shows it.

The plain film has every stored pixel, windowed and turned as in the viewport, without any text. The
viewport's picture has corner texts and annotations as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPageLayout, QPainter, QPixmap, QTransform

from engine.imaging.window import apply_table, display_table
from viewer.canvas.film_graphics import hidden_path
from viewer.canvas.viewport import Viewport
from viewer.state.viewport import ViewportState

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

NOT_FOR_DIAGNOSIS = "Printed from Negatoscope. For research use only, not for diagnosis."
_MARGIN_MM = 12.0


def film_image(state: ViewportState) -> QImage | None:
    """Every stored pixel with window, filter and shutter, without text; None without a film.

    Unequal pixel spacing is not stretched: one picture pixel per stored pixel.
    """
    pixels, shown, samples = state.film.pixels, state.presentation, state.grey.samples
    if pixels is None or shown is None or samples is None:
        return None
    grey = np.empty(samples.shape, np.uint8)
    apply_table(samples, display_table(pixels, shown.voi, inverted=shown.inverted), grey)
    rows, columns = pixels.rows, pixels.columns
    # A copy, because the picture outlives the array and may be painted on.
    image = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
    if state.film.shutter is not None and state.film.is_shuttered:
        painter = QPainter(image)
        painter.fillPath(hidden_path(state.film.shutter, pixels), QColor(Qt.GlobalColor.black))
        painter.end()
    xx, yx, xy, yy, *_ = shown.turn.matrix(rows, columns)
    turn = QTransform(float(xx), float(yx), float(xy), float(yy), 0.0, 0.0)
    return image.transformed(turn)


def view_image(view: Viewport) -> QPixmap:
    """The viewport as it is on the screen, without what is only proposed."""
    view.state.placement.motion.stop()
    with view.state.in_view.without_proposal():
        return view.grab()


def png_of(picture: QImage) -> bytes:
    """Encode a picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt a text
    return bytes(buffer.data().data())


def print_picture(picture: QPixmap, printer: QPrinter, heading: str) -> None:
    """Print a picture on one page, as large as fits.

    Args:
        picture: The viewport as it is on the screen.
        printer: A printer that has been set up.
        heading: First line, which names the patient.
    """
    is_wide = picture.width() > picture.height()
    orientation = QPageLayout.Orientation
    printer.setPageOrientation(orientation.Landscape if is_wide else orientation.Portrait)
    margin = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    printer.setPageMargins(margin, QPageLayout.Unit.Millimeter)
    painter = QPainter(printer)
    page = QRectF(printer.pageLayout().paintRectPixels(printer.resolution()))
    page.moveTo(0, 0)
    font = QFont()
    font.setPointSizeF(10)
    painter.setFont(font)
    line = painter.fontMetrics().height() * 1.6
    top = QRectF(0, 0, page.width(), line)
    painter.drawText(top, Qt.AlignmentFlag.AlignLeft, heading)
    bottom = QRectF(0, page.height() - line, page.width(), line)
    painter.drawText(
        bottom, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, NOT_FOR_DIAGNOSIS
    )
    room = page.adjusted(0, line, 0, -line)
    size = picture.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(room.center())
    painter.drawPixmap(target, picture, QRectF(picture.rect()))
    painter.end()
