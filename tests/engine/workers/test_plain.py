"""Values survive the pipe, and nothing but the asked kind of value comes out of it."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path

import pytest

from engine.dicom.tree import FoundImage
from engine.domain.study import ImageRef, Patient, PixelSpacing, SkippedFile, SpacingKind, View
from engine.workers.plain import from_plain, to_plain


def _found() -> FoundImage:
    spacing = PixelSpacing(row_mm=0.1, column_mm=0.2, kind=SpacingKind.CALIBRATED)
    image = ImageRef(
        path=Path("/films/\udcff.dcm"),
        sop_uid="1",
        sop_class="2",
        series_uid="3",
        study_uid="4",
        rows=5,
        columns=6,
        view=View.LATERAL,
        patient_orientation=("L", "F"),
        spacing=spacing,
    )
    patient = Patient(patient_id="7", name="王", birth_date=date(1960, 1, 2), sex="F")
    return FoundImage(
        image=image,
        patient=patient,
        study_date=None,
        study_time=time(8, 30, 1),
        accession="",
        study_description="",
        referring="",
        patient_age="",
        series_description="",
        series_number=8,
    )


def test_a_value_comes_back_equal_through_json() -> None:
    assert from_plain(FoundImage, json.loads(json.dumps(to_plain(_found())))) == _found()


@pytest.mark.parametrize(
    "plain", [{"name": 3, "reason": ""}, {"name": "a"}, {"name": "a", "reason": "b", "more": 1}]
)
def test_other_shapes_are_refused(plain: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        from_plain(SkippedFile, plain)
