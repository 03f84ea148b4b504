"""A frame over the window while files are dragged over it: they may be dropped anywhere."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewer.theme.tokens import RADIUS, Tokens

_WIDTH, _EDGE = 2, 4


class DropFrame(QWidget):
    """The frame; hidden unless files are dragged.

    Args:
        window: What it lies over.
    """

    def __init__(self, window: QWidget, tokens: Tokens) -> None:
        super().__init__(window)
        self._window, self._tokens = window, tokens
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_over(self) -> None:
        """Show the frame round the whole window."""
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._tokens.accent), _WIDTH))
        edge = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        painter.drawRoundedRect(edge, RADIUS, RADIUS)
        painter.end()
