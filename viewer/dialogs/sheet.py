"""What the product's few dialogs share: a heading, a column, buttons, and a dimmed window behind.

A sheet stops only its own window, and closing it by Escape is always the harmless answer.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.theme.palette import set_look


class Sheet(QDialog):
    """A window-modal dialog.

    Args:
        title: In the title bar; never a patient's name.
        width: In px.
    """

    veil = QColor(0, 0, 0, 150)
    """What is laid over the window behind."""

    def __init__(self, title: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setFixedWidth(width)
        self._scrim: _Scrim | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 24, 24, 20)
        self.column.setSpacing(12)

    def add_heading(self, text: str) -> QLabel:
        """A large line of plain text."""
        return self.add_label(text, role="title")

    def add_label(self, text: str, *, role: str = "") -> QLabel:
        """A paragraph of plain text."""
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            set_look(label, role=role)
        self.column.addWidget(label)
        return label

    def add_field(self, caption: str, field: QWidget) -> None:
        """A widget under its caption."""
        label = QLabel(caption)
        set_look(label, role="caption")
        field.setAccessibleName(caption)
        group = QVBoxLayout()
        group.setSpacing(4)
        group.addWidget(label)
        group.addWidget(field)
        self.column.addLayout(group)

    def add_buttons(self, *buttons: QPushButton) -> None:
        """A row of buttons at the right; none of them is pressed by Enter from a field."""
        row = QHBoxLayout()
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for button in buttons:
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes; Return presses nothing by itself."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Dim the window behind."""
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and self._scrim is None:
            self._scrim = _Scrim(parent.window(), self.veil)
            self._scrim.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Light it again and give it the keyboard, which not every desktop does by itself."""
        super().hideEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            parent.window().activateWindow()
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
            self._scrim = None


class _Scrim(QWidget):
    """A dark veil over the whole window."""

    def __init__(self, window: QWidget, veil: QColor) -> None:
        super().__init__(window)
        self._veil = veil
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._veil)
        painter.end()
