"""Lengths, diameters, angles and the cardiothoracic ratio: formula and drawing of each.

Every length is computed in millimetres if the film has a spacing, along rows and columns
separately, and otherwise in pixels; the kind of the spacing stands beside each value (DICOM PS3.3
10.7.1.3). Angles and the cardiothoracic ratio need only the shape of a pixel.
"""

from __future__ import annotations

import math

from engine.domain.annotation import Annotation, Point
from engine.domain.annotation_kind import AnnotationKind
from engine.domain.projection import stated_projection
from engine.imaging.measurement import AnnotationShape, Frame, Ground, Measurement, Measuring


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Angle between two vectors in degrees, 0 to 180; 0 if one has no length."""
    cross = one[0] * other[1] - one[1] * other[0]
    dot = one[0] * other[0] + one[1] * other[1]
    return abs(math.degrees(math.atan2(cross, dot)))


def cobb(drawn: Annotation, frame: Frame) -> float:
    """Angle between the two lines of a Cobb angle in degrees, 0 to 90, however they were drawn."""
    upper, upper_end, lower, lower_end = drawn.points
    between = angle(frame.vector(upper, upper_end), frame.vector(lower, lower_end))
    return min(between, 180.0 - between)


def cardiothoracic_feet(drawn: Annotation, frame: Frame) -> tuple[Point, ...]:
    """Where the perpendiculars from the four borders meet the midline, in image pixels."""
    top = drawn.points[0]
    along_x, along_y = _direction(drawn, frame)
    feet = []
    for border in drawn.points[2:]:
        x, y = frame.vector(top, border)
        along = x * along_x + y * along_y
        feet.append(top.moved(along * along_x / frame.x, along * along_y / frame.y))
    return tuple(feet)


def cardiothoracic_widths(drawn: Annotation, frame: Frame) -> tuple[float, float]:
    """Widths of heart and thorax across the midline, in units of the frame.

    The width of the heart is the sum of its largest distances to both sides of the midline, the
    width of the thorax that of the inner chest wall. A tilted patient is thus measured along the
    spine.
    """
    along_x, along_y = _direction(drawn, frame)
    top = drawn.points[0]
    across = []
    for border in drawn.points[2:]:
        x, y = frame.vector(top, border)
        across.append(x * along_y - y * along_x)
    heart_right, heart_left, chest_right, chest_left = across
    return abs(heart_left - heart_right), abs(chest_left - chest_right)


def _direction(drawn: Annotation, frame: Frame) -> tuple[float, float]:
    """Unit vector from the first point to the second; straight down if they coincide."""
    x, y = frame.vector(drawn.points[0], drawn.points[1])
    length = math.hypot(x, y)
    return (x / length, y / length) if length > 0 else (0.0, 1.0)


def _length(drawn: Annotation, on: Ground) -> Measurement:
    value = on.frame.distance(*drawn.points)
    words = f"{on.frame.written(value)} ({on.frame.kind})"
    return Measurement(
        lines=(words,), sentence=f"Length {words}.", values=(value,), unit=on.frame.unit
    )


def _length_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    return AnnotationShape(lines=(drawn.points,), handles=drawn.points, anchor=drawn.points[1])


def _bidirectional(drawn: Annotation, on: Ground) -> Measurement:
    """Both axes; the longer one is called long, whichever was drawn first (RECIST 1.1)."""
    axes = (on.frame.distance(*drawn.points[:2]), on.frame.distance(*_short_axis(drawn, on.frame)))
    long, short = (on.frame.written(axis) for axis in sorted(axes, reverse=True))
    kind = on.frame.kind
    return Measurement(
        lines=(f"{long} × {short} ({kind})",),
        sentence=f"Long axis {long}, short axis {short} ({kind}).",
        values=(max(axes), min(axes)),
        unit=on.frame.unit,
    )


def _bidirectional_shape(drawn: Annotation, frame: Frame) -> AnnotationShape:
    long, short = drawn.points[:2], _short_axis(drawn, frame)
    return AnnotationShape(lines=(long, short), handles=(*long, *short), anchor=long[1])


def _short_axis(drawn: Annotation, frame: Frame) -> tuple[Point, Point]:
    """The second axis through the third point, perpendicular to the first in mm.

    The fourth point only gives the axis its length: the axes stay perpendicular however the points
    are dragged, also with oblong pixels.
    """
    along_x, along_y = _direction(drawn, frame)
    start, end = drawn.points[2:]
    x, y = frame.vector(start, end)
    across = x * along_y - y * along_x
    return start, start.moved(across * along_y / frame.x, -across * along_x / frame.y)


def _angle(drawn: Annotation, on: Ground) -> Measurement:
    end, vertex, other = drawn.points
    between = angle(on.frame.vector(vertex, end), on.frame.vector(vertex, other))
    return _degrees("Angle", between)


def _angle_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    return AnnotationShape(lines=(drawn.points,), handles=drawn.points, anchor=drawn.points[1])


def _cobb(drawn: Annotation, on: Ground) -> Measurement:
    return _degrees("Cobb angle", cobb(drawn, on.frame))


def _cobb_shape(drawn: Annotation, _frame: Frame) -> AnnotationShape:
    upper, lower = drawn.points[:2], drawn.points[2:]
    return AnnotationShape(
        lines=(upper, lower),
        guides=((_middle(*upper), _middle(*lower)),),
        handles=drawn.points,
        anchor=drawn.points[3],
    )


def _degrees(name: str, value: float) -> Measurement:
    words = f"{name} {value:.1f}°"
    return Measurement(lines=(words,), sentence=f"{words}.", values=(value,), unit="°")


def _cardiothoracic(drawn: Annotation, on: Ground) -> Measurement:
    heart, thorax = cardiothoracic_widths(drawn, on.frame)
    if thorax <= 0:
        return Measurement(lines=("CTR: the chest wall has no width",))
    ratio = heart / thorax
    stated = stated_projection(on.projection)
    if stated == "AP":
        short, long = "AP: heart magnified", "on an AP film, which magnifies the heart"
    elif stated == "PA":
        short, long = "PA", "on a PA film"
    else:
        short, long = "projection not stated", "on a film of unstated projection"
    widths = f"{on.frame.written(heart)} / {on.frame.written(thorax)} ({on.frame.kind})"
    return Measurement(
        lines=(f"CTR {ratio:.2f} ({short})", widths),
        sentence=f"Cardiothoracic ratio {ratio:.2f} {long}.",
        values=(ratio,),
    )


def _cardiothoracic_shape(drawn: Annotation, frame: Frame) -> AnnotationShape:
    feet = cardiothoracic_feet(drawn, frame)
    return AnnotationShape(
        lines=tuple(zip(feet, drawn.points[2:], strict=True)),
        guides=(drawn.points[:2],),
        handles=drawn.points,
        anchor=drawn.points[1],
    )


def _middle(start: Point, end: Point) -> Point:
    return Point(x=(start.x + end.x) / 2, y=(start.y + end.y) / 2)


LINES = {
    AnnotationKind.LENGTH: Measuring(formula=_length, shape=_length_shape),
    AnnotationKind.BIDIRECTIONAL: Measuring(formula=_bidirectional, shape=_bidirectional_shape),
    AnnotationKind.ANGLE: Measuring(formula=_angle, shape=_angle_shape),
    AnnotationKind.COBB: Measuring(formula=_cobb, shape=_cobb_shape),
    AnnotationKind.CARDIOTHORACIC: Measuring(formula=_cardiothoracic, shape=_cardiothoracic_shape),
}
