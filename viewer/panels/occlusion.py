"""Above the report: which sentences become less likely without the area that was drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.state.occlusion import OcclusionState
from viewer.theme.palette import set_look
from viewer.widgets.progress_line import ProgressLine

_CAUTION = (
    "Painted out in two ways and held against areas of the same size elsewhere. It tells what the "
    "model leans on, not what is there."
)


class OcclusionPanel(QWidget):
    """One line with its caution during and after an occlusion test; hidden otherwise."""

    def __init__(self, state: OcclusionState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.line = QLabel()
        self.caution = QLabel(_CAUTION)
        self.bar = ProgressLine()
        self.close_button = QPushButton("Close")
        self._lay_out()
        self.close_button.clicked.connect(state.dismiss)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the present state of the test."""
        progress = self._state.progress
        self.setVisible(self._state.is_running or bool(self._state.summary))
        if progress is not None:
            self.line.setText(progress.message)
            self.bar.show_progress(progress.done, progress.total)
        else:
            self.line.setText(self._state.summary)
            self.bar.finish()
        self.caution.setVisible(progress is None)
        self.close_button.setText("Stop  Esc" if progress is not None else "Close")

    def _lay_out(self) -> None:
        set_look(self, words="around")
        set_look(self.line, role="strong")
        set_look(self.caution, role="caption")
        for label in (self.line, self.caution):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        set_look(self.close_button, variant="quiet")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.line, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.caution)
