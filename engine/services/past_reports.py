"""Past reports: find them, compare one with the patient's last report, export a selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.export import SELECTION_FORMS, ExportForm
from engine.domain.past_reports import ReportQuery, ReportSummary, SelectionExport
from engine.domain.prior_difference import PriorDifference
from engine.domain.progress import CancelToken, Progress, ProgressSink, ignore_progress
from engine.domain.report import Report, ReportId, ReportStatus
from engine.domain.study import StudyUid
from engine.errors import ExportError, NegatoscopeError, NotFoundError
from engine.language.findings import all_categories
from engine.language.prior_difference import prior_difference
from engine.services.exporting import Exporting
from engine.storage.unit_of_work import Store, UnitOfWork

_SIGNED = (ReportStatus.FINAL, ReportStatus.ADDENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SincePrior:
    """A report beside the newest signed report of an earlier study.

    Attributes:
        row: The earlier report's row in the list.
    """

    row: ReportSummary
    prior: Report
    difference: PriorDifference


class PastReports:
    """Searches over all reports. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
        exporting: Writes each report of a selection.
        hides_names: Whether rows are handed out without what names their patients.
    """

    def __init__(self, store: Store, exporting: Exporting, hides_names: Callable[[], bool]) -> None:
        self._store = store
        self._exporting = exporting
        self._hides_names = hides_names

    def find(self, query: ReportQuery | None = None) -> tuple[ReportSummary, ...]:
        """Reports that match, most recently changed first."""
        with self._store.look() as unit:
            return tuple(map(self._shown, unit.searches.reports(query or ReportQuery())))

    def authors(self) -> tuple[str, ...]:
        """Everybody who wrote a report."""
        with self._store.look() as unit:
            return unit.searches.authors()

    def finding_names(self) -> tuple[str, ...]:
        """The findings that can be searched for, sorted by name."""
        return tuple(sorted(all_categories(), key=str.casefold))

    def since_prior(self, report: Report) -> SincePrior | None:
        """The report compared with the newest signed report of an earlier study, or None.

        The linked prior is tried first, then the patient's other earlier studies, newest first.
        """
        with self._store.look() as unit:
            linked = [report.prior_uid] if report.prior_uid is not None else []
            earlier = [study.uid for study in unit.studies.priors(report.study_uid)]
            for uid in (*linked, *earlier):
                row = _newest_signed(unit, uid)
                prior = None if row is None else unit.reports.stored(row.id)
                if row is not None and prior is not None:
                    return SincePrior(
                        row=self._shown(row),
                        prior=prior,
                        difference=prior_difference(prior, report),
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
        """Write each report of a selection into the folder; each export is recorded separately.

        File names carry the report's id, never a name. A report that cannot be written does not
        stop the others. Raises `ExportError` if the folder cannot be written to, and
        `CancelledError` between two reports.
        """
        if form not in SELECTION_FORMS:
            *most, last = (one.facts.many for one in SELECTION_FORMS)
            raise ExportError(f"A selection is written as {', '.join(most)} or {last}.")
        _require_folder(folder)
        written: list[str] = []
        refused: list[str] = []
        for number, report_id in enumerate(report_ids):
            if cancel is not None:
                cancel.raise_if_cancelled()
            count = len(report_ids)
            progress(Progress(done=number, total=count, message=f"{number} of {count} written"))
            name = f"report-{report_id}{form.facts.suffix}"
            try:
                self._exporting.export(self._load(report_id), folder / name, form)
                written.append(name)
            except NegatoscopeError as error:
                refused.append(error.message)
        return SelectionExport(written=tuple(written), refused=tuple(refused))

    def _shown(self, row: ReportSummary) -> ReportSummary:
        return row.without_name() if self._hides_names() else row

    def _load(self, report_id: ReportId) -> Report:
        with self._store.look() as unit:
            report = unit.reports.stored(report_id)
        if report is None:
            raise NotFoundError("This report is not in the workspace.")
        return report


def _newest_signed(unit: UnitOfWork, uid: StudyUid) -> ReportSummary | None:
    found = unit.searches.reports(ReportQuery(study_uid=uid))
    return next((row for row in found if row.status in _SIGNED), None)


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder cannot be written to.", what_to_do="Choose one that you may write to."
        ) from error
