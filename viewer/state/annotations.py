"""Annotations, calibrations and key images of the studies in view, with undo.

This state is their only owner while a study is open. A change takes effect at once and is announced
by a signal to be stored; nobody is asked to save.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import (
    Annotation,
    AnnotationId,
    Calibration,
    FilmTurn,
    KeyImage,
    Point,
    StudyAnnotations,
    new_annotation,
)
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.prior_document import TheirOutline
from engine.domain.study import ImageRef, PixelSpacing, SopUid


class AnnotationLevel(StrEnum):
    """How much of the annotations is shown. One key cycles through the levels."""

    ALL = "all"
    MEASUREMENTS = "measurements"
    NONE = "none"


_NEXT = {
    AnnotationLevel.ALL: AnnotationLevel.MEASUREMENTS,
    AnnotationLevel.MEASUREMENTS: AnnotationLevel.NONE,
    AnnotationLevel.NONE: AnnotationLevel.ALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One undo step: an annotation before and after it; None where it does not exist.

    Attributes:
        at: When it was done, UTC.
    """

    before: Annotation | None
    after: Annotation | None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class AnnotationsState(QObject):
    """Annotations of the studies whose films are in view.

    Signals:
        changed: Something on a film changed; read everything again.
        loaded: The stored annotations of a study have arrived.
        put: `Annotation` to store, new or changed.
        removed: `Annotation` to delete.
        calibrated: `Calibration` to store.
        key_set: `KeyImage` to store.
        key_cleared: `KeyImage` to delete.
        turned: `FilmTurn` to store.
        begun: The reader set the first point of an `AnnotationKind`.
        confirmed: The proposed annotation became the reader's.
    """

    changed = Signal()
    loaded = Signal()
    put = Signal(object)
    removed = Signal(object)
    calibrated = Signal(object)
    key_set = Signal(object)
    key_cleared = Signal(object)
    turned = Signal(object)
    begun = Signal(object)
    confirmed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.author = ""
        self._annotations: dict[AnnotationId, Annotation] = {}
        self._gone: dict[AnnotationId, Annotation] = {}
        self._calibrations: dict[SopUid, Calibration] = {}
        self._keys: dict[SopUid, KeyImage] = {}
        self._turns: dict[SopUid, FilmTurn] = {}
        self._undone: list[_Step] = []
        self._done: list[_Step] = []
        self._selected: AnnotationId | None = None
        self._proposed: Annotation | None = None
        self._level = AnnotationLevel.ALL
        self._theirs: tuple[TheirOutline, ...] = ()

    @property
    def level(self) -> AnnotationLevel:
        """How much of the annotations is shown."""
        return self._level

    @property
    def selected(self) -> Annotation | None:
        """The annotation that keys act on; None if none is selected."""
        return None if self._selected is None else self._annotations.get(self._selected)

    @property
    def proposed(self) -> Annotation | None:
        """What the program proposes; on no film, in no list and stored nowhere until confirmed."""
        return self._proposed

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._done)

    @property
    def last_done_at(self) -> datetime | None:
        """When the change was made that `undo` takes back, UTC; None without one."""
        return self._done[-1].at if self._done else None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone change to redo."""
        return bool(self._undone)

    @property
    def key_images(self) -> frozenset[SopUid]:
        """The films marked as key images."""
        return frozenset(self._keys)

    def of_film(self, sop_uid: SopUid) -> tuple[Annotation, ...]:
        """All annotations of a film, shown or hidden, in the order they were made."""
        return tuple(
            annotation for annotation in self._annotations.values() if annotation.sop_uid == sop_uid
        )

    def shown_on(self, sop_uid: SopUid) -> tuple[Annotation, ...]:
        """The annotations of a film that the current level shows."""
        if self._level is AnnotationLevel.NONE:
            return ()
        is_all = self._level is AnnotationLevel.ALL
        return tuple(
            annotation for annotation in self.of_film(sop_uid) if is_all or annotation.measures
        )

    def show_theirs(self, outlines: tuple[TheirOutline, ...]) -> None:
        """Show what a report of others has on films: no annotation, and stored nowhere."""
        if outlines != self._theirs:
            self._theirs = outlines
            self.changed.emit()

    def theirs_on(self, sop_uid: SopUid) -> tuple[TheirOutline, ...]:
        """Others' outlines on a film, unless the reader hides everything drawn over films."""
        is_shown = self._level is AnnotationLevel.ALL
        return tuple(one for one in self._theirs if is_shown and one.film == sop_uid)

    def calibration_of(self, sop_uid: SopUid) -> PixelSpacing | None:
        """Pixel spacing from a reader's calibration of a film; None if it was not calibrated."""
        calibration = self._calibrations.get(sop_uid)
        return None if calibration is None else calibration.spacing

    def is_key(self, sop_uid: SopUid) -> bool:
        """Whether a film is marked as a key image."""
        return sop_uid in self._keys

    def turn_of(self, sop_uid: SopUid) -> FilmTurn | None:
        """The reader's rotation and mirroring of a film; None if it hangs as its file says."""
        return self._turns.get(sop_uid)

    def turn(self, image: ImageRef, quarter_turns: int, *, mirrored: bool) -> None:
        """Store how a film is turned."""
        turn = FilmTurn(
            study_uid=image.study_uid,
            sop_uid=image.sop_uid,
            quarter_turns=quarter_turns,
            mirrored=mirrored,
        )
        known = self._turns.get(image.sop_uid)
        if turn == known or (known is None and turn.is_none):
            return
        if turn.is_none:
            del self._turns[image.sop_uid]
        else:
            self._turns[image.sop_uid] = turn
        self.turned.emit(turn)

    def clear(self) -> None:
        """Drop everything in view, because other films or none come up."""
        self._annotations, self._calibrations, self._keys, self._turns = {}, {}, {}, {}
        self._done, self._undone, self._selected, self._gone = [], [], None, {}
        self._proposed = None
        self.changed.emit()

    def load(self, kept: Iterable[StudyAnnotations]) -> None:
        """Add the stored annotations of studies. What was drawn on their films meanwhile wins."""
        for study in kept:
            stored = {annotation.id: annotation for annotation in study.annotations}
            self._annotations = {**stored, **self._annotations}
            for calibration in study.calibrations:
                self._calibrations.setdefault(calibration.sop_uid, calibration)
            for key in study.key_images:
                self._keys.setdefault(key.sop_uid, key)
            for turn in study.turns:
                self._turns.setdefault(turn.sop_uid, turn)
        self.changed.emit()
        self.loaded.emit()

    def new(
        self, kind: AnnotationKind, image: ImageRef, points: Iterable[Point], text: str = ""
    ) -> Annotation:
        """Make an annotation by the signed-in reader, without adding it."""
        return new_annotation(
            kind, image, tuple(points), author=self.author, now=datetime.now(UTC), text=text
        )

    def propose(self, annotation: Annotation, proposed_by: str) -> None:
        """Show an annotation as proposed by a model, in place of an earlier proposal."""
        self._proposed = replace(annotation, proposed_by=proposed_by)
        self._show_all_with(annotation)
        self.changed.emit()

    def confirm(self, annotation: Annotation) -> None:
        """Make the proposed annotation the reader's own, as it is or as the reader dragged it."""
        self._proposed = None
        self.add(replace(annotation, author=self.author, created=datetime.now(UTC)))
        self.confirmed.emit()

    def drop_proposal(self) -> bool:
        """Take the proposal away; False if there is none."""
        had_one = self._proposed is not None
        self._proposed = None
        if had_one:
            self.changed.emit()
        return had_one

    def begin(self, kind: AnnotationKind) -> None:
        """The reader sets the first point of an annotation: a proposal of its kind goes."""
        if self._proposed is not None and self._proposed.kind is kind:
            self.drop_proposal()
        self.begun.emit(kind)

    def add(self, annotation: Annotation) -> None:
        """Put a new annotation on its film and select it. A hidden annotation becomes visible."""
        self._show_all_with(annotation)
        self._take(_Step(before=None, after=annotation))

    def change(self, annotation: Annotation) -> None:
        """Replace an annotation by its changed version, or add it; an equal one is no undo step."""
        before = self._annotations.get(annotation.id)
        if self._proposed is not None and self._proposed.id == annotation.id:
            self.confirm(annotation)
        elif before is None:
            self.add(annotation)
        elif before != annotation:
            self._take(_Step(before=before, after=annotation))

    def link(self, annotation: Annotation, sentence_id: str, text: str) -> None:
        """Remember which sentence states the measurement, and its words; not an undo step."""
        known = self._annotations.get(annotation.id)
        if known is not None:
            linked = replace(known, sentence_id=sentence_id, sentence_text=text)
            self._annotations[annotation.id] = linked
            self.put.emit(linked)

    def remove_selected(self) -> None:
        """Delete the selected annotation."""
        if self.selected is not None:
            self._take(_Step(before=self.selected, after=None))

    def select(self, annotation_id: AnnotationId | None) -> None:
        """Select the annotation that keys act on; None selects nothing."""
        if annotation_id != self._selected:
            self._selected = annotation_id
            self.changed.emit()

    def let_go(self) -> bool:
        """Deselect; False if nothing was selected."""
        had_one = self.selected is not None
        self.select(None)
        return had_one

    def undo(self) -> None:
        """Undo the last change."""
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._apply(before=step.after, after=step.before)

    def redo(self) -> None:
        """Redo the change undone last."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._apply(before=step.before, after=step.after)

    def cycle_level(self) -> None:
        """Go from all to measurements only, to none, and back to all."""
        self._level = _NEXT[self._level]
        self.changed.emit()

    def calibrate(self, image: ImageRef, reference_mm: float, spacing: PixelSpacing | None) -> None:
        """Measure a film by a reference of `reference_mm`; without a spacing, by its file again."""
        calibration = Calibration(
            study_uid=image.study_uid,
            sop_uid=image.sop_uid,
            reference_mm=reference_mm,
            spacing=spacing,
            author=self.author,
            created=datetime.now(UTC),
        )
        if spacing is None:
            self._calibrations.pop(image.sop_uid, None)
        else:
            self._calibrations[image.sop_uid] = calibration
        self.calibrated.emit(calibration)
        self.changed.emit()

    def toggle_key(self, image: ImageRef) -> None:
        """Mark a film as a key image, or unmark it."""
        key = self._keys.pop(image.sop_uid, None)
        if key is not None:
            self.key_cleared.emit(key)
        else:
            key = KeyImage(
                study_uid=image.study_uid,
                sop_uid=image.sop_uid,
                author=self.author,
                created=datetime.now(UTC),
            )
            self._keys[image.sop_uid] = key
            self.key_set.emit(key)
        self.changed.emit()

    def _show_all_with(self, annotation: Annotation) -> None:
        if self._level is AnnotationLevel.NONE or not annotation.measures:
            self._level = AnnotationLevel.ALL

    def _take(self, step: _Step) -> None:
        self._done.append(step)
        self._undone.clear()
        self._apply(before=step.before, after=step.after)

    def _apply(self, *, before: Annotation | None, after: Annotation | None) -> None:
        if after is not None:
            known = self._annotations.get(after.id) or self._gone.pop(after.id, None)
            if known is not None:
                # Undo moves the annotation but keeps the sentence that the reader linked to it.
                after = replace(
                    after, sentence_id=known.sentence_id, sentence_text=known.sentence_text
                )
            self._annotations[after.id] = after
            self._selected = after.id
            self.put.emit(after)
        elif before is not None:
            gone = self._annotations.pop(before.id, before)
            self._gone[gone.id] = gone
            if self._selected == before.id:
                self._selected = None
            self.removed.emit(before)
        self.changed.emit()
