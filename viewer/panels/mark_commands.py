"""What the commands about marks do, and what is said to the reader meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation, AnnotationKind
from engine.imaging.measure import frame_of
from engine.imaging.spacing import aspect_of, calibrated_spacing
from viewer.actions import mark
from viewer.actions.registry import CommandRegistry
from viewer.app_context import AppContext
from viewer.errors import Notice, Severity
from viewer.state.measured_sentences import MeasuredSentences, SentenceOf
from viewer.state.viewport import ViewportState

NO_SCALE = (
    "This film has no scale, so lengths are in pixels. Draw along something of known size and "
    "choose “Calibrate by this length” in the menu."
)


class MarkCommands(QObject):
    """Binds the commands of `viewer.actions.mark`.

    Args:
        registry: With the commands added.
        active: Gives the view that commands mean.
        sentence_of: Gives a mark's sentence for the report.

    Signals:
        length_asked: The selected line's length as it is now, in words, and what to call with its
            true length in mm.
    """

    length_asked = Signal(str, object)

    def __init__(
        self,
        registry: CommandRegistry,
        context: AppContext,
        active: Callable[[], ViewportState],
        sentence_of: SentenceOf,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._active = active
        self._told = False
        marks = context.marks
        registry.bind(mark.UNDO, marks.undo)
        registry.bind(mark.REDO, marks.redo)
        registry.bind(mark.DELETE, marks.remove_selected)
        registry.bind(mark.LEVEL, marks.cycle_level)
        registry.bind(mark.KEY_IMAGE, self._toggle_key)
        registry.bind(mark.CALIBRATE, self._calibrate)
        registry.bind(mark.UNCALIBRATE, self._uncalibrate)
        registry.bind(mark.TO_REPORT, self._insert)
        self._sentences = MeasuredSentences(marks, context.report, sentence_of, self)
        marks.put.connect(self._tell_about_scale)

    def _insert(self) -> None:
        problem = self._sentences.insert()
        if problem:
            self._say("Measurement", problem)

    def _toggle_key(self) -> None:
        image = self._active().image
        if image is not None:
            self._context.marks.toggle_key(image)

    def _calibrate(self) -> None:
        state, chosen = self._active(), self._context.marks.selected
        image, film = state.image, state.pixels
        if image is None or film is None:
            return
        if image.is_picture:
            self._say("Calibrate", "A picture file has no millimetres, and none are invented.")
            return
        is_line = chosen is not None and chosen.kind is AnnotationKind.LENGTH
        if chosen is None or not is_line or chosen.sop_uid != image.sop_uid:
            self._say("Calibrate", "Select a length on this film first.")
            return
        drawn = frame_of(film, None).distance(*chosen.points)
        if film.spacing is not None:
            # In the frame of the file's pixel shape, which a calibration keeps.
            spacing = film.spacing
            finer = min(spacing.row_mm, spacing.column_mm)
            drawn = frame_of(film, spacing).distance(*chosen.points) / finer
        if drawn <= 0:
            self._say("Calibrate", "This line has no length. Draw along something of known size.")
            return

        def use(length_mm: float) -> None:
            aspect = aspect_of(film.spacing, film.pixel_aspect)
            spacing = calibrated_spacing(drawn, length_mm, aspect)
            self._context.marks.calibrate(image, length_mm, spacing)

        self.length_asked.emit(state.measured(chosen).lines[0], use)

    def _uncalibrate(self) -> None:
        image = self._active().image
        if image is not None and self._context.marks.calibration_of(image.sop_uid) is not None:
            self._context.marks.calibrate(image, 0.0, None)

    def _tell_about_scale(self, put: Annotation) -> None:
        """Once a window: a length on a film without a scale, and what to do about it."""
        state = self._active()
        is_length = put.kind is AnnotationKind.LENGTH
        if is_length and state.spacing is None and state.pixels is not None and not self._told:
            self._told = True
            self._say("No scale", NO_SCALE)

    def _say(self, title: str, sentence: str) -> None:
        self._context.noticed.emit(Notice(title=title, sentence=sentence, severity=Severity.QUIET))
