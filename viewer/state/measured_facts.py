"""What the reader's marks measure on the films of the open study, for the guards."""

from __future__ import annotations

from engine.domain.annotation import AnnotationKind
from engine.domain.guard import Measured
from engine.domain.study import StudyUid
from engine.imaging.measure import measure, stated_projection
from viewer.state.films import FilmsState
from viewer.state.marks import MarksState

_KINDS = (
    AnnotationKind.LENGTH,
    AnnotationKind.ANGLE,
    AnnotationKind.COBB,
    AnnotationKind.CARDIOTHORACIC,
)


def measured_facts(films: FilmsState, marks: MarksState, study: StudyUid) -> tuple[Measured, ...]:
    """Lengths, angles and ratios on the films of that study that hang; priors are left out."""
    found = []
    for film in films.films:
        if film.pixels is None or film.image.study_uid != study:
            continue
        spacing = marks.calibration_of(film.image.sop_uid) or film.pixels.spacing
        projection = film.image.view_position
        for mark in marks.of_film(film.image.sop_uid):
            if mark.kind not in _KINDS:
                continue
            value = measure(mark, film.pixels, spacing, projection)
            if value.value is None:
                continue
            is_ratio = mark.kind is AnnotationKind.CARDIOTHORACIC
            words = f"{value.value:.2f}" if is_ratio else f"{value.value:.1f} {value.unit}"
            found.append(
                Measured(
                    value=value.value,
                    unit=value.unit,
                    words=words.replace(" °", "°"),
                    is_ratio=is_ratio,
                    is_pa=stated_projection(projection) == "PA",
                    sentence_id=mark.sentence_id,
                )
            )
    return tuple(found)
