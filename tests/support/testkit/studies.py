"""Studies as values, for tests that need no files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.domain.study import (
    ImageRef,
    Patient,
    Series,
    SeriesUid,
    SopUid,
    Study,
    StudyUid,
    View,
)


def film(sop_uid: str, *, view: View, body_part: str = "CHEST", modality: str = "DX") -> ImageRef:
    """A film of study 1.2.3."""
    return ImageRef(
        path=Path(f"{sop_uid}.dcm"),
        sop_uid=SopUid(sop_uid),
        sop_class="1.2.840.10008.5.1.4.1.1.1.1",
        series_uid=SeriesUid("1.2.3.4"),
        study_uid=StudyUid("1.2.3"),
        modality=modality,
        body_part=body_part,
        view=view,
        rows=64,
        columns=48,
    )


def study(
    *films: ImageRef,
    born: date | None = None,
    taken: date | None = date(2026, 3, 18),
    patient_age: str = "",
) -> Study:
    """Study 1.2.3 with the given films in one series."""
    series = Series(
        uid=SeriesUid("1.2.3.4"), modality="DX", description="Chest", number=1, images=films
    )
    return Study(
        uid=StudyUid("1.2.3"),
        patient=Patient(patient_id="P1", name="Test, Person", birth_date=born, sex="O"),
        study_date=taken,
        study_time=None,
        accession="A1",
        description="Chest PA and lateral",
        referring="",
        patient_age=patient_age,
        series=(series,),
    )
