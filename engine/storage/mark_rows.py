"""Marks, calibrations and key images in one session."""

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
    StudyMarks,
)
from engine.domain.study import SopUid, StudyUid
from engine.errors import WorkspaceDamagedError
from engine.storage.schema import AnnotationRow, CalibrationRow, KeyImageRow, TurnRow

_ANNOTATION = TypeAdapter(Annotation)
_CALIBRATION = TypeAdapter(Calibration)


class Marks:
    """What readers put on the films of a study."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_study(self, uid: StudyUid) -> StudyMarks:
        """Everything on the films of a study; raises `WorkspaceDamagedError`."""
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
            return StudyMarks(
                annotations=tuple(_ANNOTATION.validate_json(row.content) for row in annotations),
                calibrations=tuple(each for each in in_force.values() if each.spacing is not None),
                key_images=tuple(_key_image(row) for row in keys),
                turns=tuple(_turn(row) for row in turns),
            )
        except ValidationError as error:
            raise WorkspaceDamagedError(
                "The stored marks of this study cannot be read.",
                what_to_do="Check the workspace and open a backup.",
            ) from error

    def put(self, mark: Annotation) -> None:
        """Keep a mark, or what it has become."""
        self._session.merge(
            AnnotationRow(
                id=mark.id,
                study_uid=mark.study_uid,
                created=mark.created.isoformat(),
                content=_ANNOTATION.dump_json(mark).decode(),
            )
        )
        self._session.flush()

    def remove(self, mark_id: AnnotationId) -> None:
        """Forget a mark; one that is not there is no error."""
        self._session.execute(delete(AnnotationRow).where(AnnotationRow.id == mark_id))

    def calibrate(self, calibration: Calibration) -> None:
        """Let a calibration hold from now on; earlier ones stay on record."""
        self._session.add(
            CalibrationRow(
                study_uid=calibration.study_uid,
                sop_uid=calibration.sop_uid,
                content=_CALIBRATION.dump_json(calibration).decode(),
            )
        )
        self._session.flush()

    def set_key(self, key: KeyImage) -> None:
        """Mark a film for the report."""
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
        """Keep how a film hangs; one that hangs as its file has it needs no row."""
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
        """Take that back; a film that is no key image is no error."""
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
