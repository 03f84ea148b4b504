"""A search field: it waits for a pause in typing, Esc empties it, the down key leaves it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from viewer.theme.icons import icon
from viewer.theme.palette import tokens_in_use

PAUSE_MS = 150
"""Pause in typing after which the search starts, in ms."""
_CLEAR_ACTION = "_q_qlineeditclearaction"  # Qt's internal name; if it changes, Qt's icon stays


class SearchField(QLineEdit):
    """A search field.

    Signals:
        searched: The text without outer spaces: after a pause, on Enter, and when emptied.
        left: The down key was pressed, to move to the results.
    """

    searched = Signal(str)
    left = Signal()

    def __init__(self, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(True)
        clear = self.findChild(QAction, _CLEAR_ACTION)
        if isinstance(clear, QAction):
            clear.setIcon(icon("x", tokens_in_use()))
        self.setAccessibleName(placeholder)
        self._last = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self.textChanged.connect(self._on_text)
        self.returnPressed.connect(self._search)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties the field; on an empty field it goes to the parent."""
        if event.key() == Qt.Key.Key_Down:
            self.left.emit()
            return
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def _on_text(self, text: str) -> None:
        if text:
            self._pause.start()
        else:
            self._search()

    def _search(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if text != self._last:
            self._last = text
            self.searched.emit(text)
