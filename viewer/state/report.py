"""The report in the editor and its way to the disk.

Typing is durable at most two seconds later: a pause of 500 ms keeps it, and without any pause
1.5 s after the first unkept letter, which leaves the write itself half a second. Leaving the
study saves a revision, so that unsaved typing found at the next start always means a crash.
What could not be written stays in memory and is tried again; it is never dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.difference import SentenceDifference, recovery_differences
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import Draft, DraftId, Report, Section, SentenceId, SentenceSource
from engine.domain.study import StudyUid
from engine.errors import NegatoscopeError
from viewer.errors import notice_of
from viewer.state.session import SessionState
from viewer.tasks.changes import NOTHING, ChangeSet
from viewer.tasks.runner import OnError, TaskRunner

if TYPE_CHECKING:
    from engine.services.reporting import OpenedReport

PAUSE_MS = 500
LONGEST_MS = 1000
RETRY_MS = 5000
_WRITTEN = ChangeSet(studies=True, reports=True)


class SaveState(StrEnum):
    """Whether what is on the screen is on the disk."""

    SAVED = "saved"
    UNSAVED = "unsaved"
    SAVING = "saving"
    FAILED = "failed"


class ReportState(QObject):
    """The open report.

    Signals:
        opened: Another report was opened, or none; read `report`.
        changed: Sentences, status or revision changed; read `report`.
        save_state_changed: Read `save_state` and `kept_at`.
        noticed: `Notice`.
    """

    opened = Signal()
    changed = Signal()
    save_state_changed = Signal()
    noticed = Signal(object)

    def __init__(
        self, runner: TaskRunner, session: SessionState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._report: Report | None = None
        self._draft: Draft | None = None
        self._wanted: StudyUid | None = None
        self._is_recovered = False
        self._recovered: tuple[SentenceDifference, ...] = ()
        self._version = 0
        self._kept_version = 0
        self._saved_version = 0
        self._save_state = SaveState.SAVED
        self._kept_at: datetime | None = None
        self._is_writing = False
        self._waiting: list[tuple[Callable[[], None], OnError]] = []
        self._pause = self._timer(PAUSE_MS)
        self._longest = self._timer(LONGEST_MS)
        self._retry = self._timer(RETRY_MS)

    @property
    def report(self) -> Report | None:
        """The open report, or None."""
        return self._report

    @property
    def draft(self) -> Draft | None:
        """The draft that the open report's AI sentences come from, if it was read."""
        return self._draft

    @property
    def is_recovered(self) -> bool:
        """Whether the report holds typing that a crash had left unsaved."""
        return self._is_recovered

    @property
    def recovered(self) -> tuple[SentenceDifference, ...]:
        """What survived the crash, against the newest save or the draft."""
        return self._recovered

    @property
    def save_state(self) -> SaveState:
        """Whether what is on the screen is on the disk."""
        return self._save_state

    @property
    def kept_at(self) -> datetime | None:
        """When the report was last written, UTC; None if not yet."""
        return self._kept_at

    @property
    def has_unsaved(self) -> bool:
        """Whether the newest change is not in a revision yet."""
        return self._version != self._saved_version

    def open_for(self, uid: StudyUid) -> None:
        """Open the study's report; whoever calls flushed the one before."""
        workspace = self._session.workspace
        if workspace is None:
            return
        self._set_report(None)
        self._wanted = uid
        self._runner.change(
            lambda: workspace.reporting.open_for(uid), NOTHING, self._on_opened, self._on_error
        )

    def begin_anew(self) -> None:
        """An empty report in the place of a withdrawn one, which stays among the past ones."""
        workspace, report = self._session.workspace, self._report
        if workspace is None or report is None:
            return
        self._runner.query(
            lambda: workspace.reporting.begin_anew(report.study_uid),
            self._on_opened,
            self._on_error,
        )

    def edit(self, change: Callable[[Report, datetime], Report]) -> bool:
        """Apply one change of the report's value; False if its rules forbid it."""
        if self._report is None:
            return False
        try:
            changed = change(self._report, datetime.now(UTC))
        except NegatoscopeError as error:
            self._on_error(error)
            return False
        if changed != self._report:
            self._report = changed
            self._touch()
            self.changed.emit()
        return True

    def accept(self, sentence: SentenceId) -> bool:
        """The reader agrees with the model's sentence."""
        return self.edit(lambda report, now: report.with_accepted(sentence, now))

    def reject(self, sentence: SentenceId, reason: str = "") -> bool:
        """The reader does not want the model's sentence."""
        return self.edit(lambda report, now: report.with_rejected(sentence, now, reason=reason))

    def take_back(self, sentence: SentenceId) -> bool:
        """Undo a decision: the sentence is the model's again."""
        return self.edit(lambda report, now: report.with_undecided(sentence, now))

    def set_text(
        self,
        sentence: SentenceId,
        text: str,
        *,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> bool:
        """New words for a sentence."""
        return self.edit(lambda report, now: report.with_text(sentence, text, now, source=source))

    def split(self, sentence: SentenceId, at: int) -> bool:
        """Part a sentence after so many characters."""
        return self.edit(lambda report, now: with_split(report, sentence, at, now))

    def merge(self, first: SentenceId, second: SentenceId) -> bool:
        """Make one sentence of two."""
        return self.edit(lambda report, now: with_merged(report, first, second, now))

    def remove(self, sentence: SentenceId) -> bool:
        """Remove an author's sentence, or reject the model's."""
        return self.edit(lambda report, now: report.without_sentence(sentence, now))

    def add(
        self,
        section: Section,
        text: str = "",
        *,
        after: SentenceId | None = None,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> SentenceId | None:
        """Add an author's sentence; returns its id, or None if the report is closed to changes."""
        before = {s.id for s in self._report.sentences} if self._report is not None else set()
        self.edit(
            lambda report, now: report.with_sentence(section, text, now, after=after, source=source)
        )
        after_change = self._report.sentences if self._report is not None else ()
        return next((s.id for s in after_change if s.id not in before), None)

    def apply_draft(self, draft: Draft) -> bool:
        """Put a draft's sentences into the findings."""
        self._draft = draft
        return self.edit(lambda report, now: report.with_draft(draft, now))

    def save(self) -> None:
        """Save a revision now."""
        self.flush(lambda: None, lambda _error: None)

    def flush(self, then: Callable[[], None], on_failed: OnError) -> None:
        """Save a revision if anything is unsaved; exactly one of the two is called.

        Before changing the study, closing, exporting and signing.
        """
        if self._report is None or not self.has_unsaved:
            then()
            return
        self._waiting.append((then, on_failed))
        if not self._is_writing:
            self._write_revision()

    def sign(
        self,
        passphrase: str,
        meaning: str,
        on_signed: Callable[[], None],
        on_failed: OnError,
        *,
        is_preliminary: bool = False,
    ) -> None:
        """Save, then sign; the passphrase goes to the service and nowhere else."""

        def sign() -> None:
            workspace, report = self._session.workspace, self._report
            if workspace is None or report is None:
                return
            signing = workspace.reporting.signing
            call = signing.preliminary if is_preliminary else signing.final
            self._runner.change(
                lambda: call(report, passphrase=passphrase, meaning=meaning),
                _WRITTEN,
                signed,
                on_failed,
            )

        def signed(result: Report) -> None:
            self.adopt(result)
            on_signed()

        self.flush(sign, on_failed)

    def adopt(self, stored: Report) -> None:
        """Show the report as a service has just stored it."""
        if self._report is not None and self._report.id == stored.id:
            self._report = stored
            self._mark_saved(self._version)
            self.changed.emit()

    def _on_opened(self, opened: OpenedReport) -> None:
        if opened.report.study_uid != self._wanted:
            return
        found = recovery_differences(opened.saved, opened.report) if opened.recovered else ()
        self._set_report(opened.report, is_recovered=opened.recovered, recovered=found)
        workspace, draft_id = self._session.workspace, opened.report.draft_id
        if workspace is not None and draft_id is not None:
            self._runner.query(
                lambda: workspace.reporting.draft(draft_id),
                lambda draft: self._on_draft_read(draft, draft_id),
            )

    def _on_draft_read(self, draft: Draft, draft_id: DraftId) -> None:
        if self._report is not None and self._report.draft_id == draft_id:
            self._draft = draft
            self.changed.emit()

    def _set_report(
        self,
        report: Report | None,
        *,
        is_recovered: bool = False,
        recovered: tuple[SentenceDifference, ...] = (),
    ) -> None:
        self._report = report
        self._draft = None
        self._is_recovered = is_recovered
        self._recovered = recovered
        self._version += 1
        self._kept_version = self._version
        self._saved_version = -1 if is_recovered else self._version
        self._kept_at = None
        self._set_save_state(SaveState.SAVED)
        self.opened.emit()

    def _touch(self) -> None:
        self._version += 1
        self._set_save_state(SaveState.UNSAVED)
        self._pause.start()
        if not self._longest.isActive():
            self._longest.start()

    def _keep(self) -> None:
        """Write the typing without making a revision."""
        workspace, report, version = self._session.workspace, self._report, self._version
        if workspace is None or report is None or self._is_writing:
            return
        if self._kept_version == version:
            return
        self._stop_timers()
        self._begin_writing()
        self._runner.change(
            lambda: workspace.reporting.keep(report),
            NOTHING,
            lambda _none: self._on_kept(version),
            self._on_write_failed,
        )

    def _write_revision(self) -> None:
        workspace, report, version = self._session.workspace, self._report, self._version
        if workspace is None or report is None:
            return
        self._stop_timers()
        self._begin_writing()
        self._runner.change(
            lambda: workspace.reporting.save(report),
            _WRITTEN,
            lambda saved: self._on_saved(saved, version),
            self._on_write_failed,
        )

    def _on_kept(self, version: int) -> None:
        self._is_writing = False
        self._kept_version = version
        self._after_write()

    def _on_saved(self, saved: Report, version: int) -> None:
        self._is_writing = False
        if self._report is not None and self._report.id == saved.id:
            self._report = replace(self._report, revision=saved.revision)
            self._mark_saved(version)
            self._is_recovered = False
            self.changed.emit()
        self._after_write()

    def _mark_saved(self, version: int) -> None:
        self._kept_version = version
        self._saved_version = version
        self._set_kept_now()

    def _after_write(self) -> None:
        self._set_kept_now()
        if self._waiting:
            if self.has_unsaved:
                self._write_revision()
                return
            waiting, self._waiting = self._waiting, []
            for then, _on_failed in waiting:
                then()
        elif self._kept_version != self._version:
            self._pause.start()
            self._longest.start()

    def _set_kept_now(self) -> None:
        self._kept_at = datetime.now(UTC)
        is_current = self._kept_version == self._version
        self._set_save_state(SaveState.SAVED if is_current else SaveState.UNSAVED)

    def _on_write_failed(self, error: Exception) -> None:
        self._is_writing = False
        self._set_save_state(SaveState.FAILED)
        self._on_error(error)
        self._retry.start()
        waiting, self._waiting = self._waiting, []
        for _then, on_failed in waiting:
            on_failed(error)

    def _begin_writing(self) -> None:
        self._is_writing = True
        self._set_save_state(SaveState.SAVING)

    def _set_save_state(self, state: SaveState) -> None:
        self._save_state = state
        self.save_state_changed.emit()

    def _stop_timers(self) -> None:
        for timer in (self._pause, self._longest, self._retry):
            timer.stop()

    def _timer(self, interval_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(self._keep)
        return timer

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
