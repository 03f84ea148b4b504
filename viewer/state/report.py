"""The open report, its changes, and when it is written to disk.

Typing is durable within two seconds: a pause of 500 ms stores it, and without a pause 1 s after the
first unstored letter, which leaves a second for the write itself. Leaving the study saves a
revision, so unsaved typing found at the next start always means a crash. A failed write stays in
memory and is retried; it is never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.critical import CriticalCommunication
from engine.domain.difference import SentenceDifference, recovery_differences
from engine.domain.rejoining import with_merged, with_split
from engine.domain.report import (
    Draft,
    DraftId,
    Report,
    ReportId,
    Section,
    SentenceId,
    SentenceSource,
)
from engine.domain.study import StudyUid
from engine.errors import NegatoscopeError
from viewer.errors import OnError
from viewer.state.notices import Notices
from viewer.tasks.changes import NOTHING, ChangeSet
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.reporting import OpenedReport
    from engine.services.workspace import Workspace

PAUSE_MS = 500
LONGEST_MS = 1000
RETRY_MS = 5000
_WRITTEN = ChangeSet(studies=True, reports=True)


class SaveState(StrEnum):
    """Whether the report on the screen is on disk."""

    SAVED = "saved"
    UNSAVED = "unsaved"
    SAVING = "saving"
    FAILED = "failed"


class ReportState(QObject):
    """The open report. Storing ("keep") writes the typing; saving makes a revision.

    Signals:
        opened: Another report was opened, or none; read `report`.
        changed: Sentences, status or revision changed; read `report`.
        save_state_changed: Read `save_state` and `kept_at`.
    """

    opened = Signal()
    changed = Signal()
    save_state_changed = Signal()

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
        """The draft that the open report's AI sentences come from; None until it is read."""
        return self._draft

    @property
    def is_recovered(self) -> bool:
        """Whether the report holds typing that a crash left unsaved."""
        return self._is_recovered

    @property
    def recovered(self) -> tuple[SentenceDifference, ...]:
        """What was recovered after the crash, compared with the newest save or the draft."""
        return self._recovered

    @property
    def save_state(self) -> SaveState:
        """Whether the report on the screen is on disk."""
        return self._save_state

    @property
    def kept_at(self) -> datetime | None:
        """When the report was last written, UTC; None if not yet."""
        return self._kept_at

    @property
    def has_unsaved(self) -> bool:
        """Whether the newest change is in no revision yet."""
        return self._version != self._saved_version

    def open_for(self, uid: StudyUid) -> None:
        """Open the study's report. The caller has flushed the previous one."""
        self._set_report(None)
        self._wanted = uid
        self._runner.change(
            lambda: self._workspace.reporting.open_for(uid),
            NOTHING,
            self._on_opened,
            self._notices.tell,
        )

    def begin_anew(self) -> None:
        """Start an empty report in place of a withdrawn one, which stays among the past reports."""
        report = self._report
        if report is None:
            return
        self._runner.query(
            lambda: self._workspace.reporting.begin_anew(report.study_uid),
            self._on_opened,
            self._notices.tell,
        )

    def edit(self, change: Callable[[Report, datetime], Report]) -> bool:
        """Apply a change to the report; False if the report's rules forbid it."""
        if self._report is None:
            return False
        try:
            changed = change(self._report, datetime.now(UTC))
        except NegatoscopeError as error:
            self._notices.tell(error)
            return False
        if changed != self._report:
            self._report = changed
            self._read_draft()
            self._touch()
            self.changed.emit()
        return True

    def accept(self, sentence: SentenceId) -> bool:
        """Record that the reader agrees with a drafted sentence."""
        return self.edit(lambda report, now: report.with_accepted(sentence, now))

    def reject(self, sentence: SentenceId, reason: str = "") -> bool:
        """Record that the reader rejects a drafted sentence."""
        return self.edit(lambda report, now: report.with_rejected(sentence, now, reason=reason))

    def take_back(self, sentence: SentenceId) -> bool:
        """Undo a decision: the sentence is undecided again."""
        return self.edit(lambda report, now: report.with_undecided(sentence, now))

    def set_text(
        self,
        sentence: SentenceId,
        text: str,
        *,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> bool:
        """Change a sentence's text."""
        return self.edit(lambda report, now: report.with_text(sentence, text, now, source=source))

    def split(self, sentence: SentenceId, at: int) -> bool:
        """Split a sentence after `at` characters."""
        return self.edit(lambda report, now: with_split(report, sentence, at, now))

    def merge(self, first: SentenceId, second: SentenceId) -> bool:
        """Merge two sentences into one."""
        return self.edit(lambda report, now: with_merged(report, first, second, now))

    def remove(self, sentence: SentenceId) -> bool:
        """Remove the reader's own sentence, or reject a drafted one."""
        return self.edit(lambda report, now: report.without_sentence(sentence, now))

    def add(
        self,
        section: Section,
        text: str = "",
        *,
        after: SentenceId | None = None,
        source: SentenceSource = SentenceSource.TYPED,
    ) -> SentenceId | None:
        """Add a sentence of the reader's own; returns its id, or None if the report is locked."""
        before = {s.id for s in self._report.sentences} if self._report is not None else set()
        self.edit(
            lambda report, now: report.with_sentence(section, text, now, after=after, source=source)
        )
        after_change = self._report.sentences if self._report is not None else ()
        return next((s.id for s in after_change if s.id not in before), None)

    def add_lines(
        self, section: Section, lines: Sequence[str], *, after: SentenceId | None = None
    ) -> SentenceId | None:
        """Add a sentence of the reader's own for each line, in order, as one change.

        Returns:
            Id of the last sentence; None if there are no lines or the report is locked.
        """

        def added(report: Report, now: datetime) -> Report:
            previous = after
            for line in lines:
                before = {s.id for s in report.sentences}
                report = report.with_sentence(section, line, now, after=previous)
                previous = next(s.id for s in report.sentences if s.id not in before)
                last.append(previous)
            return report

        last: list[SentenceId] = []
        return last[-1] if self.edit(added) and last else None

    def apply_draft(self, draft: Draft) -> bool:
        """Put a draft's sentences into the findings."""
        self._draft = draft
        return self.edit(lambda report, now: report.with_draft(draft, now))

    def save(self) -> None:
        """Save a revision."""
        self.flush(lambda: None, lambda _error: None)

    def flush(self, then: Callable[[], None], on_failed: OnError) -> None:
        """Save a revision if anything is unsaved, then call exactly one of the two callbacks.

        Called before changing the study, closing, exporting and signing.
        """
        if self._report is None or not self.has_unsaved:
            then()
            return
        self._waiting.append((then, on_failed))
        if not self._is_writing:
            self._write_revision()

    def when_saved(self, then: Callable[[Report], None]) -> None:
        """Save, then call back with the report. No call without a report or if saving failed."""

        def go_on() -> None:
            if self._report is not None:
                then(self._report)

        self.flush(go_on, lambda _error: None)

    def stop_keeping(self) -> None:
        """Stop all timers, because the window is closing."""
        self._stop_timers()

    def sign(
        self,
        passphrase: str,
        meaning: str,
        on_signed: Callable[[], None],
        on_failed: OnError,
        *,
        is_preliminary: bool = False,
    ) -> None:
        """Save, then sign. The passphrase goes to the service and nowhere else."""

        def sign() -> None:
            report = self._report
            if report is None:
                return
            signing = self._workspace.reporting.signing
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

    def add_addendum(
        self, to: ReportId, words: str, passphrase: str, done: Callable[[], None], failed: OnError
    ) -> None:
        """Sign an addendum to a final report."""
        addendum = self._workspace.reporting.signing.addendum
        self._state(lambda: addendum(to, words, passphrase=passphrase), done, failed)

    def withdraw(
        self, what: ReportId, why: str, passphrase: str, done: Callable[[], None], failed: OnError
    ) -> None:
        """Withdraw a final report."""
        withdraw = self._workspace.reporting.signing.withdraw
        self._state(lambda: withdraw(what, why, passphrase=passphrase), done, failed)

    def _state(self, sign: Callable[[], Report], done: Callable[[], None], failed: OnError) -> None:
        def signed(result: Report) -> None:
            self.adopt(result)
            done()

        self._runner.change(sign, _WRITTEN, signed, failed)

    def read_communications(
        self, came: Callable[[tuple[CriticalCommunication, ...]], None]
    ) -> None:
        """Save, then read who was told of the report's critical findings, and when."""
        signing = self._workspace.reporting.signing

        def look_up(report: Report) -> None:
            self._runner.query(lambda: signing.communications(report.id), came)

        self.when_saved(look_up)

    def keep_communication(
        self, entry: CriticalCommunication, done: Callable[[], None], failed: OnError
    ) -> None:
        """Store that somebody was told of a critical finding."""
        signing = self._workspace.reporting.signing
        self._runner.change(
            lambda: signing.communicated(entry), NOTHING, lambda _none: done(), failed
        )

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
        self._read_draft()

    def _read_draft(self) -> None:
        """Read the draft that the sentences come from, unless it has been read."""
        draft_id = self._report.draft_id if self._report is not None else None
        if draft_id is not None and (self._draft is None or self._draft.id != draft_id):
            self._runner.query(
                lambda: self._workspace.reporting.draft(draft_id),
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
        # -1 matches no version: recovered text counts as unsaved until it is saved.
        self._saved_version = -1 if is_recovered else self._version
        self._kept_at = None
        self._set_save_state(SaveState.SAVED)
        self.opened.emit()

    def _touch(self) -> None:
        self._version += 1
        self._set_save_state(SaveState.UNSAVED)
        self._pause.start()
        # A burst of typing restarts the pause with every letter. `_longest` runs on from the first
        # unstored letter, so that steady typing is stored too.
        if not self._longest.isActive():
            self._longest.start()

    def _keep(self) -> None:
        """Write the typing without making a revision."""
        report, version = self._report, self._version
        if report is None or self._is_writing:
            return
        if self._kept_version == version:
            return
        self._stop_timers()
        self._begin_writing()
        self._runner.change(
            lambda: self._workspace.reporting.keep(report),
            NOTHING,
            lambda _none: self._on_kept(version),
            self._on_write_failed,
        )

    def _write_revision(self) -> None:
        report, version = self._report, self._version
        if report is None:
            return
        self._stop_timers()
        self._begin_writing()
        self._runner.change(
            lambda: self._workspace.reporting.save(report),
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
            # Only the revision is taken over: the reader may have typed on during the save.
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
        # Somebody waits for a revision: what was typed during the write goes into another one
        # first.
        if self._waiting:
            if self.has_unsaved:
                self._write_revision()
                return
            waiting, self._waiting = self._waiting, []
            for then, _on_failed in waiting:
                then()
        elif not (self._pause.isActive() and self._longest.isActive()):
            # A timer ran out during a slow write: what was typed meanwhile has waited long enough.
            self._keep()

    def _set_kept_now(self) -> None:
        self._kept_at = datetime.now(UTC)
        is_current = self._kept_version == self._version
        self._set_save_state(SaveState.SAVED if is_current else SaveState.UNSAVED)

    def _on_write_failed(self, error: Exception) -> None:
        self._is_writing = False
        self._set_save_state(SaveState.FAILED)
        self._notices.tell(error)
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
