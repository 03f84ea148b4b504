"""The workspace's past reports: list, search, and the report opened beside the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.difference import SentenceDifference
from engine.domain.export import ExportForm
from engine.domain.past_reports import ReportQuery, ReportSummary, SelectionExport
from engine.domain.progress import CancelToken
from engine.domain.report import Draft, Report, ReportId
from engine.domain.revisions import RevisionStep
from viewer.errors import NoticeLevel
from viewer.state.notices import Notices
from viewer.state.wording import count_text
from viewer.tasks.changes import ChangeSet
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.past_reports import SincePrior
    from engine.services.workspace import Workspace

_NO_PRIOR = "No earlier study of this patient has a signed report."


class Page(Enum):
    """The page that a past report opens on."""

    TEXT = auto()
    CHANGES = auto()
    REVISIONS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Values offered by the list's filters."""

    findings: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord:
    """How a report came to be.

    Attributes:
        differences: The model's draft against the report; empty without a draft.
        since_preliminary: What changed after the report was signed as preliminary; empty if it was
            not.
        revisions: Oldest first.
        drafts: Every draft of the report's study, newest first.
    """

    differences: tuple[SentenceDifference, ...] = ()
    since_preliminary: tuple[SentenceDifference, ...] = ()
    revisions: tuple[RevisionStep, ...] = ()
    drafts: tuple[Draft, ...] = ()


class HistoryState(QObject):
    """The reports of the workspace, and the one opened for reading.

    Signals:
        rows_changed: Read `rows` and `query`.
        choices_changed: Read `choices`.
        reading_changed: Read `reading`, `record`, `since_prior` and `page`.
        export_progressed: `Progress` of an export.
        export_ended: The export finished, was stopped or failed.
        since_changed: The current report changed after it was compared; read `since_prior`.
    """

    rows_changed = Signal()
    choices_changed = Signal()
    reading_changed = Signal()
    since_changed = Signal()
    export_progressed = Signal(object)
    export_ended = Signal()

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
        self._rows: tuple[ReportSummary, ...] = ()
        self._query = ReportQuery()
        self._choices = Choices()
        self._reading: tuple[ReportSummary, Report] | None = None
        self._record = ReportRecord()
        self._page = Page.TEXT
        self._since: SincePrior | None = None
        self._listing = CancelToken()
        self._export: CancelToken | None = None
        runner.changed.connect(self._on_changed)

    @property
    def rows(self) -> tuple[ReportSummary, ...]:
        """Reports that match the query, newest first."""
        return self._rows

    @property
    def query(self) -> ReportQuery:
        """The query that `rows` answers."""
        return self._query

    @property
    def choices(self) -> Choices:
        """Values offered by the filters."""
        return self._choices

    @property
    def reading(self) -> tuple[ReportSummary, Report] | None:
        """The past report opened for reading, with its row; None if none is open."""
        return self._reading

    @property
    def record(self) -> ReportRecord:
        """How the past report opened for reading came to be."""
        return self._record

    @property
    def page(self) -> Page:
        """The page that the past report opened on."""
        return self._page

    @property
    def since_prior(self) -> SincePrior | None:
        """The current report against the past one, if a comparison was asked for."""
        return self._since

    def search(self, text: str) -> None:
        """List reports whose text or patient matches."""
        self.ask(replace(self._query, text=text.strip()))

    def ask(self, query: ReportQuery) -> None:
        """List reports that match the query."""
        self._query = query
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        query, past = self._query, self._workspace.past_reports
        self._listing.cancel()
        self._listing = self._runner.query(
            lambda: (
                past.find(query),
                Choices(findings=past.finding_names(), authors=past.authors()),
            ),
            lambda found: self._set_rows(*found),
            self._notices.tell,
        )

    def read(self, row: ReportSummary) -> None:
        """Open a past report for reading."""
        workspace = self._workspace
        self._runner.query(
            lambda: (workspace.reporting.load(row.id), _record_of(workspace, row.id)),
            lambda found: self._set_reading((row, found[0]), found[1]),
            self._notices.tell,
        )

    def read_revisions(self, report: Report) -> None:
        """Open the current report's revisions. The caller has saved the report."""
        self._read_in_hand(report, Page.REVISIONS)

    def read_changes(self, report: Report) -> None:
        """Open the current report's changes to its draft. The caller has saved the report."""
        self._read_in_hand(report, Page.CHANGES)

    def _read_in_hand(self, report: Report, page: Page) -> None:
        workspace = self._workspace

        def look() -> tuple[ReportSummary, ReportRecord] | None:
            rows = workspace.past_reports.find(ReportQuery(study_uid=report.study_uid))
            row = next((row for row in rows if row.id == report.id), None)
            return None if row is None else (row, _record_of(workspace, report.id))

        def show(found: tuple[ReportSummary, ReportRecord] | None) -> None:
            if page is Page.CHANGES and (found is None or not found[1].differences):
                self._notices.say("No draft", "No draft went into this report.")
                return
            if found is None:
                self._notices.say("No revisions", "This report has not been saved yet.")
                return
            row, record = found
            reading = (row, report)
            self._set_reading(reading, record, page=page)

        self._runner.query(look, show, self._notices.tell)

    def compare_with_prior(self, report: Report) -> None:
        """Open the patient's last signed report, compared with the current report."""
        workspace = self._workspace
        past = workspace.past_reports

        def compare() -> tuple[SincePrior, ReportRecord] | None:
            since = past.since_prior(report)
            return None if since is None else (since, _record_of(workspace, since.row.id))

        self._runner.query(compare, self._set_since, self._notices.tell)

    def compare_again(self, report: Report) -> None:
        """Repeat the comparison with the prior after the current report has changed."""
        before, past = self._since, self._workspace.past_reports
        if before is None:
            return

        def show(now: SincePrior | None) -> None:
            # The reader may have closed the comparison or opened another while this one was made.
            is_same = now is not None and now.row.id == before.row.id and self._since is before
            if now is not None and is_same and now.difference != before.difference:
                self._since = now
                self.since_changed.emit()

        self._runner.query(lambda: past.since_prior(report), show, self._notices.tell)

    def close_report(self) -> None:
        """Close the past report."""
        self._set_reading(None)

    def export(self, report_ids: Sequence[ReportId], folder: Path, form: ExportForm) -> None:
        """Write reports into a folder; nothing happens while an export runs."""
        if not report_ids or self._export is not None:
            return
        wanted = tuple(report_ids)
        self._export = self._runner.job(
            lambda progress, cancel: self._workspace.past_reports.export(
                wanted, folder, form, progress=progress, cancel=cancel
            ),
            lambda done: self._on_exported(done, folder),
            self._on_export_failed,
            lane=Lane.SCAN,
            on_progress=self.export_progressed.emit,
        )

    def cancel_export(self) -> None:
        """Stop the export. Reports already written stay."""
        if self._export is not None:
            self._export.cancel()

    def _on_export_failed(self, error: Exception) -> None:
        self._export = None
        self.export_ended.emit()
        self._notices.tell(error)

    def _on_exported(self, done: SelectionExport, folder: Path) -> None:
        self._export = None
        self.export_ended.emit()
        count = count_text(len(done.written), "report was", "reports were")
        if not done.refused:
            self._notices.say("Exported", f"{count} written to {folder.name}.")
            return
        left = count_text(len(done.refused), "report was", "reports were")
        sentence = f"{count} written, {left} not: {done.refused[0]}"
        self._notices.say("Exported", sentence, NoticeLevel.DECIDE)

    def _set_rows(self, rows: tuple[ReportSummary, ...], choices: Choices) -> None:
        self._rows = rows
        if choices != self._choices:
            self._choices = choices
            self.choices_changed.emit()
        self.rows_changed.emit()

    def _set_since(self, found: tuple[SincePrior, ReportRecord] | None) -> None:
        if found is None:
            self._notices.say(
                "No prior report", "No earlier study of this patient has a signed report."
            )
            return
        since, record = found
        self._set_reading((since.row, since.prior), record, since)

    def _set_reading(
        self,
        reading: tuple[ReportSummary, Report] | None,
        record: ReportRecord | None = None,
        since: SincePrior | None = None,
        *,
        page: Page = Page.TEXT,
    ) -> None:
        self._reading = reading
        self._record = record or ReportRecord()
        self._since = since
        self._page = page
        self.reading_changed.emit()

    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.reports:
            self.refresh()


def _record_of(workspace: Workspace, report_id: ReportId) -> ReportRecord:
    reporting = workspace.reporting
    report = reporting.load(report_id)
    return ReportRecord(
        differences=reporting.changes(report_id) if report.draft_id is not None else (),
        since_preliminary=reporting.changes_since_preliminary(report_id),
        revisions=reporting.history(report_id),
        drafts=workspace.drafting.drafts(report.study_uid),
    )
