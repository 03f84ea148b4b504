"""What the model makes of its sentences when the area that a reader drew is painted out."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation, AnnotationKind
from engine.domain.evidence import Area, KnockOut
from engine.domain.progress import CancelToken, Progress
from engine.domain.report import Draft, ReportSentence, SentenceState
from engine.errors import CancelledError
from viewer.errors import Notice, Severity, notice_of
from viewer.state.marks import MarksState
from viewer.state.report import ReportState
from viewer.state.session import SessionState
from viewer.state.wording import count_text
from viewer.tasks.runner import Lane, TaskRunner

_AREAS = (AnnotationKind.RECTANGLE, AnnotationKind.ELLIPSE)
_NO_AREA = "Select a rectangle or an ellipse on the film first (Shift+O draws one)."
_NO_DRAFT = "There is no draft whose sentences could be asked about."


class KnockOutState(QObject):
    """One question at a time, about the mark that is selected; the answer goes with the mark.

    Signals:
        changed: Asked, progressed, answered, failed or put away; read the properties.
        noticed: `Notice`.
    """

    changed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        session: SessionState,
        report: ReportState,
        marks: MarksState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._session = session
        self._report = report
        self._marks = marks
        self._cancel: CancelToken | None = None
        self._progress: Progress | None = None
        self._asked: tuple[Draft, Annotation] | None = None
        self._found: tuple[KnockOut, ...] = ()
        report.opened.connect(self.put_away)
        report.changed.connect(self._check)
        marks.changed.connect(self._check)

    @property
    def is_running(self) -> bool:
        """Whether the model is at it."""
        return self._cancel is not None

    @property
    def progress(self) -> Progress | None:
        """How far it is; None while nothing runs."""
        return self._progress

    @property
    def summary(self) -> str:
        """The answer in words; empty without one."""
        if not self._found or self._asked is None:
            return ""
        weaker = sum(one.is_weaker for one in self._found)
        told = count_text(len(self._found), "sentence", "sentences")
        shape = self._asked[1].kind.value
        if not weaker:
            return f"Without the {shape}: none of {told} was shown to need it."
        are = "is" if weaker == 1 else "are"
        return f"Without the {shape}: {weaker} of {told} {are} less likely to the model."

    def ask(self) -> None:
        """Ask about the selected mark; nothing happens while a question is open."""
        workspace, draft, mark = self._session.workspace, self._report.draft, self._marks.selected
        if workspace is None or self.is_running:
            return
        if mark is None or mark.kind not in _AREAS:
            self._say(_NO_AREA)
            return
        if draft is None:
            self._say(_NO_DRAFT)
            return
        self._found, self._asked = (), (draft, mark)
        area = _area(mark)
        self._progress = Progress(done=0, total=0, message="Reading the films")
        self._cancel = self._runner.job(
            lambda progress, cancel: workspace.drafting.without_area(
                draft, area, progress=progress, cancel=cancel
            ),
            self._on_found,
            self._on_failed,
            lane=Lane.MODEL,
            on_progress=self._on_progress,
        )
        self.changed.emit()

    def put_away(self) -> None:
        """Stop what runs and forget the answer."""
        if self._cancel is not None:
            self._cancel.cancel()
        if self._asked is not None:
            self._found, self._asked = (), None
            self.changed.emit()

    def words_for(self, sentence: ReportSentence) -> str:
        """The answer about a sentence of the model; empty without one."""
        if self._asked is None or sentence.state is SentenceState.AUTHOR:
            return ""
        draft, mark = self._asked
        for one in self._found:
            if draft.sentences[one.sentence].text == sentence.draft_text:
                shape = mark.kind.value
                return (
                    f"Less likely to the model without the {shape}."
                    if one.is_weaker
                    else f"Not shown to need the {shape}."
                )
        return ""

    def _check(self) -> None:
        """An answer about another draft, or about a mark that is gone or has moved, is none."""
        if self._asked is None:
            return
        draft, mark = self._asked
        there = next((m for m in self._marks.of_film(mark.sop_uid) if m.id == mark.id), None)
        is_same = there is not None and there.points == mark.points
        if not is_same or self._report.draft is not draft:
            self.put_away()

    def _on_progress(self, progress: Progress) -> None:
        if self.is_running:
            self._progress = progress
            self.changed.emit()

    def _on_found(self, found: tuple[KnockOut, ...]) -> None:
        self._cancel = self._progress = None
        if self._asked is not None:
            self._found = found
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._cancel = self._progress = self._asked = None
        self.changed.emit()
        if not isinstance(error, CancelledError):
            self.noticed.emit(notice_of(error))

    def _say(self, sentence: str) -> None:
        self.noticed.emit(
            Notice(title="Without this area", sentence=sentence, severity=Severity.QUIET)
        )


def _area(mark: Annotation) -> Area:
    first, second = mark.points
    return Area(
        film=mark.sop_uid,
        left=min(first.x, second.x),
        top=min(first.y, second.y),
        right=max(first.x, second.x),
        bottom=max(first.y, second.y),
    )
