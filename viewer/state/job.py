"""The draft being made: its text so far, and a way to stop it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.progress import CancelToken, Progress
from engine.domain.report import Draft
from engine.domain.study import StudyUid
from engine.errors import CancelledError
from viewer.errors import Notice, NoticeLevel, notice_of
from viewer.state.notices import Notices
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace


class JobState(QObject):
    """Runs one draft at a time.

    Signals:
        changed: Started, progressed, finished or failed; read the properties.
        drafted: The finished `Draft`.
    """

    changed = Signal()
    drafted = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._study: StudyUid | None = None
        self._cancel: CancelToken | None = None
        self._progress: Progress | None = None
        self._failure: Notice | None = None
        self._failed_study: StudyUid | None = None
        self._open: StudyUid | None = None

    @property
    def study(self) -> StudyUid | None:
        """The study being drafted; None while idle."""
        return self._study

    @property
    def progress(self) -> Progress | None:
        """The latest progress of the running draft; None while idle."""
        return self._progress

    @property
    def is_stopping(self) -> bool:
        """Whether the reader asked the running draft to stop."""
        return self._cancel is not None and self._cancel.is_cancelled

    def failure_of(self, uid: StudyUid) -> Notice | None:
        """Why the last draft of that study failed; None if it did not."""
        return self._failure if uid == self._failed_study else None

    def start(self, uid: StudyUid) -> None:
        """Start a draft; nothing happens while one runs."""
        if self._study is not None:
            return
        self._study = self._open = uid
        self._failure = self._failed_study = None
        self._progress = Progress(done=0, total=0, message="Reading the films")
        self._cancel = self._runner.job(
            lambda progress, cancel: self._workspace.drafting.draft(
                uid, progress=progress, cancel=cancel
            ),
            self._on_draft,
            self._on_failed,
            lane=Lane.MODEL,
            on_progress=self._on_progress,
            changes=ChangeSet(studies=True),
        )
        self.changed.emit()

    def look_at(self, uid: StudyUid | None) -> None:
        """Know the open study: why a draft failed is not told beside another one."""
        self._open = uid

    def cancel(self) -> None:
        """Stop the running draft."""
        if self._cancel is not None:
            self._cancel.cancel()
            self.changed.emit()

    def _on_progress(self, progress: Progress) -> None:
        if self._study is not None:
            self._progress = progress
            self.changed.emit()

    def _on_draft(self, draft: Draft) -> None:
        self._end()
        self.drafted.emit(draft)

    def _on_failed(self, error: Exception) -> None:
        notice = notice_of(error)
        if not isinstance(error, CancelledError):
            # A refusal loses nothing and leaves the decision to the reader: amber, not red.
            notice = replace(notice, severity=NoticeLevel.DECIDE)
            self._failure, self._failed_study = notice, self._study
        is_open = self._study == self._open
        self._end()
        if is_open:
            self._notices.show(notice)

    def _end(self) -> None:
        self._study = self._cancel = self._progress = None
        self.changed.emit()
