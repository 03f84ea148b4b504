"""The question before a draft in blind-first reading."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.domain.first_reading import FirstCall
from viewer.desk import Desk
from viewer.theme.palette import set_look


class FirstReadingPanel(QWidget):
    """Three calls and a line for an impression; visible only while a first reading is asked for."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blind = desk.blind
        self.title = QLabel("Blind read first")
        self.words = QLabel()
        self.impression = QLineEdit()
        self.impression.setPlaceholderText("Your impression (optional)")
        self.impression.setAccessibleName("Your impression before the draft")
        self.calls = {call: QPushButton(call.value.capitalize()) for call in FirstCall}
        set_look(self, words="around")
        set_look(self.impression, words="report")
        set_look(self.title, role="heading")
        set_look(self.words, role="dim")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setSpacing(8)
        for index, (call, button) in enumerate(self.calls.items(), start=1):
            button.setToolTip(f"{call.value.capitalize()}  Ctrl+Alt+{index}")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, call=call: self.say(call))
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 12, 12)
        column.setSpacing(8)
        for widget in (self.title, self.words, self.impression):
            column.addWidget(widget)
        column.addLayout(row)
        self._blind.changed.connect(self.refresh)
        self.refresh()

    def say(self, call: FirstCall) -> None:
        """Record a call, with the impression typed."""
        self._blind.read(call, self.impression.text())
        self.impression.clear()

    def refresh(self) -> None:
        """Show the question, or hide."""
        self.words.setText(
            "The draft is ready and is shown after you have said what you see."
            if self._blind.has_draft
            else "Drafting. The draft is shown after you have said what you see."
        )
        self.setVisible(self._blind.is_asked)
