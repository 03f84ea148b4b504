"""Measurement reports (TID 1500): judged by dciodvfy, read by DCMTK, by highdicom and by us."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import srread
from pydicom import dcmread
from testkit.dicom_validator import complaints_of
from testkit.pixel_films import pixel_film, slope_samples
from testkit.presentation_states import annotations_on
from testkit.report_documents import image_ref, report_of, signed, study_of
from testkit.sr_readers import dumped, items, name_of

from engine.dicom.content_tree import content_lines
from engine.documents.dicom.measurements import MeasuredFilm, measurement_report
from engine.documents.dicom.reference import ReportObject
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.study import PixelSpacing, SpacingKind
from engine.errors import ReportStateError
from engine.imaging.measure import measure

MEASURING = tuple(kind for kind in AnnotationKind if kind.facts.quantity != "nothing")
SPACING = PixelSpacing(row_mm=0.2, column_mm=0.1, kind=SpacingKind.GEOMETRY)


def source() -> ReportObject:
    return ReportObject(
        report=signed(report_of("Clear lungs.")),
        study=study_of(),
        institution="St. Example",
        software="0.1.0",
    )


def film(*kinds: AnnotationKind, spacing: PixelSpacing | None = SPACING) -> MeasuredFilm:
    return MeasuredFilm(
        image=image_ref(),
        pixels=pixel_film(slope_samples(100, 80)),
        spacing=spacing,
        annotations=annotations_on(image_ref(), *kinds),
    )


@pytest.mark.parametrize("spacing", [SPACING, None], ids=["in mm", "without a scale"])
@pytest.mark.parametrize("kind", MEASURING)
def test_every_kind_of_measurement_is_valid_and_has_its_value_and_its_outline(
    kind: AnnotationKind, spacing: PixelSpacing | None, tmp_path: Path
) -> None:
    measured = film(kind, spacing=spacing)
    path = tmp_path / "measured.dcm"
    path.write_bytes(measurement_report(source(), [measured]))
    assert complaints_of(path) == []
    assert kind.facts.name in dumped(path)
    found = dcmread(path)
    values = [float(item.MeasuredValueSequence[0].NumericValue) for item in items(found, "NUM")]
    expected = measure(measured.annotations[0], measured.pixels, spacing)
    wanted = [*expected.values, *([] if expected.area is None else [expected.area])]
    assert values == pytest.approx(wanted, abs=0.051 if spacing else 0.51)
    (film_of_outline, *_) = items(found, "IMAGE")
    assert film_of_outline.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image_ref().sop_uid
    assert [*items(found, "SCOORD")]
    scale = next(i for i in items(found, "CODE") if name_of(i) == "How the film's scale is known")
    known = "no scale" if spacing is None else "corrected for magnification"
    assert scale.ConceptCodeSequence[0].CodeMeaning == known


def test_points_are_those_of_the_drawing_from_the_corner_of_the_film() -> None:
    content = dcmread(io.BytesIO(measurement_report(source(), [film(AnnotationKind.LENGTH)])))
    (outline,) = items(content, "SCOORD")
    points = [(p.x + 0.5, p.y + 0.5) for p in film(AnnotationKind.LENGTH).annotations[0].points]
    np.testing.assert_allclose(outline.GraphicData, np.array(points).ravel(), rtol=1e-6)
    (value,) = items(content, "NUM")
    unit = value.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0]
    assert (unit.CodeValue, unit.CodingSchemeDesignator) == ("mm", "UCUM")


def test_an_annotation_keeps_its_tracking_uid_and_equal_reports_are_equal() -> None:
    measured = film(AnnotationKind.LENGTH, AnnotationKind.ANGLE)
    first = measurement_report(source(), [measured])
    assert first == measurement_report(source(), [measured])
    moved = tuple(each.moved(3, 3) for each in measured.annotations)
    later = replace(source(), report=replace(source().report, revision=7))
    again = measurement_report(later, [replace(measured, annotations=moved)])
    uids = [[i.UID for i in items(dcmread(io.BytesIO(c)), "UIDREF")] for c in (first, again)]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) >= 2


def test_the_library_that_others_use_finds_every_group() -> None:
    content = measurement_report(source(), [film(*MEASURING)])
    report = srread(io.BytesIO(content)).content
    regions = report.get_planar_roi_measurement_groups()
    others = report.get_image_measurement_groups()
    assert len(regions) + len(others) == len(MEASURING)
    assert len(regions) == 3


def test_we_read_it_as_lines_like_anybody_elses() -> None:
    content = measurement_report(source(), [film(AnnotationKind.LENGTH, AnnotationKind.PROBE)])
    lines = [line.text for line in content_lines(dcmread(io.BytesIO(content)))]
    assert any(line == "Length: 1.4 mm" for line in lines)
    assert "How the film's scale is known: corrected for magnification" in lines


def test_words_and_arrows_alone_are_no_measurement() -> None:
    with pytest.raises(ReportStateError, match="Nothing is measured"):
        measurement_report(source(), [film(AnnotationKind.TEXT, AnnotationKind.ARROW)])


def test_lines_by_two_readers_are_by_no_single_person(tmp_path: Path) -> None:
    measured = film(AnnotationKind.LENGTH, AnnotationKind.ANGLE)
    one, other = measured.annotations
    both = (one, replace(other, author="Dr Other"))
    path = tmp_path / "both.dcm"
    path.write_bytes(measurement_report(source(), [replace(measured, annotations=both)]))
    assert complaints_of(path) == []
    assert "Person Observer Name" not in dumped(path)
    path.write_bytes(measurement_report(source(), [measured]))
    assert "Dr Ada Byron" in dumped(path)
