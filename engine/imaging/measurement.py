"""What measuring an annotation takes and gives: the frame of lengths, the result, the drawing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from engine.domain.annotation import Annotation, Point
from engine.domain.image import PixelImage
from engine.domain.study import PixelSpacing
from engine.imaging.spacing import aspect_of, stretched

NO_SCALE = "no scale"
Line = tuple[Point, ...]
"""Connected points in image pixels; closed if the last equals the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The result of measuring an annotation.

    Attributes:
        lines: Text shown beside the annotation on the film.
        sentence: The same as a sentence for the report; empty if nothing is measured.
        values: The numbers themselves; empty if nothing is measured.
        unit: "mm", "px" or "°"; empty for a ratio or a grey value.
        area: Of a region, in mm², or in pixels without a scale; None for other kinds.
    """

    lines: tuple[str, ...]
    sentence: str = ""
    values: tuple[float, ...] = ()
    unit: str = ""
    area: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationShape:
    """The drawing of an annotation, in image pixels.

    Canvas and tools use the same shape, so what is visible is what can be grabbed.

    Attributes:
        lines: Solid lines.
        guides: Dashed lines that show how the value is measured.
        box: Corners of an ellipse's box; None for other kinds.
        head: End of `lines[0]` that carries an arrow head; None for other kinds.
        cross: Point of a small cross; None for other kinds.
        handles: What can be dragged, in the order of the annotation's points.
        anchor: Where its text stands.
    """

    lines: tuple[Line, ...] = ()
    guides: tuple[Line, ...] = ()
    box: tuple[Point, Point] | None = None
    head: Point | None = None
    cross: Point | None = None
    handles: tuple[Point, ...] = ()
    anchor: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The plane in which distances are measured.

    Attributes:
        x: Width of a pixel in `unit`.
        y: Height of a pixel in `unit`.
        unit: "mm", or "px" of the finer side.
        kind: Kind of spacing, shown in brackets beside a length.
    """

    x: float
    y: float
    unit: str
    kind: str

    def vector(self, start: Point, end: Point) -> tuple[float, float]:
        """Vector from one point to another, in units."""
        return (end.x - start.x) * self.x, (end.y - start.y) * self.y

    def distance(self, start: Point, end: Point) -> float:
        """Distance between two points, in units."""
        return math.hypot(*self.vector(start, end))

    def written(self, length: float) -> str:
        """A length with its unit: tenths of a millimetre or whole pixels."""
        return f"{length:.1f} mm" if self.unit == "mm" else f"{length:.0f} px"

    def written_area(self, area: float) -> str:
        """An area with its unit and kind; in cm² from 1 cm² on."""
        if self.unit == "px":
            return f"{area:.0f} px² ({self.kind})"
        in_cm = area >= 100.0
        return f"{area / 100:.2f} cm² ({self.kind})" if in_cm else f"{area:.1f} mm² ({self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The film that an annotation lies on.

    Attributes:
        projection: View Position, e.g. "PA" or "AP"; empty if not stated.
    """

    film: PixelImage
    frame: Frame
    projection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How one kind of annotation is measured and drawn."""

    formula: Callable[[Annotation, Ground], Measurement]
    shape: Callable[[Annotation, Frame], AnnotationShape]


def frame_of(film: PixelImage, spacing: PixelSpacing | None) -> Frame:
    """The plane of a film; in pixels if it has no spacing."""
    if spacing is None:
        width, height = stretched(aspect_of(None, film.pixel_aspect))
        return Frame(x=width, y=height, unit="px", kind=NO_SCALE)
    return Frame(x=spacing.column_mm, y=spacing.row_mm, unit="mm", kind=spacing.kind.value)


def written_grey(value: float) -> str:
    """A modality value; whole numbers without a decimal."""
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
