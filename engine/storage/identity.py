"""Which patient, order and films a report was signed for, against what the index says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.study import Study
from engine.storage.schema import ImageRow, PatientRow, StudyRow

_WORDS = {
    "patient_id": "patient ID",
    "patient_name": "patient's name",
    "birth_date": "birth date",
    "sex": "sex",
    "accession": "accession number",
    "study_date": "study date",
}


def identity(study: Study) -> dict[str, Any]:
    """What a signature covers besides the text: patient, order and films, as JSON values."""
    patient = study.patient
    return {
        "uid": study.uid,
        "patient_id": patient.patient_id,
        "patient_name": patient.name,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
        "sex": patient.sex,
        "accession": study.accession,
        "study_date": study.study_date.isoformat() if study.study_date else "",
        "films": sorted(image.sop_uid for image in study.images),
    }


def identity_problems(session: Session, signed: Mapping[str, Any]) -> Iterator[str]:
    """What the index has differently from a signed study; films may have been added since."""
    row = session.get(StudyRow, signed["uid"])
    if row is None:
        yield "study"
        return
    patient = session.get_one(PatientRow, row.patient)
    found = {
        "patient_id": patient.patient_id,
        "patient_name": patient.name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "accession": row.accession,
        "study_date": row.study_date,
    }
    yield from (word for name, word in _WORDS.items() if signed.get(name) != found[name])
    films = set(session.scalars(select(ImageRow.sop_uid).where(ImageRow.study_uid == row.uid)))
    if not films.issuperset(signed.get("films", ())):
        yield "films"
