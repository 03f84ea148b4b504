"""The index of other systems' reports in one session."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.prior_document import PriorDocument
from engine.domain.study import Patient
from engine.storage.schema import DocumentRow

_DOCUMENT = TypeAdapter(PriorDocument)


class Documents:
    """Where the reports of other systems are, and which patient they belong to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, document: PriorDocument) -> None:
        """Store a document, or the new path of one that moved."""
        patient = document.patient
        self._session.merge(
            DocumentRow(
                sop_uid=document.sop_uid,
                patient_id=patient.patient_id,
                birth_date=_day(patient),
                study_uid=document.study_uid,
                # The file system's bytes, which need not be text.
                path=os.fsencode(document.path),
                facts=_DOCUMENT.dump_json(replace(document, path=Path())).decode(),
            )
        )
        self._session.flush()

    def of_patient(self, patient: Patient) -> tuple[PriorDocument, ...]:
        """The documents of the same person (see `Patient.is_same_person`), unordered."""
        if not patient.patient_id or patient.birth_date is None:
            return ()
        rows = self._session.scalars(
            select(DocumentRow).where(
                DocumentRow.patient_id == patient.patient_id,
                DocumentRow.birth_date == _day(patient),
            )
        )
        found = (
            replace(_DOCUMENT.validate_json(row.facts), path=Path(os.fsdecode(row.path)))
            for row in rows
        )
        return tuple(document for document in found if document.patient.is_same_person(patient))


def _day(patient: Patient) -> str:
    return "" if patient.birth_date is None else patient.birth_date.isoformat()
