"""Annotations, calibrations, key images and turns in one session."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from engine.domain.annotation import (
    Annotation,
    AnnotationId,
    Calibration,
    FilmTurn,
    KeyImage,
    StudyAnnotations,
)
from engine.domain.study import SopUid, StudyUid
from engine.errors import WorkspaceDamagedError
from engine.storage.schema import AnnotationRow, CalibrationRow, KeyImageRow, TurnRow

_ANNOTATION = TypeAdapter(Annotation)
_CALIBRATION = TypeAdapter(Calibration)


class Annotations:
    """Stores what readers put on the films of a study."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_study(self, uid: StudyUid) -> StudyAnnotations:
        """Everything readers put on a study's films; raises `WorkspaceDamagedError`."""
        annotations = self._session.scalars(
            select(AnnotationRow)
            .where(AnnotationRow.study_uid == uid)
            .order_by(AnnotationRow.created, text("rowid"))
        )
        calibrations = self._session.scalars(
            select(CalibrationRow)
            .where(CalibrationRow.study_uid == uid)
            .order_by(CalibrationRow.id)
        )
        keys = self._session.scalars(select(KeyImageRow).where(KeyImageRow.study_uid == uid))
        turns = self._session.scalars(select(TurnRow).where(TurnRow.study_uid == uid))
        try:
            newest = [_CALIBRATION.validate_json(row.content) for row in calibrations]
            in_force = {each.sop_uid: each for each in newest}
            return StudyAnnotations(
                annotations=tuple(_ANNOTATION.validate_json(row.content) for row in annotations),
                calibrations=tuple(each for each in in_force.values() if each.spacing is not None),
                key_images=tuple(_key_image(row) for row in keys),
                turns=tuple(_turn(row) for row in turns),
            )
        except ValidationError as error:
            raise WorkspaceDamagedError(
                "The stored annotations of this study cannot be read.",
                what_to_do="Check the workspace and open a backup.",
            ) from error

    def put(self, annotation: Annotation) -> None:
        """Store a new or changed annotation."""
        self._session.merge(
            AnnotationRow(
                id=annotation.id,
                study_uid=annotation.study_uid,
                created=annotation.created.isoformat(),
                content=_ANNOTATION.dump_json(annotation).decode(),
            )
        )
        self._session.flush()

    def remove(self, annotation_id: AnnotationId) -> None:
        """Delete an annotation; a missing one is no error."""
        self._session.execute(delete(AnnotationRow).where(AnnotationRow.id == annotation_id))

    def calibrate(self, calibration: Calibration) -> None:
        """Put a calibration into force; earlier ones stay on record."""
        self._session.add(
            CalibrationRow(
                study_uid=calibration.study_uid,
                sop_uid=calibration.sop_uid,
                content=_CALIBRATION.dump_json(calibration).decode(),
            )
        )
        self._session.flush()

    def set_key(self, key: KeyImage) -> None:
        """Flag a film as a key image."""
        self._session.merge(
            KeyImageRow(
                study_uid=key.study_uid,
                sop_uid=key.sop_uid,
                author=key.author,
                created=key.created.isoformat(),
            )
        )
        self._session.flush()

    def turn(self, turn: FilmTurn) -> None:
        """Store how a film hangs; one that hangs as its file has it needs no row."""
        if turn.is_none:
            self._session.execute(
                delete(TurnRow).where(
                    TurnRow.study_uid == turn.study_uid, TurnRow.sop_uid == turn.sop_uid
                )
            )
            return
        self._session.merge(
            TurnRow(
                study_uid=turn.study_uid,
                sop_uid=turn.sop_uid,
                quarter_turns=turn.quarter_turns,
                mirrored=turn.mirrored,
            )
        )
        self._session.flush()

    def clear_key(self, uid: StudyUid, sop_uid: SopUid) -> None:
        """Remove a film's key image flag; a film without one is no error."""
        self._session.execute(
            delete(KeyImageRow).where(KeyImageRow.study_uid == uid, KeyImageRow.sop_uid == sop_uid)
        )


def _turn(row: TurnRow) -> FilmTurn:
    return FilmTurn(
        study_uid=StudyUid(row.study_uid),
        sop_uid=SopUid(row.sop_uid),
        quarter_turns=row.quarter_turns,
        mirrored=row.mirrored,
    )


def _key_image(row: KeyImageRow) -> KeyImage:
    return KeyImage(
        study_uid=StudyUid(row.study_uid),
        sop_uid=SopUid(row.sop_uid),
        author=row.author,
        created=datetime.fromisoformat(row.created),
    )
