"""The open workspace and its states, connected with each other.

Panels and commands read the states and call the methods here; no widget is known here. A desk
exists only while a workspace is open, so its states never have to check for one (decision 21).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.incoming import DraftOutcome
from engine.domain.lifecycle import is_reviewed
from engine.domain.past_reports import ReportQuery
from engine.domain.report import Draft, ReportSentence, ReportStatus
from engine.domain.study import ScanResult, Study, StudyStatus, StudyUid
from engine.services.checking import OpenPoint, open_points
from viewer.errors import NoticeLevel
from viewer.state.account import AccountState
from viewer.state.administration import AdministrationState
from viewer.state.annotation_keeping import AnnotationKeeping
from viewer.state.annotations import AnnotationsState
from viewer.state.blind_reading import BlindReading
from viewer.state.evidence import EvidenceState
from viewer.state.exporting import ExportingState
from viewer.state.film_watch import FilmWatch
from viewer.state.films import FilmsState
from viewer.state.guards import GuardState
from viewer.state.history import HistoryState, Page
from viewer.state.inbox import InboxState
from viewer.state.job import JobState
from viewer.state.library import LibraryState
from viewer.state.models import ModelsState
from viewer.state.notices import Notices
from viewer.state.occlusion import OcclusionState
from viewer.state.orders import OrdersState
from viewer.state.outbox import OutboxState
from viewer.state.preferences import PreferencesState
from viewer.state.presentations import PresentationsState
from viewer.state.prior_documents import PriorDocumentsState
from viewer.state.ratio_proposal import RatioProposalState
from viewer.state.report import ReportState
from viewer.state.report_undo import ReportUndo
from viewer.state.session import SessionState
from viewer.state.thumbnails import ThumbnailsState
from viewer.state.wording import count_text, date_text, name_of
from viewer.state.writing import WritingState
from viewer.tasks.runner import TaskRunner

if TYPE_CHECKING:
    from engine.services.window_calls import WindowCall
    from engine.services.workspace import Workspace

REFUSED = "Not yet possible"
"""Title of what a report does not let the reader do before something in it is changed."""
_AtHand = tuple[StudyUid | None, tuple[ReportSentence, ...]]


class Desk(QObject):
    """Everything that a window shows of its workspace, without the window.

    Signals:
        redraft_asked: A draft was asked for and there is one already; ask the reader.
        found_aside: Number of studies that a scan found without showing them, uid of the first.

    Args:
        workspace: The open workspace; it stays open as long as the desk lives.
        runner: Runs the states' calls.
        preferences: The user's settings.
        session: The signed-in reader and the model.
        notices: Takes messages to the reader.
    """

    redraft_asked = Signal()
    found_aside = Signal(int, str)

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        preferences: PreferencesState,
        session: SessionState,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.preferences = preferences
        self.session = session
        self.notices = notices
        self._runner = runner
        self._opens_first_study = False
        self._is_found_shown = False
        self._grown: set[StudyUid] = set()
        self._named: WindowCall | None = None
        self._at_hand: _AtHand = (None, ())
        self._when_checked: Callable[[], None] | None = None
        given = (workspace, runner, notices)
        self.library = LibraryState(*given, self)
        self.prior_documents = PriorDocumentsState(*given, self.library, self)
        self.films = FilmsState(*given, self)
        self.annotations = AnnotationsState(self)
        self.annotation_keeping = AnnotationKeeping(*given, self.films, self.annotations, self)
        self.presentations = PresentationsState(*given, self.films, self)
        self.thumbnails = ThumbnailsState(workspace, runner, self.films, self)
        self.report = ReportState(*given, self)
        self.undo = ReportUndo(self.report, notices, self)
        self.exporting = ExportingState(*given, self.report, self)
        self.outbox = OutboxState(workspace, runner, self)
        self.film_watch = FilmWatch(*given, self.films, self.report, self)
        self.job = JobState(*given, self)
        self.blind = BlindReading(preferences, session, self.report, self.job, self)
        self.evidence = EvidenceState(self.report, notices, self)
        self.guards = GuardState(
            runner, self.library, self.report, self.films, self.annotations, self
        )
        self.writing = WritingState(*given, self.library, self.report, self)
        self.orders = OrdersState(*given, self.library, self.report, self)
        self.history = HistoryState(*given, self)
        self.occlusion = OcclusionState(*given, self.report, self.annotations, self)
        self.inbox = InboxState(workspace, runner, preferences, session, self.films, self)
        self.ratio = RatioProposalState(*given, self.films, self.annotations, self)
        self.account = AccountState(*given, session, self)
        self.administration = AdministrationState(*given, self)
        self.models = ModelsState(*given, self)
        self._wire()

    def begin(self, paths: Sequence[Path] = (), *, first_study: bool = False) -> None:
        """Read the contents of the workspace.

        Args:
            paths: Films to add; the first study found is opened.
            first_study: Without paths, whether to open the newest study of the list.
        """
        self._opens_first_study = first_study and not paths
        self.writing.refresh()
        self.library.refresh()
        self.history.refresh()
        self.outbox.begin()
        self._runner.query(self._recovered, self._tell_recovered, self.notices.tell)
        self._watch_orders()
        self.open_paths(paths)
        self.inbox.begin()
        self.models.begin()
        if self.workspace.read_only_error is not None:
            self.notices.tell(self.workspace.read_only_error)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Scan for films and open the first study found.

        If the reader opens or writes something meanwhile, that stays open, and the studies found
        are listed first.
        """
        self._at_hand = self._now_at_hand()
        self.library.add(paths)

    def open_named(self, call: WindowCall) -> None:
        """Open the study that a start of the program names by number.

        If it is not here and films are being scanned, it is looked for again after the scan.
        """
        self._named = call

        def found(uids: tuple[StudyUid, ...]) -> None:
            if self._named is not call:
                return
            if uids:
                self._named = None
                self.open_study(uids[0])
            elif not self.library.is_scanning:
                self._named = None
                kind = "accession number" if call.accession else "UID"
                words = f"No study with this {kind} is in the workspace."
                self.notices.say("Studies", words, NoticeLevel.DECIDE)

        named = self.workspace.library.named
        self._runner.query(
            lambda: named(accession=call.accession, uid=call.study), found, self.notices.tell
        )

    def open_study(self, uid: StudyUid) -> None:
        """Save what is unsaved, then open a study; the open one only if films of it came in."""
        is_open = self.library.study is not None and self.library.study.uid == uid
        if is_open and uid not in self._grown:
            return
        self._grown.discard(uid)
        self.report.flush(
            lambda: self.library.select(uid), lambda _error: self.library.rows_changed.emit()
        )

    def open_neighbour(self, step: int) -> None:
        """Open the next (1) or previous (-1) study of the list."""
        uid = self.library.neighbour(step)
        if uid is not None:
            self.open_study(uid)
        else:
            last = "last" if step > 0 else "first"
            self.notices.say("Studies", f"This is the {last} study of the list.")

    def take_off_list(self, uid: StudyUid) -> None:
        """Hide a study from the list. If it is open, the next one is opened in its place."""
        library = self.library
        if library.study is None or library.study.uid != uid:
            library.take_off(uid)
            return
        other = library.neighbour(1) or library.neighbour(-1)

        def go() -> None:
            if other is not None:
                library.select(other)
            library.take_off(uid)

        self.report.flush(go, self.notices.tell)

    def take_open_study_off_list(self) -> None:
        """Hide the open study from the list."""
        if self.library.study is not None:
            self.take_off_list(self.library.study.uid)

    def go_on(self) -> None:
        """Open the next study after signing, if the reader chose that."""
        if not self.preferences.advance:
            return
        if self.library.neighbour(1) is None:
            self.notices.say("Signed", "That was the last study of the list.")
        else:
            self.open_neighbour(1)

    def toggle_names(self) -> None:
        """Hide patients' names on the screen and in exports, or show them again."""

        def switch() -> None:
            self.session.hide_names(is_on=not self.session.hides_names)
            self.history.close_report()
            self.prior_documents.close_document()
            self.history.refresh()
            self.library.refresh()
            if self.library.study is not None:
                self.library.select(self.library.study.uid)

        self.report.flush(switch, lambda _error: None)

    @property
    def open_points(self) -> tuple[OpenPoint, ...]:
        """What is left to do before the open report can be signed, by the last check."""
        report = self.report.report
        if report is None:
            return ()
        misspelt = (
            (sentence.id, slip.word)
            for sentence in report.kept()
            for slip in self.writing.slips_of(sentence)
        )
        return open_points(report, self.guards.result, misspelt)

    @property
    def open_status(self) -> StudyStatus:
        """Status of the open study by its current report, even if that is not yet saved."""
        report, row = self.report.report, self.library.summary
        if report is not None and report.status is ReportStatus.ADDENDED:
            return StudyStatus.ADDENDED
        if report is not None and report.status is ReportStatus.FINAL:
            return StudyStatus.SIGNED
        if report is not None and is_reviewed(report):
            return StudyStatus.IN_REVIEW
        return row.status if row is not None else StudyStatus.NEW

    def _note_status(self) -> None:
        report, study = self.report.report, self.library.study
        if report is not None and study is not None and report.study_uid == study.uid:
            self.library.note_status(self.open_status)

    @property
    def is_checked(self) -> bool:
        """Whether `open_points` belongs to the current text of the open report."""
        return self.guards.is_current and self.writing.is_current

    def when_checked(self, then: Callable[[], None]) -> None:
        """Call `then` once the current text is checked; opening another report drops it."""
        self._when_checked = then
        self._go_on_if_checked()

    def _go_on_if_checked(self) -> None:
        then = self._when_checked
        if then is not None and self.is_checked:
            self._when_checked = None
            then()

    def _forget_when_checked(self) -> None:
        self._when_checked = None

    def ask_for_draft(self) -> None:
        """Draft the open study; if it has a draft already, ask first."""
        report = self.report.report
        if report is not None and report.is_editable and report.draft_id is not None:
            self.redraft_asked.emit()
        else:
            self.start_draft()

    def start_draft(self) -> None:
        """Draft the open study."""
        report = self.report.report
        if report is None:
            return
        if not report.is_editable:
            self.notices.say("Signed", "This report is signed and cannot take a new draft.")
            return
        self.job.start(report.study_uid)

    def compare_with_prior(self) -> None:
        """Open the patient's last signed report, compared with the current one."""
        if self.report.report is not None:
            self.history.compare_with_prior(self.report.report)

    def read_revisions(self) -> None:
        """Save, then open the current report's revisions."""
        self.report.when_saved(self.history.read_revisions)

    def toggle_changes(self) -> None:
        """Save, then open the current report's changes to its draft, or close them."""
        report, history = self.report.report, self.history
        beside = None if history.reading is None else history.reading[1].id
        if report is not None and beside == report.id and history.page is Page.CHANGES:
            history.close_report()
        else:
            self.report.when_saved(history.read_changes)

    def close(self) -> None:
        """Stop all running work. The caller has flushed the report."""
        self.inbox.close()
        self.job.cancel()
        self.occlusion.dismiss()
        self.ratio.stop()
        self.library.cancel_scan()
        self.report.stop_keeping()
        self.orders.stop()
        self.account.close()

    def _wire(self) -> None:
        self.models.chosen.connect(self.session.refresh_model)
        self.session.user_changed.connect(self._on_user)
        self.library.study_changed.connect(self._on_study)
        self.prior_documents.reading_changed.connect(
            lambda: self.annotations.show_theirs(self.prior_documents.outlines)
        )
        self.library.rows_changed.connect(self._on_rows)
        self.library.first_found.connect(self._on_first_found)
        self.library.scan_finished.connect(self._on_scanned)
        self.report.opened.connect(self._on_report_opened)
        self.report.opened.connect(self._forget_when_checked)
        self.report.changed.connect(self._note_status)
        self.report.changed.connect(lambda: self.notices.withdraw(REFUSED))
        self.library.rows_changed.connect(self._note_status)
        self.guards.changed.connect(self._go_on_if_checked)
        self.writing.changed.connect(self._go_on_if_checked)
        self.preferences.loaded.connect(self._on_report_opened)
        self.preferences.orders_folder_changed.connect(self._watch_orders)
        self.preferences.outbox_changed.connect(self.outbox.deliver)
        self.job.drafted.connect(self.blind.take)
        self.job.drafted.connect(lambda _draft: self.session.refresh_model())
        self.job.changed.connect(self._leave_model_to_reader)
        self.occlusion.changed.connect(self._leave_model_to_reader)
        self.inbox.came.connect(self._on_came)
        self.inbox.settled.connect(self._on_settled)
        # The guards report a moment after the last change, which saves a comparison per letter.
        self.guards.changed.connect(self._compare_again)
        self.annotations.author = self.session.user_name

    def _watch_orders(self) -> None:
        self.orders.watch(self.preferences.orders_folder)

    def _recovered(self) -> tuple[Study, ...]:
        workspace = self.workspace
        return tuple(map(workspace.library.study, workspace.reporting.recovered_studies()))

    def _tell_recovered(self, studies: tuple[Study, ...]) -> None:
        if studies:
            told = ", ".join(
                f"{name_of(study.patient)} {date_text(study.study_date)}" for study in studies
            )
            count = count_text(len(studies), "report", "reports")
            words = f"{count} with text from before a crash. Open and check: {told}."
            self.notices.say("Recovered", words, NoticeLevel.DECIDE)

    def _on_user(self) -> None:
        self.annotations.author = self.session.user_name
        self.writing.refresh()

    def _on_rows(self) -> None:
        if self._opens_first_study and self.library.rows:
            self._opens_first_study = False
            self.open_study(self.library.rows[0].uid)

    def _on_first_found(self, uid: str) -> None:
        """Open the first study found while the scan goes on."""
        if self._now_at_hand() == self._at_hand and self._named is None:
            self._is_found_shown = True
            self.open_study(StudyUid(uid))

    def _on_scanned(self, result: ScanResult) -> None:
        self.presentations.refresh()
        self.prior_documents.refresh()
        if self._named is not None:
            self.open_named(self._named)
        if result.studies and not self._is_found_shown:
            self._on_first_found(result.studies[0].uid)
        count = len(result.studies)
        if count and not self._is_found_shown:
            words = count_text(count, "study stands", "studies stand")
            self.found_aside.emit(count, result.studies[0].uid)
            self.notices.say("Opened", f"{words} at the top of the list.", NoticeLevel.DECIDE)
        elif not count and not result.documents and not result.locked:
            self.notices.say("Opened", _nothing_found(result), NoticeLevel.DECIDE)
        self._is_found_shown = False

    def _leave_model_to_reader(self) -> None:
        is_wanted = self.job.study is not None or self.occlusion.is_running
        self.inbox.give_way(is_on=is_wanted)

    def _on_came(self, uids: tuple[StudyUid, ...]) -> None:
        """List studies that came in; what hangs on the screen stays as it is."""
        self.library.refresh()
        self.presentations.refresh()
        self.prior_documents.refresh()
        study = self.library.study
        if study is not None and study.uid in uids:
            self._grown.add(study.uid)
            self.notices.say("Came in", self.inbox.told_of(study.uid), NoticeLevel.DECIDE)

    def _on_settled(self, outcome: DraftOutcome) -> None:
        """Show what became of a background draft, and put it into the open study's report."""
        if outcome.draft is not None or (outcome.not_drafted and outcome.is_final):
            self.library.note_draft(outcome.study, outcome.not_drafted)
        report = self.report.report
        if outcome.draft is not None:
            self.session.refresh_model()
            if report is not None and report.study_uid == outcome.study:
                self._on_report_opened()

    def _now_at_hand(self) -> _AtHand:
        """The open study and its report's sentences, to see whether the reader did anything."""
        study, report = self.library.study, self.report.report
        return None if study is None else study.uid, () if report is None else report.sentences

    def _on_study(self) -> None:
        study = self.library.study
        self.job.look_at(None if study is None else study.uid)
        self.films.show(study, self.library.priors)
        if study is not None:
            self.report.open_for(study.uid)

    def _on_report_opened(self) -> None:
        """Apply a draft that was finished while another study was open.

        It waits until the preferences are loaded: before that a draft could be shown to a reader
        who reads blind first.
        """
        report = self.report.report
        if report is None or not report.is_editable or report.draft_id is not None:
            return
        if not self.preferences.is_loaded:
            return
        # A blind-first reader gets the draft whatever was written meanwhile. For anybody else it
        # would mix with a report that was begun without it.
        reads_first = self.preferences.blind_first or report.first_reading is not None
        if report.sentences and not reads_first:
            return
        uid, workspace = report.study_uid, self.workspace

        def found(drafts: tuple[Draft, ...]) -> None:
            if drafts:
                self.blind.take(drafts[0])

        def look() -> tuple[Draft, ...]:
            # A report begun again after a withdrawal does not take the withdrawn report's draft.
            others = workspace.past_reports.find(ReportQuery(study_uid=uid))
            has_earlier = any(row.id != report.id for row in others)
            return () if has_earlier else workspace.drafting.drafts(uid)

        self._runner.query(look, found)

    def _compare_again(self) -> None:
        if self.report.report is not None:
            self.history.compare_again(self.report.report)


def _nothing_found(result: ScanResult) -> str:
    """Why there are no films: for a single path its own reason, for more only that."""
    if len(result.skipped) != 1:
        return "No films found."
    (only,) = result.skipped
    return f"No films found. {only.name}: {only.reason}"
