"""Undo from a film: the last thing done, whether on the films or in the report.

Annotations and report have a stack each. Ctrl+Z in the report takes back the report's last change.
On a film it takes back whatever was done last, so that a measurement written into the report leaves
the report before its line leaves the film.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from viewer.state.annotations import AnnotationsState
from viewer.state.report_undo import ReportUndo


class LastDone(QObject):
    """Chooses between the two stacks by time."""

    def __init__(
        self, annotations: AnnotationsState, report: ReportUndo, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._annotations = annotations
        self._report = report
        # Which of the two each undo from a film went to, the newest last.
        self._undone_in: list[AnnotationsState | ReportUndo] = []

    def undo(self) -> None:
        """Take back what was done last."""
        step, drawn_at = self._report.newest, self._annotations.last_done_at
        if step is not None and (drawn_at is None or step.after.updated > drawn_at):
            self._undone_in.append(self._report)
            self._report.undo_newest()
        elif drawn_at is not None:
            self._undone_in.append(self._annotations)
            self._annotations.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        while self._undone_in:
            last = self._undone_in.pop()
            if last.can_redo:
                last.redo()
                return
        (self._annotations if self._annotations.can_redo else self._report).redo()
