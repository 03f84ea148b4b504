"""Questions before something is lost: unsaved text, or drafted sentences."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from viewer.dialogs.sheet import Sheet
from viewer.theme.palette import set_look


class Unsaved(Sheet):
    """Accepted: close and lose the text. Rejected, or Escape: stay."""

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


class Redraft(Sheet):
    """Accepted: draft again. Rejected, or Escape: leave the report as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Draft again", 440, parent)
        self.add_heading("This report has a draft already")
        self.add_label(
            "What you accepted, edited, rejected or wrote stays. Sentences you have not reviewed "
            "are replaced, and only sentences that are new are added."
        )
        self.cancel = QPushButton("Cancel  Esc")
        self.again = QPushButton("Draft again")
        set_look(self.cancel, variant="quiet")
        set_look(self.again, variant="primary")
        self.cancel.clicked.connect(self.reject)
        self.again.clicked.connect(self.accept)
        self.add_buttons(self.cancel, self.again)
        self.again.setFocus()
