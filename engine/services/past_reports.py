"""Past reports: find them, compare one with its patient's last, and hand out a selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.domain.past_reports import ReportQuery, ReportSummary, SelectionExport
from engine.domain.prior_difference import PriorDifference
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Report, ReportId, ReportStatus
from engine.domain.study import StudyUid
from engine.errors import ExportError, NegatoscopeError, NotFoundError
from engine.report.findings import categories, findings_in
from engine.report.prior_difference import prior_difference
from engine.services.exporting import ExportForm, Exporting
from engine.storage.searching import PastReport, past_reports, report_authors
from engine.storage.unit_of_work import Store, UnitOfWork

SELECTION_FORMS = {
    ExportForm.PDF: ".pdf",
    ExportForm.TEXT: ".txt",
    ExportForm.JSON: ".json",
}
"""Forms of a selection, and how their files' names end."""
_SIGNED = (ReportStatus.FINAL, ReportStatus.ADDENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SincePrior:
    """A report beside the newest signed one of an earlier study.

    Attributes:
        row: Of the earlier report.
    """

    row: ReportSummary
    prior: Report
    difference: PriorDifference


class PastReports:
    """Questions about all reports. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        exporting: Writes each of a selection.
    """

    def __init__(self, store: Store, exporting: Exporting) -> None:
        self._store = store
        self._exporting = exporting

    def find(self, query: ReportQuery | None = None) -> tuple[ReportSummary, ...]:
        """Reports that match, the one changed last first."""
        asked = query or ReportQuery()
        with self._store.look() as unit:
            found = past_reports(unit.session, asked)
            rows = (past.row for past in found if _speaks_of(past.report, asked))
            return tuple(islice(rows, asked.limit))

    def authors(self) -> tuple[str, ...]:
        """Everybody who wrote a report."""
        with self._store.look() as unit:
            return report_authors(unit.session)

    def finding_names(self) -> tuple[str, ...]:
        """What can be asked for as a finding."""
        return tuple(sorted(categories(), key=str.casefold))

    def since_prior(self, report: Report) -> SincePrior | None:
        """The report against the newest signed report of an earlier study; None if there is none.

        The linked prior comes first, then the other earlier studies of the patient.
        """
        with self._store.look() as unit:
            linked = [report.prior_uid] if report.prior_uid is not None else []
            earlier = [study.uid for study in unit.studies.priors(report.study_uid)]
            for uid in (*linked, *earlier):
                past = _newest_signed(unit, uid)
                if past is not None:
                    return SincePrior(
                        row=past.row,
                        prior=past.report,
                        difference=prior_difference(past.report, report),
                    )
        return None

    def export(
        self,
        report_ids: Sequence[ReportId],
        folder: Path,
        form: ExportForm,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> SelectionExport:
        """Write each report of a selection into the folder; each is logged like a single one.

        File names carry the report's id, never a name. One that cannot be written does not keep
        the others back. Raises `ExportError` if the folder cannot be written to, and
        `CancelledError` between two reports.
        """
        if form not in SELECTION_FORMS:
            raise ExportError("A selection is written as PDF, text or JSON.")
        _require_folder(folder)
        written: list[str] = []
        refused: list[str] = []
        for number, report_id in enumerate(report_ids):
            if cancel is not None:
                cancel.raise_if_cancelled()
            count = len(report_ids)
            progress(Progress(done=number, total=count, message=f"{number} of {count} written"))
            name = f"report-{report_id}{SELECTION_FORMS[form]}"
            try:
                self._exporting.export(self._load(report_id), folder / name, form)
                written.append(name)
            except NegatoscopeError as error:
                refused.append(error.message)
        return SelectionExport(written=tuple(written), refused=tuple(refused))

    def export_named(
        self,
        report_ids: Sequence[ReportId],
        folder: Path,
        form: str,
        *,
        progress: ProgressSink,
        cancel: CancelToken,
    ) -> SelectionExport:
        """`export` by the form's value."""
        return self.export(report_ids, folder, ExportForm(form), progress=progress, cancel=cancel)

    def _load(self, report_id: ReportId) -> Report:
        with self._store.look() as unit:
            report = unit.reports.stored(report_id)
        if report is None:
            raise NotFoundError("This report is not in the workspace.")
        return report


def _newest_signed(unit: UnitOfWork, uid: StudyUid) -> PastReport | None:
    found = past_reports(unit.session, ReportQuery(study_uid=uid))
    return next((past for past in found if past.row.status in _SIGNED), None)


def _speaks_of(report: Report, query: ReportQuery) -> bool:
    if not query.finding:
        return True
    return any(
        finding.category == query.finding and query.polarity in (None, finding.polarity)
        for sentence in report.kept()
        for finding in findings_in(sentence.text)
    )


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder cannot be written to.", what_to_do="Choose one that you may write to."
        ) from error
