"""What an annotation measures and how it is drawn, for every kind."""

from __future__ import annotations

from engine.domain.annotation import Annotation
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.image import PixelImage
from engine.domain.study import PixelSpacing
from engine.imaging.line_measurements import LINES
from engine.imaging.measurement import (
    AnnotationShape,
    Frame,
    Ground,
    Measurement,
    Measuring,
    frame_of,
    written_grey,
)
from engine.imaging.region_measurements import REGIONS


def measure(
    drawn: Annotation, film: PixelImage, spacing: PixelSpacing | None, projection: str = ""
) -> Measurement:
    """Measure an annotation.

    Args:
        drawn: The annotation.
        film: Its film.
        spacing: The one in force, from the file or the reader's calibration; None if the scale is
            unknown.
        projection: View Position of the film, e.g. "PA" or "AP"; empty if not stated.
    """
    on = Ground(film=film, frame=frame_of(film, spacing), projection=projection)
    return _KINDS[drawn.kind].formula(drawn, on)


def annotation_shape(drawn: Annotation, frame: Frame) -> AnnotationShape:
    """The drawing of an annotation on a film with that frame."""
    return _KINDS[drawn.kind].shape(drawn, frame)


def _probe(drawn: Annotation, on: Ground) -> Measurement:
    film, (point,) = on.film, drawn.points
    column, row = round(point.x), round(point.y)
    if not (0 <= row < film.rows and 0 <= column < film.columns):
        return Measurement(lines=("outside the film",))
    sample = int(film.samples[row, column])
    value = sample * film.slope + film.intercept
    lines = [f"value {written_grey(value)}"]
    if film.stored_step:
        lines.append(f"stored {sample * film.stored_step + film.stored_offset:.0f}")
    lines.append(f"column {column}  row {row}")
    sentence = f"Value {written_grey(value)}."
    return Measurement(lines=tuple(lines), sentence=sentence, values=(value,))


def _probe_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    (point,) = drawn.points
    return AnnotationShape(cross=point, handles=drawn.points, anchor=point)


def _words(drawn: Annotation, _on: Ground) -> Measurement:
    return Measurement(lines=tuple(drawn.text.splitlines()))


def _text_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    return AnnotationShape(handles=drawn.points, anchor=drawn.points[0])


def _arrow_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    tail, head = drawn.points
    return AnnotationShape(lines=((tail, head),), head=head, handles=drawn.points, anchor=tail)


_KINDS = {
    **LINES,
    **REGIONS,
    AnnotationKind.PROBE: Measuring(formula=_probe, shape=_probe_shape),
    AnnotationKind.TEXT: Measuring(formula=_words, shape=_text_shape),
    AnnotationKind.ARROW: Measuring(formula=_words, shape=_arrow_shape),
}
