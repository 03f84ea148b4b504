"""A short text shown for a moment."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

MOMENT_MS: Final = 1500


class PassingWords(QObject):
    """Holds the text while it is shown.

    Signals:
        changed: Read `words`.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MOMENT_MS)
        self._timer.timeout.connect(self.clear)

    @property
    def words(self) -> str:
        """The text shown at present; empty if there is none."""
        return self._words

    def say(self, words: str) -> None:
        """Show a text for `MOMENT_MS`, in place of an earlier one."""
        self._words = words
        self._timer.start()
        self.changed.emit()

    def clear(self) -> None:
        """Remove the text at once."""
        self._timer.stop()
        if self._words:
            self._words = ""
            self.changed.emit()
