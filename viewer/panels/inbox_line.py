"""Below the study list: what is the matter with the watched folders. Nothing while all is well."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from viewer.state.inbox import InboxState
from viewer.state.wording import away_text, count_text
from viewer.theme.palette import set_look
from viewer.widgets.plain_label import plain_label


class InboxLine(QWidget):
    """Folders that are away, files that cannot be taken, and how many drafts are to come.

    Signals:
        left_out_asked: Files that cannot be taken, to be listed.
    """

    left_out_asked = Signal(object)

    def __init__(self, state: InboxState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.words = plain_label("", role="caption")
        self.words.setWordWrap(True)
        self.left_out = QPushButton()
        set_look(self.left_out, variant="quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.left_out)
        self.left_out.clicked.connect(lambda: self.left_out_asked.emit(state.left_out))
        state.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        state = self._state
        parts = [state.trouble, *map(away_text, state.away)]
        if state.waiting:
            parts.append(count_text(state.waiting, "draft", "drafts") + " to come.")
        words = " ".join(filter(None, parts))
        self.words.setText(words)
        self.words.setVisible(bool(words))
        files = count_text(len(state.left_out), "file", "files")
        self.left_out.setText(f"{files} not taken in…")
        self.left_out.setVisible(bool(state.left_out))
        self.setVisible(bool(words or state.left_out))
