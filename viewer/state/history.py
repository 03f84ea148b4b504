"""Past drafts and reports: the list, the search, and the one that is read beside."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.domain.difference import SentenceDifference
from engine.domain.progress import CancelToken
from engine.domain.report import Report, ReportSummary
from viewer.errors import notice_of
from viewer.state.session import SessionState
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import TaskRunner


class HistoryState(QObject):
    """Reports of the workspace.

    Signals:
        rows_changed: Read `rows` and `text`.
        reading_changed: Read `reading`.
        noticed: `Notice`.
    """

    rows_changed = Signal()
    reading_changed = Signal()
    noticed = Signal(object)

    def __init__(
        self, runner: TaskRunner, session: SessionState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._rows: tuple[ReportSummary, ...] = ()
        self._text = ""
        self._reading: tuple[ReportSummary, Report] | None = None
        self._differences: tuple[SentenceDifference, ...] = ()
        self._listing = CancelToken()
        runner.changed.connect(self._on_changed)

    @property
    def rows(self) -> tuple[ReportSummary, ...]:
        """Reports that match, newest first."""
        return self._rows

    @property
    def text(self) -> str:
        """What is searched for."""
        return self._text

    @property
    def reading(self) -> tuple[ReportSummary, Report] | None:
        """The report that is read beside, with its row."""
        return self._reading

    @property
    def differences(self) -> tuple[SentenceDifference, ...]:
        """The model's draft against the report that is read beside; empty without a draft."""
        return self._differences

    def search(self, text: str) -> None:
        """Reports whose text or patient match."""
        self._text = text.strip()
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        workspace, text = self._session.workspace, self._text
        if workspace is None:
            return
        self._listing.cancel()
        self._listing = self._runner.query(
            lambda: workspace.reporting.reports(text), self._set_rows, self._on_error
        )

    def read(self, row: ReportSummary) -> None:
        """Open a report beside, to read only."""
        workspace = self._session.workspace
        if workspace is None:
            return
        reporting = workspace.reporting
        self._runner.query(
            lambda: (reporting.load(row.id), reporting.changes(row.id)),
            lambda found: self._set_reading((row, found[0]), found[1]),
            self._on_error,
        )

    def put_away(self) -> None:
        """Close the report that is read beside."""
        self._set_reading(None)

    def _set_rows(self, rows: tuple[ReportSummary, ...]) -> None:
        if self._session.hides_names:
            rows = tuple(
                replace(row, patient_name="Name hidden", patient_id="", study_date="")
                for row in rows
            )
        self._rows = rows
        self.rows_changed.emit()

    def _set_reading(
        self,
        reading: tuple[ReportSummary, Report] | None,
        differences: tuple[SentenceDifference, ...] = (),
    ) -> None:
        has_draft = reading is not None and reading[1].draft_id is not None
        self._reading = reading
        self._differences = differences if has_draft else ()
        self.reading_changed.emit()

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.reports:
            self.refresh()

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))
