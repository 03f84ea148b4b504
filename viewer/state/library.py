"""The study list, the scan that fills it, and the study that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.progress import CancelToken, Progress
from engine.domain.study import ScanResult, Study, StudyQuery, StudyStatus, StudySummary, StudyUid
from viewer.errors import notice_of
from viewer.state.session import SessionState
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

REREAD_MS = 700
"""How often the list is read again while a scan adds to it, in ms."""


class LibraryState(QObject):
    """Rows, query and selection.

    Signals:
        rows_changed: The rows, the query or the scan changed.
        study_changed: The open study or its priors changed; read `study` and `priors`.
        scan_progressed: `Progress`.
        scan_finished: `ScanResult`.
        first_found: Uid of the first study of a scan, as soon as it is in the index.
        password_asked: Path of an encrypted ZIP archive, and whether a password was wrong; the
            next is asked for when `ask_for_next_password` is called.
        noticed: `Notice`.
    """

    rows_changed = Signal()
    study_changed = Signal()
    scan_progressed = Signal(object)
    scan_finished = Signal(object)
    first_found = Signal(str)
    password_asked = Signal(object, bool)
    noticed = Signal(object)

    def __init__(
        self, runner: TaskRunner, session: SessionState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._rows: tuple[StudySummary, ...] = ()
        self._query = StudyQuery()
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._has_read = False
        self._listing = CancelToken()
        self._opening = CancelToken()
        self._scan: CancelToken | None = None
        self._has_first = False
        self._tried: set[Path] = set()
        self._waiting: list[Path] = []
        self._locked: list[Path] = []
        self._rereading = QTimer(self)
        self._rereading.setInterval(REREAD_MS)
        self._rereading.timeout.connect(self.refresh)
        runner.changed.connect(self._on_changed)

    @property
    def rows(self) -> tuple[StudySummary, ...]:
        """Rows that match the query, newest study first."""
        return self._rows

    @property
    def query(self) -> StudyQuery:
        """What the list is asked for."""
        return self._query

    @property
    def has_read(self) -> bool:
        """Whether the list was read at least once, so that empty means empty."""
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
        """Whether a scan runs."""
        return self._scan is not None

    def refresh(self) -> None:
        """Read the list again."""
        workspace = self._session.workspace
        if workspace is None:
            return
        query = self._query
        self._listing.cancel()
        self._listing = self._runner.query(
            lambda: workspace.library.studies(query), self._set_rows, self._on_error
        )

    def search(self, text: str) -> None:
        """Rows whose patient, date or accession match."""
        self._query = replace(self._query, text=text.strip())
        self.refresh()

    def filter(self, status: StudyStatus | None) -> None:
        """Only rows of that status; None for all."""
        self._query = replace(self._query, status=status)
        self.refresh()

    def select(self, uid: StudyUid) -> None:
        """Open a study and look for its priors."""
        workspace = self._session.workspace
        if workspace is None:
            return
        library = workspace.library
        self._opening.cancel()
        self._opening = self._runner.query(
            lambda: (library.study(uid), library.priors(uid)), self._set_study, self._on_error
        )

    def neighbour(self, step: int) -> StudyUid | None:
        """Uid of the row `step` below the open study; None at the list's ends."""
        uids = [row.uid for row in self._rows]
        if not uids:
            return None
        if self._study is None or self._study.uid not in uids:
            return uids[0]
        position = uids.index(self._study.uid) + step
        return uids[position] if 0 <= position < len(uids) else None

    def add(self, paths: Sequence[Path]) -> None:
        """Scan files, folders, ZIP archives or a CD and add what they hold.

        What is given while a scan runs is scanned after it.
        """
        workspace = self._session.workspace
        if workspace is None or not paths:
            return
        if self._scan is not None:
            self._waiting += paths
            return
        wanted = tuple(paths)
        self._scan = self._runner.job(
            lambda progress, cancel: workspace.library.add(
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
        """Scan an encrypted ZIP archive again, with its password."""
        workspace = self._session.workspace
        if workspace is not None:
            workspace.library.unlock(archive, password)
            self._tried.add(archive)
            self.add([archive])

    def ask_for_next_password(self) -> None:
        """The question about an encrypted archive was answered, or left: ask about the next."""
        self._locked = self._locked[1:]
        self._ask_for_password()

    def cancel_scan(self) -> None:
        """Stop the scan, and what waits for its end."""
        self._waiting = []
        if self._scan is not None:
            self._scan.cancel()

    def _set_rows(self, rows: tuple[StudySummary, ...]) -> None:
        if rows == self._rows and self._has_read and self._rereading.isActive():
            return  # nothing new of the scan yet: leave the list as the reader holds it
        self._rows = rows
        self._has_read = True
        self.rows_changed.emit()

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
            self.refresh()
            self.first_found.emit(progress.first_study)

    def _on_scanned(self, result: ScanResult) -> None:
        self._scan = None
        self._rereading.stop()
        self.scan_finished.emit(result)
        self.rows_changed.emit()
        is_asking = bool(self._locked)
        self._locked += [archive for archive in result.locked if archive not in self._locked]
        if not is_asking:
            self._ask_for_password()
        self._scan_what_waits()

    def _on_scan_failed(self, error: Exception) -> None:
        self._scan = None
        self._rereading.stop()
        self.rows_changed.emit()
        self._on_error(error)
        self.refresh()
        self._scan_what_waits()

    def _scan_what_waits(self) -> None:
        waiting, self._waiting = tuple(dict.fromkeys(self._waiting)), []
        self.add(waiting)

    def _ask_for_password(self) -> None:
        if self._locked:
            self.password_asked.emit(self._locked[0], self._locked[0] in self._tried)

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
