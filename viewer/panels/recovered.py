"""What was recovered after a crash, compared with the last save."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.domain.difference import Fate
from viewer.state.report import ReportState
from viewer.theme.palette import set_look
from viewer.widgets.difference_text import DifferenceText

_WORDS = {
    Fate.EDITED: "changed since the last save",
    Fate.ADDED: "new since the last save",
    Fate.REJECTED: "gone since the last save",
}
_TALLEST = 180


class RecoveredPanel(QWidget):
    """Stands above the report until the recovered text is saved."""

    def __init__(self, state: ReportState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.line = QLabel("Recovered after a crash. Check the text; Ctrl+S saves it.")
        self.line.setWordWrap(True)
        set_look(self, words="around")
        set_look(self.line, role="amber")
        self.changes = DifferenceText()
        self.changes.setAccessibleName("Recovered text against what was saved last")
        self.changes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.changes)
        # The height follows the text, which is laid out again when the panel's width changes.
        self.changes.document().documentLayout().documentSizeChanged.connect(self._fit)
        state.opened.connect(self._show)
        state.changed.connect(self._on_changed)
        self._show()

    def _show(self) -> None:
        self.changes.show_differences(self._state.recovered, _WORDS)
        self.changes.setVisible(bool(self._state.recovered))
        self._on_changed()

    def _on_changed(self) -> None:
        self.setVisible(self._state.is_recovered)

    def _fit(self) -> None:
        height = int(self.changes.document().size().height()) + 4
        self.changes.setFixedHeight(min(height, _TALLEST))
