"""Marks, calibrations, key images and turns: kept at once, each change a transaction of its own."""

from __future__ import annotations

from engine.domain.annotation import Annotation, Calibration, FilmTurn, KeyImage, StudyMarks
from engine.domain.audit import AuditAction
from engine.domain.study import SopUid, StudyUid
from engine.storage.unit_of_work import Store


class Marking:
    """What readers put on films. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def marks(self, uid: StudyUid) -> StudyMarks:
        """Everything on the films of a study."""
        with self._store.look() as unit:
            return unit.marks.of_study(uid)

    def put(self, mark: Annotation) -> None:
        """Keep a new or changed mark; raises `NotFoundError` if its study is not here."""
        with self._store.change() as unit:
            unit.studies.get(mark.study_uid)
            unit.marks.put(mark)

    def remove(self, mark: Annotation) -> None:
        """Forget a mark."""
        with self._store.change() as unit:
            unit.marks.remove(mark.id)

    def calibrate(self, calibration: Calibration) -> None:
        """Let a film measure by the reader's reference; it goes into the audit trail."""
        spacing = calibration.spacing
        details = {
            "film": calibration.sop_uid,
            "reference_mm": calibration.reference_mm,
            "row_mm": spacing.row_mm if spacing else None,
            "column_mm": spacing.column_mm if spacing else None,
        }
        with self._store.change() as unit:
            unit.studies.get(calibration.study_uid)
            unit.marks.calibrate(calibration)
            unit.audit.record(AuditAction.FILM_CALIBRATED, calibration.study_uid, details)

    def turn(self, turn: FilmTurn) -> None:
        """Let a film hang so at its next opening."""
        with self._store.change() as unit:
            unit.studies.get(turn.study_uid)
            unit.marks.turn(turn)

    def set_key(self, key: KeyImage) -> None:
        """Mark a film for the report."""
        with self._store.change() as unit:
            unit.studies.get(key.study_uid)
            unit.marks.set_key(key)

    def key_images(self, uid: StudyUid) -> tuple[SopUid, ...]:
        """Films of a study that were marked for the report."""
        return tuple(key.sop_uid for key in self.marks(uid).key_images)

    def clear_key(self, uid: StudyUid, sop_uid: SopUid) -> None:
        """Take that back."""
        with self._store.change() as unit:
            unit.marks.clear_key(uid, sop_uid)
