"""A 2 px line of progress with an optional message."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from viewer.theme.palette import set_look
from viewer.widgets.elided_label import ElidedLabel


class ProgressLine(QWidget):
    """Progress of one task. Hidden until it starts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ElidedLabel()
        set_look(self._words, role="caption")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(2)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addWidget(self._bar)
        self.hide()

    @property
    def message(self) -> str:
        """The message shown."""
        return self._words.text()

    def show_progress(self, done: int, total: int, message: str = "") -> None:
        """Show the progress; a total of 0 means unknown.

        Unknown progress is a still, half-filled line: nothing moves in a reading room.
        """
        known = total > 0
        self._bar.setRange(0, total if known else 2)
        self._bar.setValue(min(done, total) if known else 1)
        self._words.setText(message)
        self._words.setVisible(bool(message))
        self.show()

    def finish(self) -> None:
        """Hide the line."""
        self.hide()
