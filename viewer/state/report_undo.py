"""Undo and redo for the open report, whoever made the change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from engine.domain.report import Report, SentenceId
from engine.domain.report_history import ReportHistory, ReportStep
from viewer.state.annotations import AnnotationsState
from viewer.state.notices import Notices
from viewer.state.report import ReportState

_Move = Callable[[ReportHistory, Report, datetime], tuple[ReportHistory, Report]]


class ReportUndo(QObject):
    """Undo history of the open report. Opening another report clears it.

    Signals:
        changed: Read `can_undo` and `can_redo`.
    """

    changed = Signal()

    def __init__(
        self, report: ReportState, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = report
        self._notices = notices
        self._history = ReportHistory()
        self._known = report.report
        self._is_following = False
        report.opened.connect(self._restart)
        report.changed.connect(self._follow)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo in an editable report."""
        return bool(self._history.done) and self._is_editable

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo in an editable report."""
        return bool(self._history.undone) and self._is_editable

    def undo(self) -> None:
        """Undo the last step and name it in a notice."""
        if self.can_undo:
            self._notices.say("Undone", f"Undone: {self._history.done[-1].label}")
            self._move(lambda history, report, now: history.undo(report, now))

    def redo(self) -> None:
        """Redo the step undone last and name it in a notice."""
        if self.can_redo:
            self._notices.say("Redone", f"Redone: {self._history.undone[-1].label}")
            self._move(lambda history, report, now: history.redo(report, now))

    @property
    def newest(self) -> ReportStep | None:
        """The newest step that is no part of what was done on a film; None without one."""
        if not self._is_editable:
            return None
        return next((s for s in reversed(self._history.done) if not s.is_follow_up), None)

    def undo_newest(self) -> None:
        """Undo the newest step, and before it the values that followed the film since."""
        step = self.newest
        if step is not None:
            while self._history.done[-1] is not step:
                self._move(lambda history, report, now: history.undo(report, now))
            self.undo()

    def follow_film(self, change: Callable[[], object]) -> None:
        """Run a change that follows from what is done on a film."""
        self._is_following = True
        try:
            change()
        finally:
            self._is_following = False

    def end_typing(self, sentence: SentenceId) -> None:
        """Make one step of what was typed in a sentence, now that the focus has left it."""
        self._history = self._history.with_typing_ended(sentence)

    @property
    def _is_editable(self) -> bool:
        return self._known is not None and self._known.is_editable

    def _move(self, move: _Move) -> None:
        """Move one step in the history.

        `_known` is set before the report signals its change, so that `_follow` sees no new step.
        """

        def moved(report: Report, now: datetime) -> Report:
            self._history, self._known = move(self._history, report, now)
            return self._known

        self._state.edit(moved)
        self.changed.emit()

    def _follow(self) -> None:
        report, before = self._state.report, self._known
        self._known = report
        # Storing a signed report changes none of its words: no step, and nothing to undo.
        if (
            report is not None
            and before is not None
            and report.id == before.id
            and report.is_editable
        ):
            self._history = self._history.with_step(before, report, is_follow_up=self._is_following)
        self.changed.emit()

    def _restart(self) -> None:
        self._history, self._known = ReportHistory(), self._state.report
        self.changed.emit()


class LastDone(QObject):
    """Undo from a film: the last thing done, whether on the films or in the report.

    Annotations and report have a stack each. Ctrl+Z in the report takes back the report's last
    change. On a film it takes back whatever was done last, so that a measurement written into the
    report leaves the report before its line leaves the film.
    """

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
