"""The line that is typed on a film: words of a text mark, at their place."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.domain.annotation import MAX_TEXT, Annotation

WIDTH: Final = 220
"""Of the line, in px."""


class MarkEditor(QLineEdit):
    """One line over the film; it closes itself.

    Signals:
        written: The mark with its words; not sent if there are none.
        closed: The keyboard goes back to the film.
    """

    written = Signal(object)
    closed = Signal()

    def __init__(self, mark: Annotation, view: QWidget) -> None:
        super().__init__(mark.text, view)
        self._mark = mark
        self._is_closing = False
        self.setMaxLength(MAX_TEXT)
        self.setFixedWidth(WIDTH)
        self.setPlaceholderText("Text on the film")
        self.setAccessibleName("Text on the film")
        self.returnPressed.connect(self._keep)

    def event(self, event: QEvent) -> bool:
        """Every key types here: none is a command of the film."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the film as it was."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere keeps what was typed."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._keep()

    def _keep(self) -> None:
        if not self._is_closing and self.text().strip():
            self.written.emit(self._mark.with_text(self.text()))
        self._close()

    def _close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self.closed.emit()
            self.hide()
            self.deleteLater()
