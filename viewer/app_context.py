"""The states of one window, wired to each other: what follows from what.

Panels and actions read the states and call the verbs here; no widget is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.domain.past_reports import ReportQuery
from engine.domain.report import Draft, Report
from engine.domain.study import ScanResult, StudyUid
from viewer.errors import Notice, Severity, notice_of
from viewer.state.about import Part, installed_parts
from viewer.state.blind_reading import BlindReading
from viewer.state.evidence import EvidenceState
from viewer.state.film_watch import FilmWatch
from viewer.state.films import FilmsState
from viewer.state.guards import GuardState
from viewer.state.history import HistoryState
from viewer.state.job import JobState
from viewer.state.knock_out import KnockOutState
from viewer.state.library import LibraryState
from viewer.state.mark_keeping import MarkKeeping
from viewer.state.marks import MarksState
from viewer.state.measured_facts import measured_facts
from viewer.state.preferences import PreferencesState
from viewer.state.presentations import PresentationsState
from viewer.state.prior_documents import PriorDocumentsState
from viewer.state.report import ReportState
from viewer.state.session import SessionStage, SessionState
from viewer.state.thumbnails import ThumbnailsState
from viewer.state.wording import percent_text
from viewer.state.writing import WritingState
from viewer.tasks.changes import NOTHING
from viewer.tasks.runner import TaskRunner


class AppContext(QObject):
    """Everything a window shows, without the window.

    Signals:
        noticed: `Notice`, from whichever state.
    """

    noticed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = TaskRunner(self)
        self.preferences = PreferencesState(self.runner, self)
        self.session = SessionState(self.runner, self)
        self.library = LibraryState(self.runner, self.session, self)
        self.prior_documents = PriorDocumentsState(self.runner, self.session, self.library, self)
        self.films = FilmsState(self.runner, self.session, self)
        self.marks = MarksState(self)
        self.mark_keeping = MarkKeeping(self.runner, self.session, self.films, self.marks, self)
        self.presentations = PresentationsState(self.runner, self.session, self.films, self)
        self.thumbnails = ThumbnailsState(self.runner, self.session, self.films, self)
        self.report = ReportState(self.runner, self.session, self)
        self.film_watch = FilmWatch(self.runner, self.session, self.films, self.report, self)
        self.job = JobState(self.runner, self.session, self)
        self.blind = BlindReading(
            self.preferences, self.session, self.report, self.job, self._show_draft, self
        )
        self.evidence = EvidenceState(self.report, self)
        self.guards = GuardState(
            self.runner,
            self.library,
            self.report,
            self,
            measured=lambda study: measured_facts(self.films, self.marks, study),
        )
        self.writing = WritingState(self.runner, self.session, self.library, self.report, self)
        self.history = HistoryState(self.runner, self.session, self)
        self.knock_out = KnockOutState(self.runner, self.session, self.report, self.marks, self)
        self._first_paths: tuple[Path, ...] = ()
        self._opens_first_study = False
        self._wire()

    def open_when_ready(self, paths: Sequence[Path], *, first_study: bool) -> None:
        """What to do once the workspace is open.

        Args:
            paths: Films to add; the first study found is opened.
            first_study: Without paths, whether to open the newest study of the list.
        """
        self._first_paths = tuple(paths)
        self._opens_first_study = first_study

    def open_study(self, uid: StudyUid) -> None:
        """Open a study, after what is unsaved has been saved."""
        if self.library.study is not None and self.library.study.uid == uid:
            return
        self.report.flush(
            lambda: self.library.select(uid), lambda _error: self.library.rows_changed.emit()
        )

    def open_neighbour(self, step: int) -> None:
        """Open the next (1) or previous (-1) study of the list."""
        uid = self.library.neighbour(step)
        if uid is not None:
            self.open_study(uid)
        else:
            self._say(
                "Studies", f"This is the {'last' if step > 0 else 'first'} study of the list."
            )

    def go_on(self) -> None:
        """A report was signed: open the next study, if that is what the reader chose."""
        if not self.preferences.advance:
            return
        if self.library.neighbour(1) is None:
            self._say("Signed", "That was the last study of the list.")
        else:
            self.open_neighbour(1)

    def toggle_names(self) -> None:
        """Hide who the patients are on the screen and in exports, or show it again."""

        def switch() -> None:
            self.session.hide_names(is_on=not self.session.hides_names)
            self.history.put_away()
            self.prior_documents.put_away()
            self.history.refresh()
            self.library.refresh()
            if self.library.study is not None:
                self.library.select(self.library.study.uid)

        self.report.flush(switch, lambda _error: None)

    def start_draft(self) -> None:
        """Draft the open study."""
        report = self.report.report
        if report is None:
            return
        if not report.is_editable:
            self._say("Signed", "This report is signed and cannot take a new draft.")
            return
        self.job.start(report.study_uid)

    def export_pdf(self, to: Path, on_done: Callable[[Path], None] | None = None) -> None:
        """Save, then write the open report as PDF."""

        def done(path: Path) -> None:
            self._say("Exported", f"The report was written to {path.name}.")
            if on_done is not None:
                on_done(path)

        self._hand_over(lambda report: self._start_pdf(report, to, done))

    def export_as(self, to: Path, form: str) -> None:
        """Save, then write the open report in another form, by the value of its `ExportForm`."""

        def done(path: Path) -> None:
            self._say("Exported", f"The report was written to {path.name}.")

        def start(report: Report) -> None:
            workspace = self.session.workspace
            if workspace is not None:
                export = workspace.exporting.export_named
                self.runner.change(lambda: export(report, to, form), NOTHING, done)

        self._hand_over(start)

    def copy_text(self, on_text: Callable[[str], None]) -> None:
        """Save, then give the open report as plain text."""

        def start(report: Report) -> None:
            workspace = self.session.workspace
            if workspace is not None:
                self.runner.change(
                    lambda: workspace.exporting.clipboard_text(report),
                    NOTHING,
                    on_text,
                    self.tell_error,
                )

        self._hand_over(start)

    def step_report_size(self, step: int) -> None:
        """Show reports in larger (1) or smaller (-1) words, and say how large they are."""
        self.preferences.step_report_scale(step)
        self._say("Size", f"Report text is {percent_text(self.preferences.report_scale)}.")

    def compare_with_prior(self) -> None:
        """Read the patient's last signed report beside, against the report in hand."""
        if self.report.report is not None:
            self.history.compare_with_prior(self.report.report)

    def read_revisions(self) -> None:
        """Save, then read the open report beside at its revisions."""
        self._hand_over(self.history.read_revisions)

    def toggle_changes(self) -> None:
        """Save, then read the open report beside at its changes to the draft, or put that away."""
        report, history = self.report.report, self.history
        beside = None if history.reading is None else history.reading[1].id
        if report is not None and beside == report.id and not history.shows_revisions:
            history.put_away()
        else:
            self._hand_over(history.read_changes)

    def read_about(self, on_parts: Callable[[tuple[Part, ...]], None]) -> None:
        """Look up which parts run here, in which versions and under which licences."""
        workspace = self.session.workspace

        def look_up() -> tuple[Part, ...]:
            of_database = workspace.versions() if workspace is not None else {}
            stored = (Part(name=name, version=number) for name, number in of_database.items())
            return (*installed_parts(), *stored)

        self.runner.query(look_up, on_parts, self.tell_error)

    def close(self) -> None:
        """End all work and close the workspace; whoever calls flushed the report."""
        self.job.cancel()
        self.knock_out.put_away()
        self.library.cancel_scan()
        self.runner.shut_down()
        self.session.close()

    def _wire(self) -> None:
        self.marks.changed.connect(self.guards.look_again)
        self.films.film_changed.connect(lambda _index: self.guards.look_again())
        self.session.stage_changed.connect(self._on_stage)
        self.session.failed.connect(self.noticed)
        self.library.study_changed.connect(self._on_study)
        self.library.rows_changed.connect(self._on_rows)
        self.library.first_found.connect(self._on_first_found)
        self.library.scan_finished.connect(self._on_scanned)
        self.report.opened.connect(self._on_report_opened)
        self.preferences.loaded.connect(self._on_report_opened)
        self.job.drafted.connect(self._on_drafted)
        # The guards speak a moment after the last change: no comparison at every letter.
        self.guards.changed.connect(self._compare_again)
        self.runner.failed.connect(self.tell_error)
        for state in (
            self.library,
            self.films,
            self.preferences,
            self.mark_keeping,
            self.presentations,
            self.prior_documents,
            self.report,
            self.film_watch,
            self.job,
            self.writing,
            self.history,
            self.evidence,
            self.knock_out,
        ):
            state.noticed.connect(self.noticed)
        self.preferences.scale_changed.connect(self._on_scale)

    def _on_scale(self, scale: float) -> None:
        size = percent_text(scale)
        self._say("Size", f"Words and buttons are {size} from the next start on.")

    def _on_stage(self, stage: SessionStage) -> None:
        if stage is not SessionStage.OPEN:
            return
        self.library.refresh()
        self.history.refresh()
        if self._first_paths:
            self.library.add(self._first_paths)

    def _on_rows(self) -> None:
        if self._opens_first_study and not self._first_paths and self.library.rows:
            self._opens_first_study = False
            self.open_study(self.library.rows[0].uid)

    def _on_first_found(self, uid: str) -> None:
        """Show something at once, while the scan goes on."""
        if self.library.study is None or self._first_paths:
            self.open_study(StudyUid(uid))
        self._first_paths = ()

    def _on_scanned(self, result: ScanResult) -> None:
        self.presentations.refresh()
        self.prior_documents.refresh()
        if result.studies and (self.library.study is None or self._first_paths):
            self.open_study(result.studies[0].uid)
        self._first_paths = ()

    def _on_study(self) -> None:
        study = self.library.study
        self.films.show(study, self.library.priors)
        if study is not None:
            self.report.open_for(study.uid)

    def _on_report_opened(self) -> None:
        """A draft that was finished while another study was open finds its report.

        Not before it is known whether this reader reads first: a draft would be shown early.
        """
        report, workspace = self.report.report, self.session.workspace
        if report is None or workspace is None or not report.is_editable:
            return
        if report.draft_id is not None or not self.preferences.is_loaded:
            return
        # To somebody who reads first the draft is owed, whatever else was written meanwhile.
        reads_first = self.preferences.blind_first or report.first_reading is not None
        if report.sentences and not reads_first:
            return
        uid = report.study_uid

        def found(drafts: tuple[Draft, ...]) -> None:
            if drafts:
                self._on_drafted(drafts[0])

        def look() -> tuple[Draft, ...]:
            # A report that was begun anew does not take the draft of the withdrawn one.
            others = workspace.past_reports.find(ReportQuery(study_uid=uid))
            is_anew = any(row.id != report.id for row in others)
            return () if is_anew else workspace.drafting.drafts(uid)

        self.runner.query(look, found)

    def _on_drafted(self, draft: Draft) -> None:
        report = self.report.report
        if report is not None and report.study_uid == draft.study_uid and report.is_editable:
            self.blind.take(draft)

    def _show_draft(self, draft: Draft) -> None:
        self.report.apply_draft(draft)

    def _compare_again(self) -> None:
        if self.report.report is not None:
            self.history.compare_again(self.report.report)

    def _hand_over(self, start: Callable[[Report], None]) -> None:
        def go() -> None:
            if self.report.report is not None:
                start(self.report.report)

        self.report.flush(go, lambda _error: None)

    def _start_pdf(self, report: Report, to: Path, done: Callable[[Path], None]) -> None:
        workspace = self.session.workspace
        if workspace is not None:
            self.runner.change(
                lambda: workspace.exporting.pdf(report, to), NOTHING, done, self.tell_error
            )

    def _say(self, title: str, sentence: str) -> None:
        self.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))

    def tell_error(self, error: Exception) -> None:
        """Say what went wrong, in the status line."""
        self.noticed.emit(notice_of(error))
