"""The line editor for a text annotation, placed on the film."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.domain.annotation import MAX_TEXT, Annotation
from viewer.theme.size import keep

WIDTH: Final = 220
"""Width of the line editor, in px."""


class AnnotationEditor(QLineEdit):
    """A line editor over the film that closes itself.

    Signals:
        written: The annotation with its text; not emitted without text.
        closed: The editor closed; focus returns to the film.
    """

    written = Signal(object)
    closed = Signal()

    def __init__(self, annotation: Annotation, view: QWidget) -> None:
        super().__init__(annotation.text, view)
        self._annotation = annotation
        self._is_closing = False
        self.setMaxLength(MAX_TEXT)
        keep(self, width=WIDTH)
        self.setPlaceholderText("Text on the film")
        self.setAccessibleName("Text on the film")
        self.returnPressed.connect(self._keep)

    def event(self, event: QEvent) -> bool:
        """Take every key as text: none is a command while typing."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Accept the text when the focus goes elsewhere in the program."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._keep()

    def _keep(self) -> None:
        if not self._is_closing and self.text().strip():
            self.written.emit(self._annotation.with_text(self.text()))
        self._close()

    def _close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self.closed.emit()
            self.hide()
            self.deleteLater()
