"""Which of the model's sentences become less likely when an area of the film is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.evidence import Area, Occlusion
from engine.domain.progress import CancelToken, Progress
from engine.domain.report import Draft, ReportSentence
from engine.domain.tested import CHANGED, drafted_sentences, standing_sentence
from engine.errors import CancelledError
from viewer.state.annotations import AnnotationsState
from viewer.state.notices import Notices
from viewer.state.report import ReportState
from viewer.state.wording import count_text
from viewer.tasks.runner import Lane, TaskRunner

if TYPE_CHECKING:
    from engine.services.workspace import Workspace

_AREAS = (AnnotationKind.RECTANGLE, AnnotationKind.ELLIPSE)
_TITLE = "Occlude area"
_NO_AREA = "Select a rectangle or an ellipse on the film first (Shift+O draws one)."
_NO_DRAFT = "There is no draft to test."


class OcclusionState(QObject):
    """Runs one occlusion test at a time, on the selected annotation; its result goes with it.

    Signals:
        changed: Started, progressed, finished, failed or dismissed; read the properties.
    """

    changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        runner: TaskRunner,
        notices: Notices,
        report: ReportState,
        annotations: AnnotationsState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._notices = notices
        self._report = report
        self._annotations = annotations
        self._cancel: CancelToken | None = None
        self._progress: Progress | None = None
        self._asked: tuple[Draft, Annotation] | None = None
        self._found: tuple[Occlusion, ...] = ()
        report.opened.connect(self.dismiss)
        report.changed.connect(self._check)
        annotations.changed.connect(self._check)

    @property
    def is_running(self) -> bool:
        """Whether a test is running."""
        return self._cancel is not None

    @property
    def progress(self) -> Progress | None:
        """Progress of the running test; None while nothing runs."""
        return self._progress

    @property
    def summary(self) -> str:
        """The result in words; empty without one."""
        if not self._found or self._asked is None:
            return ""
        weaker = sum(one.is_weaker for one in self._found)
        count = count_text(len(self._found), "sentence", "sentences")
        shape = self._asked[1].kind.value
        if not weaker:
            return f"Without the {shape}: none of {count} was shown to need it."
        are = "is" if weaker == 1 else "are"
        return f"Without the {shape}: {weaker} of {count} {are} less likely to the model."

    def ask(self) -> None:
        """Test the selected annotation; nothing happens while a test runs."""
        draft, annotation = self._report.draft, self._annotations.selected
        if self.is_running:
            return
        if annotation is None or annotation.kind not in _AREAS:
            self._notices.say(_TITLE, _NO_AREA)
            return
        if draft is None:
            self._notices.say(_TITLE, _NO_DRAFT)
            return
        self._found, self._asked = (), (draft, annotation)
        area = _area(annotation)
        self._progress = Progress(done=0, total=0, message="Reading the films")
        self._cancel = self._runner.job(
            lambda progress, cancel: self._workspace.drafting.without_area(
                draft, area, progress=progress, cancel=cancel
            ),
            self._on_found,
            self._on_failed,
            lane=Lane.MODEL,
            on_progress=self._on_progress,
        )
        self.changed.emit()

    def dismiss(self) -> None:
        """Stop a running test and drop its result."""
        if self._cancel is not None:
            self._cancel.cancel()
        if self._asked is not None:
            self._found, self._asked = (), None
            self.changed.emit()

    def words_for(self, sentence: ReportSentence) -> str:
        """The result for one sentence of the draft; empty without one."""
        if self._asked is None or not self._found:
            return ""
        draft, annotation = self._asked
        standing = standing_sentence(draft, sentence)
        if standing is None:
            return CHANGED if drafted_sentences(draft, sentence) else ""
        shape = annotation.kind.value
        is_weaker = any(one.is_weaker for one in self._found if one.sentence == standing)
        return (
            f"Less likely to the model without the {shape}."
            if is_weaker
            else f"Not shown to need the {shape}."
        )

    def _check(self) -> None:
        """Drop the result if the draft was replaced or the annotation moved or was deleted."""
        if self._asked is None:
            return
        draft, annotation = self._asked
        there = next(
            (m for m in self._annotations.of_film(annotation.sop_uid) if m.id == annotation.id),
            None,
        )
        is_same = there is not None and there.points == annotation.points
        if not is_same or self._report.draft is not draft:
            self.dismiss()

    def _on_progress(self, progress: Progress) -> None:
        if self.is_running:
            self._progress = progress
            self.changed.emit()

    def _on_found(self, found: tuple[Occlusion, ...]) -> None:
        self._cancel = self._progress = None
        if self._asked is not None:
            self._found = found
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._cancel = self._progress = self._asked = None
        self.changed.emit()
        if not isinstance(error, CancelledError):
            self._notices.tell(error)


def _area(annotation: Annotation) -> Area:
    first, second = annotation.points
    return Area(
        film=annotation.sop_uid,
        left=min(first.x, second.x),
        top=min(first.y, second.y),
        right=max(first.x, second.x),
        bottom=max(first.y, second.y),
    )
