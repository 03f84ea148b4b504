"""A one-line label that ends in an ellipsis if it does not fit, and then has a tool tip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget


class ElidedLabel(QLabel):
    """A label that never cuts a name without showing it.

    The text is always plain: a patient's name must not be read as markup.

    Args:
        text: The whole line.
        mode: Position of the ellipsis.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Set the line; control characters and line breaks become spaces."""
        line = " ".join(text.split())
        if line != self.text():
            super().setText(line)
            self._tell_whole()

    @property
    def is_elided(self) -> bool:
        """Whether part of the text is hidden."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:
        """Width of three characters and the ellipsis."""
        hint = super().minimumSizeHint()
        short = self.fontMetrics().horizontalAdvance(self.text()[:3] + "…")
        return QSize(min(hint.width(), short), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tool tip."""
        super().resizeEvent(event)
        self._tell_whole()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the line as fits."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        area = self.contentsRect()
        line = self.fontMetrics().elidedText(self.text(), self._mode, area.width())
        self.style().drawItemText(
            painter,
            area,
            int(self.alignment().value),
            self.palette(),
            self.isEnabled(),
            line,
            self.foregroundRole(),
        )
        painter.end()

    def _tell_whole(self) -> None:
        # Qt takes a tool tip with tags for rich text, which would load files that it names.
        plain = self.text().replace("<", "‹").replace(">", "›")
        self.setToolTip(plain if self.is_elided else "")
