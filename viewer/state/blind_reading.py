"""Blind-first reading: the draft stays hidden until the reader has given a first reading.

The first reading is part of the report from then on. It is saved as a revision before the draft
goes in, so a crash in between loses neither and shows nothing early.
"""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from engine.domain.first_reading import FirstCall, FirstReading
from engine.domain.report import Draft
from viewer.state.job import JobState
from viewer.state.preferences import PreferencesState
from viewer.state.report import ReportState
from viewer.state.session import SessionState


class BlindReading(QObject):
    """Holds a finished draft back from the open report.

    Signals:
        changed: `is_waiting` or `is_asked` may have changed.
    """

    changed = Signal()

    def __init__(
        self,
        preferences: PreferencesState,
        session: SessionState,
        report: ReportState,
        job: JobState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._session = session
        self._report = report
        self._job = job
        self._held: Draft | None = None
        report.opened.connect(self._forget)
        report.changed.connect(self.changed)
        job.changed.connect(self.changed)
        preferences.blind_first_changed.connect(self._on_preference)

    @property
    def is_waiting(self) -> bool:
        """Whether a draft must stay hidden until the reader has given a first reading."""
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
        """Whether to ask for a first reading: a draft is being made or is held back."""
        report = self._report.report
        is_running = report is not None and self._job.study == report.study_uid
        return self.is_waiting and (is_running or self._held is not None)

    @property
    def has_draft(self) -> bool:
        """Whether a finished draft is held back."""
        return self._held is not None

    def take(self, draft: Draft) -> None:
        """Put a draft into the report, or hold it back."""
        if self.is_waiting:
            self._held = draft
            self.changed.emit()
        else:
            self._report.apply_draft(draft)

    def read(self, call: FirstCall, impression: str = "") -> None:
        """Save the reader's first reading, then show the draft that was held back."""
        if not self.is_waiting:
            return
        now = datetime.now(UTC)
        reading = FirstReading(
            call=call,
            impression=" ".join(impression.split()),
            reader=self._session.user_name,
            at=now,
        )
        if self._report.edit(lambda report, _now: report.with_first_reading(reading, now)):
            self._report.flush(self._reveal, lambda _error: None)

    def _reveal(self) -> None:
        held, self._held = self._held, None
        report = self._report.report
        if held is not None and report is not None and report.study_uid == held.study_uid:
            self._report.apply_draft(held)
        self.changed.emit()

    def _on_preference(self) -> None:
        if not self.is_waiting:
            self._reveal()
        self.changed.emit()

    def _forget(self) -> None:
        self._held = None
        self.changed.emit()
