"""The annotations on the film of one viewport, stored ones and the one being drawn, with values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation
from engine.domain.study import PixelSpacing
from engine.imaging.measure import measure
from engine.imaging.measurement import Frame, Measurement, frame_of
from viewer.state.annotations import AnnotationsState
from viewer.state.film_in_view import FilmInView

PROPOSAL_HINT: Final = (
    "Proposed: Return or a click on a line confirms, a handle can be dragged, Esc drops it"
)
KEPT: Final = 200
"""Cached measurements: viewports are painted far more often than annotations change."""


class AnnotationsInView(QObject):
    """What lies on the film, and the spacing it is measured with.

    Signals:
        changed: The annotation being drawn or dragged changed, or the hint for it.
    """

    changed = Signal()

    def __init__(
        self, film: FilmInView, kept: AnnotationsState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._film = film
        self._kept = kept
        self._in_hand: Annotation | None = None
        self._hint = ""
        self._hides_proposal = False
        self._measured: dict[tuple[Annotation, PixelSpacing | None], Measurement] = {}

    @property
    def in_hand(self) -> Annotation | None:
        """The annotation being drawn or dragged, in its present shape; None if there is none."""
        return self._in_hand

    @property
    def hint(self) -> str:
        """What to do next with the annotation being drawn, or with the one proposed."""
        is_drawing = self._in_hand is not None
        return self._hint if is_drawing or self.proposed is None else PROPOSAL_HINT

    @property
    def proposed(self) -> Annotation | None:
        """The annotation proposed on this film, unless it is being dragged."""
        found, image = self._kept.proposed, self._film.image
        if found is None or image is None or found.sop_uid != image.sop_uid or self._hides_proposal:
            return None
        is_in_hand = self._in_hand is not None and self._in_hand.id == found.id
        return None if is_in_hand else found

    @contextmanager
    def without_proposal(self) -> Iterator[None]:
        """Show no proposal while the film is drawn for a picture."""
        self._hides_proposal = True
        try:
            yield
        finally:
            self._hides_proposal = False

    @property
    def shown(self) -> tuple[Annotation, ...]:
        """The annotations on the film, with the one being drawn in its present shape."""
        if self._film.image is None:
            return ()
        pending = self._in_hand
        kept = self._kept.shown_on(self._film.image.sop_uid)
        if pending is None:
            return kept
        return (*(one for one in kept if one.id != pending.id), pending)

    @property
    def spacing(self) -> PixelSpacing | None:
        """Millimetres per pixel: the reader's calibration, else the file's, else None."""
        image, pixels = self._film.image, self._film.pixels
        if image is None or pixels is None:
            return None
        return self._kept.calibration_of(image.sop_uid) or pixels.spacing

    @property
    def frame(self) -> Frame | None:
        """The plane that annotations are measured in; None without a film."""
        return None if self._film.pixels is None else frame_of(self._film.pixels, self.spacing)

    def measured(self, annotation: Annotation) -> Measurement:
        """Measure an annotation of this film; raises `ValueError` without a film."""
        image, pixels = self._film.image, self._film.pixels
        if image is None or pixels is None:
            raise ValueError("no film to measure on")
        key = (annotation, self.spacing)
        if key not in self._measured:
            if len(self._measured) >= KEPT:
                self._measured.clear()
            self._measured[key] = measure(annotation, pixels, self.spacing, image.view_position)
        return self._measured[key]

    def hold(self, annotation: Annotation | None, hint: str = "") -> None:
        """Show an annotation being drawn, with a hint for the next step; None ends that."""
        if (annotation, hint) != (self._in_hand, self._hint):
            self._in_hand, self._hint = annotation, hint
            self.changed.emit()

    def forget(self) -> None:
        """Drop the annotation being drawn and all cached values, for another film."""
        self._measured.clear()
        self.hold(None)
