"""The one question before text would be lost."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look


class Unsaved(Sheet):
    """Accepted: close and lose the text. Rejected, and Escape: stay."""

    def __init__(self, reason: str, parent: QWidget | None = None) -> None:
        super().__init__("Not saved", 440, parent)
        self.add_heading("The report could not be saved")
        self.add_label(reason)
        self.add_label("If you close now, what you typed since the last save is lost.", role="red")
        self.lose = QPushButton("Close and lose it")
        self.stay = QPushButton("Stay")
        set_look(self.lose, variant="quiet")
        set_look(self.stay, variant="primary")
        self.lose.clicked.connect(self.accept)
        self.stay.clicked.connect(self.reject)
        self.add_buttons(self.lose, self.stay)
        self.stay.setFocus()
