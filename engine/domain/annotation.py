"""What a reader puts on a film: annotations, a calibration, key images.

Points are in image pixels (x right, y down, (0, 0) the centre of the first stored pixel), so an
annotation stays where it is whatever the zoom, rotation or flip of the viewport. Values in
millimetres are not stored: they follow from the points and the current spacing
(`engine.imaging.measure`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType

from engine.domain.annotation_kind import AnnotationKind, Quantity
from engine.domain.study import ImageRef, PixelSpacing, SopUid, StudyUid

AnnotationId = NewType("AnnotationId", str)

MAX_TEXT = 500
"""Maximum length of an annotation's text, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A position in image pixels, x right, y down."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> Point:
        """The point shifted by (dx, dy)."""
        return Point(x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation on one film; raises `ValueError` for a number of points its kind cannot have.

    Attributes:
        text: Words of a text or an arrow; empty for the other kinds.
        author: Name of the user who drew it.
        created: UTC.
        sentence_id: The report's sentence that states its value; empty if there is none.
        sentence_text: The words last written into that sentence.
        proposed_by: Name and version of the model that proposed the points, which the author then
            confirmed; empty for points that the author set.
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
    proposed_by: str = ""

    def __post_init__(self) -> None:
        """Refuse an annotation that cannot be drawn."""
        if not self.kind.facts.takes(len(self.points)):
            raise ValueError(f"{self.kind} with {len(self.points)} points")
        if len(self.text) > MAX_TEXT:
            raise ValueError("text of an annotation is too long")

    @property
    def measures(self) -> bool:
        """Whether it has a value, not only words."""
        return self.kind.facts.quantity is not Quantity.NOTHING

    def with_point(self, index: int, point: Point) -> Annotation:
        """The annotation with one of its points moved to `point`."""
        points = list(self.points)
        points[index] = point
        return replace(self, points=tuple(points))

    def moved(self, dx: float, dy: float) -> Annotation:
        """The whole annotation shifted by (dx, dy) image pixels."""
        return replace(self, points=tuple(point.moved(dx, dy) for point in self.points))

    def with_text(self, text: str) -> Annotation:
        """The annotation with other words, cut at `MAX_TEXT`."""
        return replace(self, text=text.strip()[:MAX_TEXT])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A film's spacing as a reader set it from a structure of known length.

    Attributes:
        reference_mm: The known length.
        spacing: The spacing that follows from it; None if the reader withdrew the calibration.
        author: Name of the user who calibrated the film.
        created: UTC.
    """

    study_uid: StudyUid
    sop_uid: SopUid
    reference_mm: float
    spacing: PixelSpacing | None
    author: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyImage:
    """A film that a reader flagged as a key image."""

    study_uid: StudyUid
    sop_uid: SopUid
    author: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmTurn:
    """How a reader turned a film: mirrored left to right first, then rotated clockwise."""

    study_uid: StudyUid
    sop_uid: SopUid
    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the film hangs as its file has it."""
        return not (self.quarter_turns or self.mirrored)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnnotations:
    """Everything that readers put on the films of a study, oldest first.

    Attributes:
        calibrations: For each calibrated film, the one in force.
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
    """An annotation with a new id; the text is cut at `MAX_TEXT`."""
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
