"""A small key cap that says which key does the same: the buttons of a report row."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from viewer.theme.fonts import sans_font
from viewer.theme.tokens import FONT_SIZES, RADIUS

_SIDE = 24


class KeyButton(QAbstractButton):
    """24 × 24 px, dim until the pointer is over it.

    Args:
        key: The letter on it.
        tip: What it does.
    """

    def __init__(self, key: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(key)
        self.setToolTip(f"{tip}  {key}")
        self.setAccessibleName(tip)
        self.setFont(sans_font(FONT_SIZES["caption"]))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(_SIDE, _SIDE)

    def sizeHint(self) -> QSize:
        """The least size of a target."""
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cap and its letter."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, box = self.palette(), QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        is_hot = self.underMouse()
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.setBrush(
            palette.color(QPalette.ColorRole.Light)
            if is_hot
            else QColor(Qt.GlobalColor.transparent)
        )
        painter.drawRoundedRect(box, RADIUS - 1, RADIUS - 1)
        role = QPalette.ColorRole.WindowText if is_hot else QPalette.ColorRole.PlaceholderText
        painter.setPen(palette.color(role))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
