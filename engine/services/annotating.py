"""Annotations, calibrations, key images and turns; each change is a transaction of its own."""

from __future__ import annotations

from engine.domain.annotation import Annotation, Calibration, FilmTurn, KeyImage, StudyAnnotations
from engine.domain.audit import AuditAction
from engine.domain.study import SopUid, StudyUid
from engine.domain.user import Permission
from engine.storage.unit_of_work import Store


class Annotating:
    """What readers put on films. Every method may block: call it off the GUI thread.

    Args:
        store: The open database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def annotations(self, uid: StudyUid) -> StudyAnnotations:
        """All annotations, calibrations, key images and turns of a study's films."""
        with self._store.look() as unit:
            return unit.annotations.of_study(uid)

    def put(self, annotation: Annotation) -> None:
        """Store a new or changed annotation; raises `NotFoundError` if its study is not here."""
        with self._store.change(Permission.ANNOTATE) as unit:
            unit.studies.get(annotation.study_uid)
            unit.annotations.put(annotation)

    def remove(self, annotation: Annotation) -> None:
        """Delete an annotation."""
        with self._store.change(Permission.ANNOTATE) as unit:
            unit.annotations.remove(annotation.id)

    def calibrate(self, calibration: Calibration) -> None:
        """Store a film's calibration, with an entry in the audit trail."""
        spacing = calibration.spacing
        details = {
            "film": calibration.sop_uid,
            "reference_mm": calibration.reference_mm,
            "row_mm": spacing.row_mm if spacing else None,
            "column_mm": spacing.column_mm if spacing else None,
        }
        with self._store.change(Permission.ANNOTATE) as unit:
            unit.studies.get(calibration.study_uid)
            unit.annotations.calibrate(calibration)
            unit.audit.record(AuditAction.FILM_CALIBRATED, calibration.study_uid, details)

    def turn(self, turn: FilmTurn) -> None:
        """Store how a film is turned, for its next opening."""
        with self._store.change(Permission.READ) as unit:
            unit.studies.get(turn.study_uid)
            unit.annotations.turn(turn)

    def set_key(self, key: KeyImage) -> None:
        """Flag a film as a key image."""
        with self._store.change(Permission.ANNOTATE) as unit:
            unit.studies.get(key.study_uid)
            unit.annotations.set_key(key)

    def clear_key(self, uid: StudyUid, sop_uid: SopUid) -> None:
        """Remove the key image flag of a film."""
        with self._store.change(Permission.ANNOTATE) as unit:
            unit.annotations.clear_key(uid, sop_uid)
