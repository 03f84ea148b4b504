"""Blind-first reading: the draft waits until the reader has said something.

What the reader said is part of the report from then on and saved as a revision before the draft is
put in, so that a crash in between loses neither and shows nothing early.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from engine.domain.first_reading import FirstCall, FirstReading
from engine.domain.report import Draft
from viewer.state.job import JobState
from viewer.state.preferences import PreferencesState
from viewer.state.report import ReportState
from viewer.state.session import SessionState


class BlindReading(QObject):
    """Between a finished draft and the open report.

    Args:
        show: Puts a draft into the open report.

    Signals:
        changed: Read `is_waiting` and `is_asked`.
    """

    changed = Signal()

    def __init__(
        self,
        preferences: PreferencesState,
        session: SessionState,
        report: ReportState,
        job: JobState,
        show: Callable[[Draft], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._session = session
        self._report = report
        self._job = job
        self._show = show
        self._held: Draft | None = None
        report.opened.connect(self._forget)
        report.changed.connect(self.changed)
        job.changed.connect(self.changed)
        preferences.blind_first_changed.connect(self._on_preference)

    @property
    def is_waiting(self) -> bool:
        """Whether a draft must not be shown yet."""
        report = self._report.report
        return (
            self._preferences.blind_first
            and report is not None
            and report.is_editable
            and report.draft_id is None
            and report.first_reading is None
        )

    @property
    def is_asked(self) -> bool:
        """Whether the reader is asked now: a draft is being made or has come."""
        report = self._report.report
        is_running = report is not None and self._job.study == report.study_uid
        return self.is_waiting and (is_running or self._held is not None)

    @property
    def has_draft(self) -> bool:
        """Whether a draft waits behind the question."""
        return self._held is not None

    def take(self, draft: Draft) -> None:
        """Show a draft, or let it wait."""
        if self.is_waiting:
            self._held = draft
            self.changed.emit()
        else:
            self._show(draft)

    def read(self, call: FirstCall, impression: str = "") -> None:
        """Keep what the reader says, then show the draft."""
        if not self.is_waiting:
            return
        now = datetime.now(UTC)
        said = FirstReading(
            call=call,
            impression=" ".join(impression.split()),
            reader=self._session.user_name,
            at=now,
        )
        if self._report.edit(lambda report, _now: report.with_first_reading(said, now)):
            self._report.flush(self._reveal, lambda _error: None)

    def _reveal(self) -> None:
        held, self._held = self._held, None
        report = self._report.report
        if held is not None and report is not None and report.study_uid == held.study_uid:
            self._show(held)
        self.changed.emit()

    def _on_preference(self) -> None:
        if not self.is_waiting:
            self._reveal()
        self.changed.emit()

    def _forget(self) -> None:
        self._held = None
        self.changed.emit()
