"""What a reader puts on a film: marks, a calibration, key images.

Places are in image pixels (x right, y down, (0, 0) the centre of the first stored pixel), so a mark
keeps its place whatever the zoom, turn or flip of the view. Values in millimetres are not stored:
they follow from the places and the spacing in force (`engine.imaging.measure`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from engine.domain.study import ImageRef, PixelSpacing, SopUid, StudyUid

AnnotationId = NewType("AnnotationId", str)

MAX_TEXT = 500
"""Longest text of a mark, in characters."""


class AnnotationKind(StrEnum):
    """What a mark is. The order of its points is that of `POINT_COUNT`'s comment."""

    LENGTH = "length"
    ANGLE = "angle"
    COBB = "cobb"
    CARDIOTHORACIC = "cardiothoracic"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    PROBE = "probe"
    TEXT = "text"
    ARROW = "arrow"


POINT_COUNT = {
    AnnotationKind.LENGTH: 2,  # ends
    AnnotationKind.ANGLE: 3,  # end of one arm, vertex, end of the other arm
    AnnotationKind.COBB: 4,  # ends of the upper line, ends of the lower line
    # Midline top and bottom; right and left border of the heart; right and left inner chest wall.
    AnnotationKind.CARDIOTHORACIC: 6,
    AnnotationKind.ELLIPSE: 2,  # opposite corners of its box
    AnnotationKind.RECTANGLE: 2,  # opposite corners
    AnnotationKind.PROBE: 1,
    AnnotationKind.TEXT: 1,
    AnnotationKind.ARROW: 2,  # tail, head
}
WORDS_ONLY = frozenset({AnnotationKind.TEXT, AnnotationKind.ARROW})
"""Kinds that measure nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in image pixels."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> Point:
        """The place that far away."""
        return Point(x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One mark on one film. Its number of points is that of its kind, or `ValueError`.

    Attributes:
        text: Words of a text or an arrow; empty for the others.
        author: Who put it there.
        created: UTC.
        sentence_id: The report's sentence that says what it measures; empty if there is none.
        sentence_text: The words that it last gave that sentence.
    """

    id: AnnotationId
    study_uid: StudyUid
    sop_uid: SopUid
    kind: AnnotationKind
    points: tuple[Point, ...]
    author: str
    created: datetime
    text: str = ""
    sentence_id: str = ""
    sentence_text: str = ""

    def __post_init__(self) -> None:
        """Refuse a mark that cannot be drawn."""
        if len(self.points) != POINT_COUNT[self.kind]:
            raise ValueError(f"{self.kind} with {len(self.points)} points")
        if len(self.text) > MAX_TEXT:
            raise ValueError("text of a mark is too long")

    @property
    def measures(self) -> bool:
        """Whether it says a value, not only words."""
        return self.kind not in WORDS_ONLY

    def with_point(self, index: int, point: Point) -> Annotation:
        """With one of its points elsewhere."""
        points = list(self.points)
        points[index] = point
        return replace(self, points=tuple(points))

    def moved(self, dx: float, dy: float) -> Annotation:
        """The whole mark that far away, in image pixels."""
        return replace(self, points=tuple(point.moved(dx, dy) for point in self.points))

    def with_text(self, text: str) -> Annotation:
        """With other words, cut at `MAX_TEXT`."""
        return replace(self, text=text.strip()[:MAX_TEXT])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A film's spacing as a reader set it by a structure of known length.

    Attributes:
        reference_mm: The length that was given.
        spacing: What follows from it; None if the reader took a calibration back.
        author: Who gave it.
        created: When, UTC.
    """

    study_uid: StudyUid
    sop_uid: SopUid
    reference_mm: float
    spacing: PixelSpacing | None
    author: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyImage:
    """A film that the reader marked for the report."""

    study_uid: StudyUid
    sop_uid: SopUid
    author: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmTurn:
    """How a reader turned a film: mirrored left to right first, then turned clockwise."""

    study_uid: StudyUid
    sop_uid: SopUid
    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the film hangs as its file has it."""
        return not (self.quarter_turns or self.mirrored)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyMarks:
    """Everything that readers put on the films of a study, in the order it was made.

    Attributes:
        calibrations: The one in force of each calibrated film.
    """

    annotations: tuple[Annotation, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
    key_images: tuple[KeyImage, ...] = ()
    turns: tuple[FilmTurn, ...] = ()


def new_annotation(
    kind: AnnotationKind,
    image: ImageRef,
    points: Sequence[Point],
    *,
    author: str,
    now: datetime,
    text: str = "",
) -> Annotation:
    """A mark with an id of its own."""
    return Annotation(
        id=AnnotationId(uuid.uuid4().hex),
        study_uid=image.study_uid,
        sop_uid=image.sop_uid,
        kind=kind,
        points=tuple(points),
        author=author,
        created=now,
        text=text.strip()[:MAX_TEXT],
    )
