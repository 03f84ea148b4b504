"""Runs the database check: progress, a way to stop, and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from engine.domain.progress import CancelToken, Progress
from engine.errors import CancelledError
from viewer.dialogs.sheet import Sheet
from viewer.errors import OnError, notice_of
from viewer.theme.palette import set_look
from viewer.widgets.progress_line import ProgressLine

if TYPE_CHECKING:
    from engine.services.database_check import DatabaseCheck

CheckDatabase = Callable[
    [Callable[[Progress], None], "Callable[[DatabaseCheck], None]", OnError], CancelToken
]
"""Takes the callbacks for progress, for the result, and for failure or stopping."""
_MOST_NAMED = 12


class DatabaseCheckSheet(Sheet):
    """Starts the check at once. Closing stops it; the check changes nothing.

    Args:
        check: Starts the check.
    """

    def __init__(self, check: CheckDatabase, parent: QWidget | None = None) -> None:
        super().__init__("Check the database", 560, parent)
        self.add_heading("Check the database")
        self.line = ProgressLine()
        self.line.show_progress(0, 0, "The check begins.")
        self.column.addWidget(self.line)
        self.verdict = self.add_label("It reads all that is stored and changes nothing.")
        self.problems = self.add_label("", role="red")
        self.problems.hide()
        self.stop = QPushButton("Stop  Esc")
        set_look(self.stop, variant="quiet")
        self.stop.clicked.connect(self.reject)
        self.add_buttons(self.stop)
        self._token = check(self._on_progress, self._on_result, self._on_failed)
        self.finished.connect(lambda _code: self._token.cancel())

    def _on_progress(self, progress: Progress) -> None:
        share = f", {100 * progress.done // progress.total} %" if progress.total else ""
        self.line.show_progress(progress.done, progress.total, f"{progress.message}{share}")

    def _on_result(self, result: DatabaseCheck) -> None:
        self.verdict.setText(result.verdict)
        named = result.problems[:_MOST_NAMED]
        rest = len(result.problems) - len(named)
        lines = (*named, *([f"and {rest} more"] if rest else []))
        self.problems.setText("\n".join(lines))
        self.problems.setVisible(bool(lines))
        self._end()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            self.verdict.setText(notice_of(error).line)
        self._end()

    def _end(self) -> None:
        self.line.finish()
        self.stop.setText("Close  Esc")
