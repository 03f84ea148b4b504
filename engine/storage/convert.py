"""Between rows and domain values. Drafts, reports and images are stored as JSON with a hash."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from engine.domain.audit import AuditEvent, canonical_json
from engine.domain.lifecycle import is_sound
from engine.domain.report import Draft, Report
from engine.domain.study import ImageRef, Patient, Series, SeriesUid, Study, StudyUid
from engine.errors import WorkspaceDamagedError
from engine.storage.schema import (
    AuditRow,
    DraftRow,
    ImageRow,
    PatientRow,
    RevisionRow,
    SeriesRow,
    StudyRow,
    WorkingCopyRow,
)

T = TypeVar("T")

_REPORT = TypeAdapter(Report)
_DRAFT = TypeAdapter(Draft)
_IMAGE = TypeAdapter(ImageRef)
_DETAILS = TypeAdapter(dict[str, object])


def sha256(content: str) -> str:
    """Hash of a stored text, hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def report_content(report: Report) -> str:
    """The report as JSON."""
    return _REPORT.dump_json(report).decode()


def content_sha256(report: Report) -> str:
    """Hash of a revision's whole JSON, hex; `Report.sha256` covers only the text."""
    return sha256(report_content(report))


def report_of(row: RevisionRow | WorkingCopyRow) -> Report:
    """The report of a revision or working copy.

    Raises:
        WorkspaceDamagedError: It is not as it was saved, or its signatures do not fit its text.
    """
    report = _checked(_REPORT, row.content, row.sha256)
    if not report.is_editable and not is_sound(report):
        raise _changed()
    return report


def draft_row(draft: Draft) -> DraftRow:
    """The row that stores the draft."""
    content = _DRAFT.dump_json(draft).decode()
    return DraftRow(
        id=draft.id,
        study_uid=draft.study_uid,
        created=draft.created.isoformat(),
        content=content,
        sha256=sha256(content),
    )


def draft_sha256(draft: Draft) -> str:
    """Hash of a draft's whole JSON, hex."""
    return sha256(_DRAFT.dump_json(draft).decode())


def draft_of(row: DraftRow) -> Draft:
    """The draft of a row; raises `WorkspaceDamagedError`."""
    return _checked(_DRAFT, row.content, row.sha256)


def image_values(image: ImageRef) -> dict[str, object]:
    """Column values of the row that stores the image's path and facts."""
    return {
        "study_uid": image.study_uid,
        "series_uid": image.series_uid,
        "sop_uid": image.sop_uid,
        "instance_number": image.instance_number,
        "path": os.fsencode(image.path),
        "facts": _IMAGE.dump_json(replace(image, path=Path())).decode(),
    }


def image_of(row: ImageRow) -> ImageRef:
    """The image of a row."""
    return replace(_IMAGE.validate_json(row.facts), path=Path(os.fsdecode(row.path)))


def patient_of(row: PatientRow) -> Patient:
    """The patient of a row."""
    return Patient(
        patient_id=row.patient_id, name=row.name, birth_date=date_of(row.birth_date), sex=row.sex
    )


def study_values(study: Study, patient: int, added: str) -> dict[str, object]:
    """Column values of the row that stores the study's own facts."""
    return {
        "uid": study.uid,
        "patient": patient,
        "study_date": study.study_date.isoformat() if study.study_date else "",
        "study_time": time_text(study.study_time),
        "accession": study.accession,
        "description": study.description,
        "referring": study.referring,
        "patient_age": study.patient_age,
        "added": added,
        "header_name": study.patient.header_name,
        "header_referring": study.header_referring,
        "study_id": study.study_id,
        # Opening its films again puts a study back on the list.
        "is_off_list": False,
    }


def series_values(study: Study, series: Series) -> dict[str, object]:
    """Column values of the row that stores the series' own facts."""
    return {
        "study_uid": study.uid,
        "uid": series.uid,
        "modality": series.modality,
        "description": series.description,
        "number": series.number,
    }


def study_of(
    row: StudyRow, patient: PatientRow, series: list[SeriesRow], images: list[ImageRow]
) -> Study:
    """The whole study from its rows; series and images are in reading order."""
    by_series: dict[str, list[ImageRef]] = {s.uid: [] for s in series}
    for image in images:
        by_series[image.series_uid].append(image_of(image))
    return Study(
        uid=StudyUid(row.uid),
        patient=replace(patient_of(patient), header_name=row.header_name),
        study_date=date_of(row.study_date),
        study_time=time_of(row.study_time),
        accession=row.accession,
        description=row.description,
        referring=row.referring,
        patient_age=row.patient_age,
        series=tuple(
            Series(
                uid=SeriesUid(s.uid),
                modality=s.modality,
                description=s.description,
                number=s.number,
                images=tuple(by_series[s.uid]),
            )
            for s in series
        ),
        study_id=row.study_id,
        header_referring=row.header_referring,
    )


def audit_row(event: AuditEvent) -> AuditRow:
    """The row that stores the entry."""
    return AuditRow(
        sequence=event.sequence,
        at=event.at.isoformat(),
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        details=canonical_json(event.details),
        previous=event.previous,
        digest=event.digest,
    )


def audit_of(row: AuditRow) -> AuditEvent:
    """The entry of a row; raises `ValueError` if the row is not a valid entry."""
    return AuditEvent(
        sequence=row.sequence,
        at=datetime.fromisoformat(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=_DETAILS.validate_json(row.details),
        previous=row.previous,
    )


def date_of(stored: str) -> date | None:
    """A stored ISO date; None if empty."""
    return date.fromisoformat(stored) if stored else None


def time_of(stored: str) -> time | None:
    """A stored ISO time of day; None if empty."""
    return time.fromisoformat(stored) if stored else None


def time_text(value: time | None) -> str:
    """A time of day as it is stored; empty for None."""
    return value.isoformat() if value else ""


def moment_of(stored: str) -> datetime:
    """A stored time, UTC."""
    return datetime.fromisoformat(stored)


def _checked(adapter: TypeAdapter[T], content: str, expected: str) -> T:
    try:
        if sha256(content) == expected:
            return adapter.validate_json(content)
    except ValidationError as error:
        raise _changed() from error
    raise _changed()


def _changed() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "A stored report or draft is not as it was saved, so it is not shown.",
        what_to_do="Check the workspace and open a backup.",
    )
