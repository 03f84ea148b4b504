"""Past drafts and reports: the list, the search, and the one that is read beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.difference import SentenceDifference
from engine.domain.past_reports import ReportQuery, ReportSummary, SelectionExport
from engine.domain.progress import CancelToken
from engine.domain.report import Draft, Report, ReportId
from engine.domain.revisions import RevisionStep
from viewer.errors import Notice, Severity, notice_of
from viewer.state.session import SessionState
from viewer.state.wording import count_text
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.past_reports import SincePrior
    from engine.services.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the filters of the list offer."""

    findings: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord:
    """How a report came to be.

    Attributes:
        differences: The model's draft against it; empty without a draft.
        since_preliminary: What was changed of what was signed as preliminary; empty without.
        revisions: Oldest first.
        drafts: Everything that a model wrote about its study, newest first.
    """

    differences: tuple[SentenceDifference, ...] = ()
    since_preliminary: tuple[SentenceDifference, ...] = ()
    revisions: tuple[RevisionStep, ...] = ()
    drafts: tuple[Draft, ...] = ()


class HistoryState(QObject):
    """Reports of the workspace.

    Signals:
        rows_changed: Read `rows` and `query`.
        choices_changed: Read `choices`.
        reading_changed: Read `reading`, `record`, `since_prior` and `shows_revisions`.
        export_progressed: `Progress` of an export.
        export_ended: It is done, was stopped or failed.
        since_changed: The report in hand has changed since it was compared; read `since_prior`.
        noticed: `Notice`.
    """

    rows_changed = Signal()
    choices_changed = Signal()
    reading_changed = Signal()
    since_changed = Signal()
    export_progressed = Signal(object)
    export_ended = Signal()
    noticed = Signal(object)

    def __init__(
        self, runner: TaskRunner, session: SessionState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._rows: tuple[ReportSummary, ...] = ()
        self._query = ReportQuery()
        self._choices = Choices()
        self._reading: tuple[ReportSummary, Report] | None = None
        self._record = ReportRecord()
        self._shows_revisions = False
        self._since: SincePrior | None = None
        self._listing = CancelToken()
        self._export: CancelToken | None = None
        runner.changed.connect(self._on_changed)

    @property
    def rows(self) -> tuple[ReportSummary, ...]:
        """Reports that match, newest first."""
        return self._rows

    @property
    def query(self) -> ReportQuery:
        """What is asked for."""
        return self._query

    @property
    def choices(self) -> Choices:
        """What the filters offer."""
        return self._choices

    @property
    def reading(self) -> tuple[ReportSummary, Report] | None:
        """The report that is read beside, with its row."""
        return self._reading

    @property
    def record(self) -> ReportRecord:
        """How the report that is read beside came to be."""
        return self._record

    @property
    def shows_revisions(self) -> bool:
        """Whether it was opened for its revisions."""
        return self._shows_revisions

    @property
    def since_prior(self) -> SincePrior | None:
        """The open report against the one that is read beside, if that was asked for."""
        return self._since

    def search(self, text: str) -> None:
        """Reports whose text or patient match."""
        self.ask(replace(self._query, text=text.strip()))

    def ask(self, query: ReportQuery) -> None:
        """Reports that match the query."""
        self._query = query
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        workspace, query = self._workspace, self._query
        if workspace is None:
            return
        past = workspace.past_reports
        self._listing.cancel()
        self._listing = self._runner.query(
            lambda: (
                past.find(query),
                Choices(findings=past.finding_names(), authors=past.authors()),
            ),
            lambda found: self._set_rows(*found),
            self._on_error,
        )

    def read(self, row: ReportSummary) -> None:
        """Open a report beside, to read only."""
        workspace = self._workspace
        if workspace is None:
            return
        self._runner.query(
            lambda: (workspace.reporting.load(row.id), _record_of(workspace, row.id)),
            lambda found: self._set_reading((row, found[0]), found[1]),
            self._on_error,
        )

    def read_revisions(self, report: Report) -> None:
        """Open the report in hand beside, at its revisions; it was saved before."""
        self._read_in_hand(report, shows_revisions=True)

    def read_changes(self, report: Report) -> None:
        """Open the report in hand beside, at its changes to the draft; it was saved before."""
        self._read_in_hand(report, shows_revisions=False)

    def _read_in_hand(self, report: Report, *, shows_revisions: bool) -> None:
        workspace = self._workspace
        if workspace is None:
            return

        def look() -> tuple[ReportSummary, ReportRecord] | None:
            rows = workspace.past_reports.find(ReportQuery(study_uid=report.study_uid))
            row = next((row for row in rows if row.id == report.id), None)
            return None if row is None else (row, _record_of(workspace, report.id))

        def show(found: tuple[ReportSummary, ReportRecord] | None) -> None:
            if not shows_revisions and (found is None or not found[1].differences):
                self._say("No draft", "No draft went into this report.")
                return
            if found is None:
                self._say("No revisions", "This report has not been saved yet.")
                return
            row, record = found
            reading = (self._as_shown(row), report)
            self._set_reading(reading, record, shows_revisions=shows_revisions)

        self._runner.query(look, show, self._on_error)

    def compare_with_prior(self, report: Report) -> None:
        """Open the patient's last signed report beside, against the report in hand."""
        workspace = self._workspace
        if workspace is None:
            return
        past = workspace.past_reports

        def compare() -> tuple[SincePrior, ReportRecord] | None:
            since = past.since_prior(report)
            return None if since is None else (since, _record_of(workspace, since.row.id))

        self._runner.query(compare, self._set_since, self._on_error)

    def compare_again(self, report: Report) -> None:
        """The report in hand has changed: what is new since the one beside it follows."""
        before, workspace = self._since, self._workspace
        if before is None or workspace is None:
            return
        past = workspace.past_reports

        def show(now: SincePrior | None) -> None:
            is_same = now is not None and now.row.id == before.row.id and self._since is before
            if now is not None and is_same and now.difference != before.difference:
                self._since = now
                self.since_changed.emit()

        self._runner.query(lambda: past.since_prior(report), show, self._on_error)

    def put_away(self) -> None:
        """Close the report that is read beside."""
        self._set_reading(None)

    def export(self, report_ids: Sequence[ReportId], folder: Path, form: str) -> None:
        """Write reports into a folder, by the value of an `ExportForm`."""
        workspace = self._workspace
        if workspace is None or not report_ids or self._export is not None:
            return
        wanted = tuple(report_ids)
        self._export = self._runner.job(
            lambda progress, cancel: workspace.past_reports.export_named(
                wanted, folder, form, progress=progress, cancel=cancel
            ),
            lambda done: self._on_exported(done, folder),
            self._on_export_failed,
            lane=Lane.SCAN,
            on_progress=self.export_progressed.emit,
        )

    def cancel_export(self) -> None:
        """Stop writing; the reports that are written stay."""
        if self._export is not None:
            self._export.cancel()

    def _on_export_failed(self, error: Exception) -> None:
        self._export = None
        self.export_ended.emit()
        self._on_error(error)

    def _on_exported(self, done: SelectionExport, folder: Path) -> None:
        self._export = None
        self.export_ended.emit()
        count = count_text(len(done.written), "report was", "reports were")
        if not done.refused:
            self._say("Exported", f"{count} written to {folder.name}.")
            return
        left = count_text(len(done.refused), "report was", "reports were")
        sentence = f"{count} written, {left} not: {done.refused[0]}"
        self.noticed.emit(Notice(title="Exported", sentence=sentence, severity=Severity.DECIDE))

    def _set_rows(self, rows: tuple[ReportSummary, ...], choices: Choices) -> None:
        self._rows = tuple(self._as_shown(row) for row in rows)
        if choices != self._choices:
            self._choices = choices
            self.choices_changed.emit()
        self.rows_changed.emit()

    def _as_shown(self, row: ReportSummary) -> ReportSummary:
        return _without_name(row) if self._session.hides_names else row

    def _set_since(self, found: tuple[SincePrior, ReportRecord] | None) -> None:
        if found is None:
            self._say("No prior report", "No earlier study of this patient has a signed report.")
            return
        since, record = found
        self._set_reading((self._as_shown(since.row), since.prior), record, since)

    def _set_reading(
        self,
        reading: tuple[ReportSummary, Report] | None,
        record: ReportRecord | None = None,
        since: SincePrior | None = None,
        *,
        shows_revisions: bool = False,
    ) -> None:
        self._reading = reading
        self._record = record or ReportRecord()
        self._since = since
        self._shows_revisions = shows_revisions
        self.reading_changed.emit()

    def _say(self, title: str, sentence: str) -> None:
        self.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.reports:
            self.refresh()

    def _on_error(self, error: Exception) -> None:
        self.noticed.emit(notice_of(error))

    @property
    def _workspace(self) -> Workspace | None:
        return self._session.workspace


def _record_of(workspace: Workspace, report_id: ReportId) -> ReportRecord:
    reporting = workspace.reporting
    report = reporting.load(report_id)
    return ReportRecord(
        differences=reporting.changes(report_id) if report.draft_id is not None else (),
        since_preliminary=reporting.changes_since_preliminary(report_id),
        revisions=reporting.history(report_id),
        drafts=workspace.drafting.drafts(report.study_uid),
    )


def _without_name(row: ReportSummary) -> ReportSummary:
    return replace(row, patient_name="Name hidden", patient_id="", study_date="")
