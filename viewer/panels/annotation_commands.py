"""Effects of the annotation commands, and messages about them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation
from engine.domain.annotation_kind import AnnotationKind, Quantity
from engine.imaging.measurement import frame_of
from engine.imaging.spacing import aspect_of, calibrated_spacing
from viewer.actions import annotation
from viewer.actions.registry import CommandRegistry
from viewer.desk import Desk
from viewer.state.measured_sentences import MeasuredSentences, SentenceOf
from viewer.state.report_undo import LastDone
from viewer.state.viewport import ViewportState

NO_SCALE = (
    "This film has no scale, so lengths are in pixels. Draw along something of known size and "
    "choose “Calibrate by this length” in the menu."
)


class AnnotationCommands(QObject):
    """Binds the commands of `viewer.actions.annotation`.

    Args:
        registry: With the commands added.
        desk: States of the open workspace.
        active: Gives the state of the active viewport.
        sentence_of: Makes an annotation's sentence for the report.

    Signals:
        length_asked: The selected line's present length in words, and a callback for its true
            length in mm.
    """

    length_asked = Signal(str, object)

    def __init__(
        self,
        registry: CommandRegistry,
        desk: Desk,
        active: Callable[[], ViewportState],
        sentence_of: SentenceOf,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._say = desk.notices.say
        self._active = active
        self._has_warned = False
        annotations = desk.annotations
        self._last_done = LastDone(annotations, desk.undo, self)
        registry.bind(annotation.UNDO, self._last_done.undo)
        registry.bind(annotation.REDO, self._last_done.redo)
        registry.bind(annotation.DELETE, annotations.remove_selected)
        registry.bind(annotation.LEVEL, annotations.cycle_level)
        registry.bind(annotation.KEY_IMAGE, self._toggle_key)
        registry.bind(annotation.CALIBRATE, self._calibrate)
        registry.bind(annotation.UNCALIBRATE, self._uncalibrate)
        registry.bind(annotation.TO_REPORT, self._insert)
        self._sentences = MeasuredSentences(annotations, desk.report, desk.undo, sentence_of, self)
        annotations.put.connect(self._tell_about_scale)

    def _insert(self) -> None:
        problem = self._sentences.insert()
        if problem:
            self._say("Measurement", problem)

    def _toggle_key(self) -> None:
        image = self._active().film.image
        if image is not None:
            self._desk.annotations.toggle_key(image)

    def _calibrate(self) -> None:
        state, chosen = self._active(), self._desk.annotations.selected
        image, film = state.film.image, state.film.pixels
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
            # Measured in the shape of the file's pixels, which a calibration keeps.
            spacing = film.spacing
            finer = min(spacing.row_mm, spacing.column_mm)
            drawn = frame_of(film, spacing).distance(*chosen.points) / finer
        if drawn <= 0:
            self._say("Calibrate", "This line has no length. Draw along something of known size.")
            return

        def use(length_mm: float) -> None:
            aspect = aspect_of(film.spacing, film.pixel_aspect)
            spacing = calibrated_spacing(drawn, length_mm, aspect)
            self._desk.annotations.calibrate(image, length_mm, spacing)

        self.length_asked.emit(state.in_view.measured(chosen).lines[0], use)

    def _uncalibrate(self) -> None:
        image = self._active().film.image
        if image is not None and self._desk.annotations.calibration_of(image.sop_uid) is not None:
            self._desk.annotations.calibrate(image, 0.0, None)

    def _tell_about_scale(self, put: Annotation) -> None:
        """Say, once per window, that lengths have no scale on this film, and what to do."""
        state = self._active()
        is_length = put.kind.facts.quantity is Quantity.LENGTH
        if (
            is_length
            and state.in_view.spacing is None
            and state.film.pixels is not None
            and not self._has_warned
        ):
            self._has_warned = True
            self._say("No scale", NO_SCALE)
