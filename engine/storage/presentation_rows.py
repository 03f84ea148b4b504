"""The index of presentation states in one session."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.presentation_state import PresentationRef
from engine.domain.study import StudyUid
from engine.storage.schema import PresentationRow

_REF = TypeAdapter(PresentationRef)


class Presentations:
    """Where presentation states are, and which films they refer to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, ref: PresentationRef) -> None:
        """Store a state, or the new path of one that moved."""
        self._session.merge(
            PresentationRow(
                study_uid=ref.study_uid,
                sop_uid=ref.sop_uid,
                path=os.fsencode(ref.path),
                facts=_REF.dump_json(replace(ref, path=Path())).decode(),
            )
        )
        self._session.flush()

    def of_study(self, uid: StudyUid) -> tuple[PresentationRef, ...]:
        """The states of a study, newest first."""
        rows = self._session.scalars(
            select(PresentationRow)
            .where(PresentationRow.study_uid == uid)
            .order_by(PresentationRow.sop_uid)
        )
        found = [
            replace(_REF.validate_json(row.facts), path=Path(os.fsdecode(row.path))) for row in rows
        ]
        found.sort(key=lambda ref: ref.created.isoformat() if ref.created else "", reverse=True)
        return tuple(found)
