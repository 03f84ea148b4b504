"""The study list, the scan that fills it, and the open study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.progress import CancelToken, Progress
from engine.domain.study import ScanResult, Study, StudyQuery, StudyStatus, StudySummary, StudyUid
from viewer.state.notices import Notices
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

REREAD_MS = 700
"""Interval at which the list is read again during a scan, in ms."""


class LibraryState(QObject):
    """The list's rows and query, the running scan and the open study.

    Signals:
        rows_changed: The rows, the query or the scan changed.
        study_changed: The open study or its priors changed; read `study` and `priors`.
        scan_progressed: `Progress`.
        scan_finished: `ScanResult`.
        first_found: UID of the first study of a scan, as soon as it is in the index.
        password_asked: Path of an encrypted ZIP archive, and whether a password for it was wrong.
            `ask_for_next_password` asks for the next archive.
    """

    rows_changed = Signal()
    study_changed = Signal()
    scan_progressed = Signal(object)
    scan_finished = Signal(object)
    first_found = Signal(str)
    password_asked = Signal(object, bool)

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
        self._rows: tuple[StudySummary, ...] = ()
        self._query = StudyQuery()
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._has_read = False
        self._listing = CancelToken()
        self._opening = CancelToken()
        self._scan: CancelToken | None = None
        self._has_first = False
        self._added: frozenset[StudyUid] = frozenset()
        self._tried: set[Path] = set()
        self._waiting: list[Path] = []
        self._locked: list[Path] = []
        self._rereading = QTimer(self)
        self._rereading.setInterval(REREAD_MS)
        self._rereading.timeout.connect(self.refresh)
        runner.changed.connect(self._on_changed)

    @property
    def rows(self) -> tuple[StudySummary, ...]:
        """Studies that match the query: those just opened first, then urgent ones, then by date."""
        return self._rows

    @property
    def just_opened(self) -> frozenset[StudyUid]:
        """Studies that the last scan found; empty if the list shows no others."""
        is_all = all(row.uid in self._added for row in self._rows)
        return frozenset() if is_all else self._added

    @property
    def query(self) -> StudyQuery:
        """The query that `rows` answers."""
        return self._query

    @property
    def has_read(self) -> bool:
        """Whether the list was read at least once, so that an empty list means no studies."""
        return self._has_read

    @property
    def study(self) -> Study | None:
        """The open study."""
        return self._study

    @property
    def priors(self) -> tuple[Study, ...]:
        """Earlier studies of the same patient, newest first."""
        return self._priors

    @property
    def summary(self) -> StudySummary | None:
        """The open study's row, if the list shows it."""
        if self._study is None:
            return None
        return next((row for row in self._rows if row.uid == self._study.uid), None)

    @property
    def is_scanning(self) -> bool:
        """Whether a scan is running."""
        return self._scan is not None

    def note_status(self, status: StudyStatus) -> None:
        """Show a new status of the open study before its report is saved."""
        row = self.summary
        if row is not None and row.status is not status:
            changed = replace(row, status=status)
            self._rows = self._in_order(changed if one is row else one for one in self._rows)
            self.rows_changed.emit()

    def note_draft(self, uid: StudyUid, not_drafted: str = "") -> None:
        """Show that a new study was drafted, or why not, without reading the list again.

        Drafts in the background come one after the other, and five hundred rows are read in the
        time of several frames.
        """
        if self._query.status is not None:
            self.refresh()  # the study may leave the rows, or join them
            return
        status = StudyStatus.NEW if not_drafted else StudyStatus.DRAFTED
        self._rows = tuple(
            replace(row, status=status, not_drafted=not_drafted)
            if row.uid == uid and row.status is StudyStatus.NEW
            else row
            for row in self._rows
        )
        self.rows_changed.emit()

    def refresh(self) -> None:
        """Read the list again."""
        query = self._query
        self._listing.cancel()
        self._listing = self._runner.query(
            lambda: self._workspace.library.studies(query), self._set_rows, self._notices.tell
        )

    def search(self, text: str) -> None:
        """List studies whose patient, date or accession number matches."""
        self._query = replace(self._query, text=text.strip())
        self.refresh()

    def filter(self, status: StudyStatus | None) -> None:
        """List studies of one status; None for all."""
        self._query = replace(self._query, status=status)
        self.refresh()

    def select(self, uid: StudyUid) -> None:
        """Open a study and look for its priors."""
        library = self._workspace.library
        self._opening.cancel()
        self._opening = self._runner.query(
            lambda: (library.study(uid), library.priors(uid)), self._set_study, self._notices.tell
        )

    def take_off(self, uid: StudyUid) -> None:
        """Hide a study from the list until its films are opened again."""

        def done(_none: None) -> None:
            self._notices.say(
                "Studies", "The study is off the list. Opening its films again brings it back."
            )

        self._runner.change(
            lambda: self._workspace.library.take_off_list(uid),
            ChangeSet(studies=True),
            done,
            self._notices.tell,
        )

    def neighbour(self, step: int) -> StudyUid | None:
        """UID of the row `step` below the open study; None at either end of the list."""
        uids = [row.uid for row in self._rows]
        if not uids:
            return None
        if self._study is None or self._study.uid not in uids:
            return uids[0]
        position = uids.index(self._study.uid) + step
        return uids[position] if 0 <= position < len(uids) else None

    def add(self, paths: Sequence[Path]) -> None:
        """Scan files, folders, ZIP archives or a CD and add the studies found.

        Paths given while a scan runs are scanned after it.
        """
        if not paths:
            return
        if self._scan is not None:
            self._waiting += paths
            return
        wanted = tuple(paths)
        self._scan = self._runner.job(
            lambda progress, cancel: self._workspace.library.add(
                wanted, progress=progress, cancel=cancel
            ),
            self._on_scanned,
            self._on_scan_failed,
            lane=Lane.SCAN,
            on_progress=self._on_progress,
            changes=ChangeSet(studies=True),
        )
        self._has_first = False
        self._rereading.start()
        self._on_progress(Progress(done=0, total=0, message="Looking for films"))

    def add_locked(self, archive: Path, password: str) -> None:
        """Scan an encrypted ZIP archive again with its password."""
        self._workspace.library.unlock(archive, password)
        self._tried.add(archive)
        self.add([archive])

    def ask_for_next_password(self) -> None:
        """Ask about the next encrypted archive once the last question is closed."""
        self._locked = self._locked[1:]
        self._ask_for_password()

    def cancel_scan(self) -> None:
        """Stop the scan and drop the paths waiting behind it."""
        self._waiting = []
        if self._scan is not None:
            self._scan.cancel()

    def _set_rows(self, rows: tuple[StudySummary, ...]) -> None:
        rows = self._in_order(rows)
        if rows == self._rows and self._has_read and self._rereading.isActive():
            return  # nothing new of the scan yet: leave the list as the reader holds it
        self._rows = rows
        self._has_read = True
        self.rows_changed.emit()

    def _in_order(self, rows: Iterable[StudySummary]) -> tuple[StudySummary, ...]:
        """Just opened studies first, then urgent ones, then by day; each group by due time."""
        return tuple(sorted(rows, key=lambda row: (row.uid not in self._added, row.wait_key)))

    def _set_study(self, opened: tuple[Study, tuple[Study, ...]]) -> None:
        self._study, self._priors = opened
        self.study_changed.emit()

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.studies:
            self.refresh()

    def _on_progress(self, progress: Progress) -> None:
        if self._scan is None:
            return
        self.scan_progressed.emit(progress)
        if progress.first_study and not self._has_first:
            self._has_first = True
            self._added = frozenset((StudyUid(progress.first_study),))
            self.refresh()
            self.first_found.emit(progress.first_study)

    def _on_scanned(self, result: ScanResult) -> None:
        self._scan = None
        self._rereading.stop()
        self._added = frozenset(study.uid for study in result.studies)
        self.scan_finished.emit(result)
        self._set_rows(self._rows)
        # One password at a time: closing the open question asks for the next.
        is_asking = bool(self._locked)
        self._locked += [archive for archive in result.locked if archive not in self._locked]
        if not is_asking:
            self._ask_for_password()
        self._scan_what_waits()

    def _on_scan_failed(self, error: Exception) -> None:
        self._scan = None
        self._rereading.stop()
        self.rows_changed.emit()
        self._notices.tell(error)
        self.refresh()
        self._scan_what_waits()

    def _scan_what_waits(self) -> None:
        waiting, self._waiting = tuple(dict.fromkeys(self._waiting)), []
        self.add(waiting)

    def _ask_for_password(self) -> None:
        if self._locked:
            self.password_asked.emit(self._locked[0], self._locked[0] in self._tried)
