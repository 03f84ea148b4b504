"""Marks on the films in view, with undo: what the readers see and what is kept of it.

The only owner of marks, calibrations and key images while a study is open. Every change takes
effect at once and is announced for keeping; nobody is asked to save.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import (
    Annotation,
    AnnotationId,
    AnnotationKind,
    Calibration,
    FilmTurn,
    KeyImage,
    Point,
    StudyMarks,
    new_annotation,
)
from engine.domain.study import ImageRef, PixelSpacing, SopUid


class MarkLevel(StrEnum):
    """How much lies on the films; one key goes round."""

    ALL = "all"
    MEASUREMENTS = "measurements"
    NONE = "none"


_NEXT = {
    MarkLevel.ALL: MarkLevel.MEASUREMENTS,
    MarkLevel.MEASUREMENTS: MarkLevel.NONE,
    MarkLevel.NONE: MarkLevel.ALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One change: a mark before and after it; None where there was, or is, none."""

    before: Annotation | None
    after: Annotation | None


class MarksState(QObject):
    """Marks of the studies whose films hang.

    Signals:
        changed: Something on a film changed; read everything anew.
        loaded: What was kept of studies is here now.
        put: `Annotation` to be kept, new or changed.
        removed: `Annotation` to be forgotten.
        calibrated: `Calibration` to be kept.
        key_set: `KeyImage` to be kept.
        key_cleared: `KeyImage` to be forgotten.
        turned: `FilmTurn` to be kept.
    """

    changed = Signal()
    loaded = Signal()
    put = Signal(object)
    removed = Signal(object)
    calibrated = Signal(object)
    key_set = Signal(object)
    key_cleared = Signal(object)
    turned = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.author = ""
        self._marks: dict[AnnotationId, Annotation] = {}
        self._gone: dict[AnnotationId, Annotation] = {}
        self._calibrations: dict[SopUid, Calibration] = {}
        self._keys: dict[SopUid, KeyImage] = {}
        self._turns: dict[SopUid, FilmTurn] = {}
        self._undone: list[_Step] = []
        self._done: list[_Step] = []
        self._selected: AnnotationId | None = None
        self._level = MarkLevel.ALL

    @property
    def level(self) -> MarkLevel:
        """How much is shown."""
        return self._level

    @property
    def selected(self) -> Annotation | None:
        """The mark that keys mean."""
        return None if self._selected is None else self._marks.get(self._selected)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._undone)

    @property
    def key_images(self) -> frozenset[SopUid]:
        """The films marked for the report."""
        return frozenset(self._keys)

    def of_film(self, sop_uid: SopUid) -> tuple[Annotation, ...]:
        """All marks of a film, in the order they were made."""
        return tuple(mark for mark in self._marks.values() if mark.sop_uid == sop_uid)

    def shown_on(self, sop_uid: SopUid) -> tuple[Annotation, ...]:
        """The marks of a film that the level lets through."""
        if self._level is MarkLevel.NONE:
            return ()
        is_all = self._level is MarkLevel.ALL
        return tuple(mark for mark in self.of_film(sop_uid) if is_all or mark.measures)

    def calibration_of(self, sop_uid: SopUid) -> PixelSpacing | None:
        """The spacing that a reader gave a film; None if nobody did."""
        calibration = self._calibrations.get(sop_uid)
        return None if calibration is None else calibration.spacing

    def is_key(self, sop_uid: SopUid) -> bool:
        """Whether a film is marked for the report."""
        return sop_uid in self._keys

    def turn_of(self, sop_uid: SopUid) -> FilmTurn | None:
        """How a reader turned a film; None if it hangs as its file has it."""
        return self._turns.get(sop_uid)

    def turn(self, image: ImageRef, quarter_turns: int, *, mirrored: bool) -> None:
        """Let a film hang so from now on."""
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
        """Forget everything in view: another patient's films come, or none."""
        self._marks, self._calibrations, self._keys, self._turns = {}, {}, {}, {}
        self._done, self._undone, self._selected, self._gone = [], [], None, {}
        self.changed.emit()

    def load(self, kept: Iterable[StudyMarks]) -> None:
        """Add what was kept of studies; what was put on their films meanwhile stays."""
        for study in kept:
            stored = {mark.id: mark for mark in study.annotations}
            self._marks = {**stored, **self._marks}
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
        """A mark of the present reader, not yet added."""
        return new_annotation(
            kind, image, tuple(points), author=self.author, now=datetime.now(UTC), text=text
        )

    def add(self, mark: Annotation) -> None:
        """Put a new mark on its film and select it; hidden marks come to sight."""
        if self._level is MarkLevel.NONE or not mark.measures:
            self._level = MarkLevel.ALL
        self._take(_Step(before=None, after=mark))

    def change(self, mark: Annotation) -> None:
        """Let a mark be what it has become, or add it; nothing happens if it is the same."""
        before = self._marks.get(mark.id)
        if before is None:
            self.add(mark)
        elif before != mark:
            self._take(_Step(before=before, after=mark))

    def link(self, mark: Annotation, sentence_id: str, text: str) -> None:
        """Remember which sentence says what a mark measures, and its words; no step to undo."""
        known = self._marks.get(mark.id)
        if known is not None:
            linked = replace(known, sentence_id=sentence_id, sentence_text=text)
            self._marks[mark.id] = linked
            self.put.emit(linked)

    def remove_selected(self) -> None:
        """Take the selected mark away."""
        if self.selected is not None:
            self._take(_Step(before=self.selected, after=None))

    def select(self, mark_id: AnnotationId | None) -> None:
        """Choose the mark that keys mean, or none."""
        if mark_id != self._selected:
            self._selected = mark_id
            self.changed.emit()

    def let_go(self) -> bool:
        """Select no mark; False if none was selected."""
        had_one = self.selected is not None
        self.select(None)
        return had_one

    def undo(self) -> None:
        """Take the last change back."""
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._apply(before=step.after, after=step.before)

    def redo(self) -> None:
        """Make the change that was taken back again."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._apply(before=step.before, after=step.after)

    def cycle_level(self) -> None:
        """All, measurements only, nothing, and round again."""
        self._level = _NEXT[self._level]
        self.changed.emit()

    def calibrate(self, image: ImageRef, reference_mm: float, spacing: PixelSpacing | None) -> None:
        """Let a film measure by a reference from now on; without a spacing, by its file again."""
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
        """Mark a film for the report, or take that back."""
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

    def _take(self, step: _Step) -> None:
        self._done.append(step)
        self._undone.clear()
        self._apply(before=step.before, after=step.after)

    def _apply(self, *, before: Annotation | None, after: Annotation | None) -> None:
        if after is not None:
            known = self._marks.get(after.id) or self._gone.pop(after.id, None)
            if known is not None:
                # Undo moves the mark, not the reader's sentence about it.
                after = replace(
                    after, sentence_id=known.sentence_id, sentence_text=known.sentence_text
                )
            self._marks[after.id] = after
            self._selected = after.id
            self.put.emit(after)
        elif before is not None:
            gone = self._marks.pop(before.id, before)
            self._gone[gone.id] = gone
            if self._selected == before.id:
                self._selected = None
            self.removed.emit(before)
        self.changed.emit()
