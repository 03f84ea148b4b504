"""What a reader measured on films, as a measurement report (PS3.16 TID 1500).

Each measured annotation is a measurement group with a tracking UID of its own that stays the same
over all exports, its outline as spatial coordinates, and how the film's millimetres are known: a
length without that word is worth nothing to whoever reads it (PS3.3 10.7.1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from highdicom.sr import (
    ComprehensiveSR,
    CoordinatesForMeasurement,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForRegion,
    TrackingIdentifier,
)
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray

from engine.documents.dicom.observers import (
    PROCEDURE,
    name_own_scheme,
    own_code,
    the_person,
    the_program,
)
from engine.documents.dicom.reference import (
    ReportObject,
    as_file,
    film_references,
    names_as_they_came,
    set_times,
    uid_of,
)
from engine.domain.annotation import Annotation, Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, PixelSpacing, SpacingKind
from engine.errors import ReportStateError
from engine.imaging.measure import annotation_shape, measure
from engine.imaging.measurement import NO_SCALE, AnnotationShape, Frame, frame_of

_SPACING_NAME = own_code("spacing", "How the film's scale is known")
_RATIO = own_code("cardiothoracic-ratio", "Cardiothoracic ratio")
_MEAN = own_code("mean-value", "Mean of the film's values after rescale")
_VALUE = own_code("value", "Value of the film after rescale")
_AREA = CodedConcept("42798000", "SCT", "Area")
_NAMES = {
    AnnotationKind.LENGTH: (CodedConcept("410668003", "SCT", "Length"),),
    AnnotationKind.BIDIRECTIONAL: (
        CodedConcept("103339001", "SCT", "Long axis"),
        CodedConcept("103340004", "SCT", "Short axis"),
    ),
    AnnotationKind.ANGLE: (CodedConcept("1483009", "SCT", "Angle"),),
    AnnotationKind.COBB: (CodedConcept("285285000", "SCT", "Cobb angle"),),
    AnnotationKind.CARDIOTHORACIC: (_RATIO,),
    AnnotationKind.PROBE: (_VALUE,),
    AnnotationKind.ELLIPSE: (_MEAN,),
    AnnotationKind.RECTANGLE: (_MEAN,),
    AnnotationKind.FREEHAND: (_MEAN,),
}
_UNITS = {
    "mm": CodedConcept("mm", "UCUM", "millimeter"),
    "px": CodedConcept("{pixels}", "UCUM", "pixels"),
    "°": CodedConcept("deg", "UCUM", "degree"),
    "": CodedConcept("1", "UCUM", "no units"),
}
_DIGITS = {"mm": 1, "px": 0, "°": 1}
"""Decimals, as in the window: no more than a hand can set."""
_AREA_UNITS = {"mm": CodedConcept("mm2", "UCUM", "square millimeter"), "px": _UNITS["px"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFilm:
    """A film with what was drawn on it.

    Attributes:
        spacing: The one in force; None if the scale is unknown.
    """

    image: ImageRef
    pixels: PixelImage
    spacing: PixelSpacing | None
    annotations: tuple[Annotation, ...]


def measurement_report(source: ReportObject, films: Sequence[MeasuredFilm]) -> bytes:
    """The report as a Comprehensive SR file.

    It is complete and not verified: a signature covers the words of a report, not what is drawn.

    Raises:
        ReportStateError: Nothing is measured.
    """
    groups = [group for film in films for group in _groups(film)]
    if not groups:
        raise ReportStateError("Nothing is measured on the films of the study.")
    drawn = [each for film in films for each in film.annotations if each.measures]
    # The same drawings are the same object, whatever was added to the report since.
    shown = [(film.image.uid_in_file, film.spacing, film.annotations) for film in films]
    contents = f"{shown!r} {source.software} {source.institution}"
    with names_as_they_came():
        content = MeasurementReport(
            observation_context=ObservationContext(
                observer_person_context=the_person(each.author for each in drawn),
                observer_device_context=the_program(source.software),
            ),
            procedure_reported=PROCEDURE,
            imaging_measurements=groups,
        )
        made = ComprehensiveSR(
            evidence=film_references(source.study),
            content=content[0],
            series_instance_uid=source.lasting_uid("measurements series"),
            series_number=9004,
            sop_instance_uid=source.lasting_uid(f"measurements {contents}"),
            instance_number=1,
            is_complete=True,
            is_final=False,
            is_verified=False,
            **source.equipment,
        )
    name_own_scheme(made)
    set_times(made, max(each.created for each in drawn))
    return as_file(made)


def tracking_uid(drawn: Annotation) -> str:
    """A UID under 2.25 (PS3.5 B.2) that an annotation keeps."""
    try:
        return f"2.25.{UUID(drawn.id).int}"
    except ValueError:
        return uid_of(drawn.id)


def _groups(
    film: MeasuredFilm,
) -> list[MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations]:
    return [
        group
        for drawn in film.annotations
        if drawn.measures and (group := _group(drawn, film)) is not None
    ]


def _group(
    drawn: Annotation, film: MeasuredFilm
) -> MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations | None:
    """A measurement group; None for an annotation that gives no value, e.g. outside the film."""
    measured = measure(drawn, film.pixels, film.spacing, film.image.view_position)
    if not measured.values:
        return None
    frame = frame_of(film.pixels, film.spacing)
    outline = _outline(annotation_shape(drawn, frame), frame, film.pixels)
    seen_on = SourceImageForRegion(film.image.sop_class, film.image.uid_in_file)
    unit = _UNITS[measured.unit]
    values = [round(value, _DIGITS.get(measured.unit, 2)) for value in measured.values]
    named = zip(_NAMES[drawn.kind], values, strict=True)
    tracking = TrackingIdentifier(
        uid=tracking_uid(drawn), identifier=f"{drawn.kind.facts.name} {drawn.id[:8]}"
    )
    scale = [QualitativeEvaluation(name=_SPACING_NAME, value=_scale(frame))]
    if measured.area is not None:
        (kind, points), *_ = outline
        measurements = [Measurement(name, value, unit) for name, value in named]
        measurements.append(Measurement(_AREA, round(measured.area, 1), _AREA_UNITS[frame.unit]))
        return PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            referenced_region=ImageRegion(kind, points, source_image=seen_on),
            measurements=measurements,
            qualitative_evaluations=scale,
        )
    places = [CoordinatesForMeasurement(kind, points, seen_on) for kind, points in outline]
    # Each axis has a line of its own; any other value stands on the whole drawing.
    by_value = [[place] for place in places] if len(_NAMES[drawn.kind]) > 1 else [places]
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        measurements=[
            Measurement(name, value, unit, referenced_coordinates=lines)
            for (name, value), lines in zip(named, by_value, strict=True)
        ],
        qualitative_evaluations=scale,
    )


def _scale(frame: Frame) -> CodedConcept:
    if frame.kind == NO_SCALE:
        return own_code("NO_SCALE", frame.kind)
    return own_code(SpacingKind(frame.kind).name, frame.kind)


def _outline(
    shape: AnnotationShape, frame: Frame, pixels: PixelImage
) -> list[tuple[str, NDArray[np.float64]]]:
    """Graphic types and points of a drawing, longest line first (PS3.3 C.18.6.1)."""
    if shape.box is not None:
        return [("ELLIPSE", _ellipse(*_placed(shape.box, pixels)))]
    if shape.cross is not None:
        return [("POINT", _placed((shape.cross,), pixels))]
    lines = sorted(shape.lines, key=lambda line: frame.distance(line[0], line[1]), reverse=True)
    return [("POLYLINE", _placed(line, pixels)) for line in lines]


def _placed(points: Sequence[Point], pixels: PixelImage) -> NDArray[np.float64]:
    """(N, 2) columns and rows from the upper left corner of the first pixel (C.18.6.1.1)."""
    placed = np.array([(point.x + 0.5, point.y + 0.5) for point in points])
    clipped: NDArray[np.float64] = placed.clip((0.0, 0.0), (pixels.columns, pixels.rows))
    return clipped


def _ellipse(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """End points of the major axis, then of the minor axis (C.18.6.1.2)."""
    (left, top), (right, bottom) = np.minimum(one, other), np.maximum(one, other)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    across, down = [(left, middle_y), (right, middle_y)], [(middle_x, top), (middle_x, bottom)]
    is_wide = right - left >= bottom - top
    return np.array([*across, *down] if is_wide else [*down, *across])
