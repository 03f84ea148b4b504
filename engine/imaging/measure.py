"""What a mark measures: one pure function from places, pixels and spacing to words and a value.

Every length is computed in millimetres where the film has a spacing, along rows and columns
separately, and in pixels where it has none; the kind of the spacing stands beside each value
(DICOM PS3.3 10.7.1.3). Angles and the cardiothoracic ratio need only the shape of a pixel.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from engine.domain.annotation import Annotation, AnnotationKind, Point
from engine.domain.image import PixelImage
from engine.domain.study import PixelSpacing
from engine.imaging.roi import RegionStatistics, region_statistics
from engine.imaging.spacing import aspect_of, stretched

NO_SCALE = "no scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The result of a mark.

    Attributes:
        lines: What stands beside the mark on the film.
        sentence: The same as a sentence for the report; empty where nothing is measured.
        value: The number itself; None where nothing is measured.
        unit: "mm", "px" or "°"; empty for a ratio or a grey value.
    """

    lines: tuple[str, ...]
    sentence: str = ""
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The plane that distances are taken in.

    Attributes:
        x: Width of a pixel in units.
        y: Height of a pixel in units.
        unit: "mm", or "px" of the finer side.
        kind: What stands in brackets beside a length.
    """

    x: float
    y: float
    unit: str
    kind: str

    def vector(self, start: Point, end: Point) -> tuple[float, float]:
        """From one place to another, in units."""
        return (end.x - start.x) * self.x, (end.y - start.y) * self.y

    def distance(self, start: Point, end: Point) -> float:
        """Between two places, in units."""
        return math.hypot(*self.vector(start, end))

    def written(self, length: float) -> str:
        """A length with its unit: a tenth of a millimetre, a whole pixel."""
        return f"{length:.1f} mm" if self.unit == "mm" else f"{length:.0f} px"


def stated_projection(view_position: str) -> str:
    """What a View Position in any usual spelling ("A-P", "AP supine") says: "AP", "PA" or ""."""
    letters = re.sub(r"[^A-Z]", "", view_position.upper())
    return letters[:2] if letters.startswith(("AP", "PA")) else ""


def frame_of(film: PixelImage, spacing: PixelSpacing | None) -> Frame:
    """The plane of a film; in pixels if it has no spacing."""
    if spacing is None:
        width, height = stretched(aspect_of(None, film.pixel_aspect))
        return Frame(x=width, y=height, unit="px", kind=NO_SCALE)
    return Frame(x=spacing.column_mm, y=spacing.row_mm, unit="mm", kind=spacing.kind.value)


def measure(
    mark: Annotation, film: PixelImage, spacing: PixelSpacing | None, projection: str = ""
) -> Measurement:
    """Measure a mark.

    Args:
        mark: On this film.
        film: Its pixels.
        spacing: In force: the file's or the reader's calibration; None for none.
        projection: View Position of the film, e.g. "PA" or "AP"; empty if it is not stated.
    """
    frame = frame_of(film, spacing)
    match mark.kind:
        case AnnotationKind.LENGTH:
            return _length(mark, frame)
        case AnnotationKind.ANGLE | AnnotationKind.COBB:
            return _angle(mark, frame)
        case AnnotationKind.CARDIOTHORACIC:
            return _cardiothoracic(mark, frame, projection)
        case AnnotationKind.ELLIPSE | AnnotationKind.RECTANGLE:
            return _region(mark, film, frame)
        case AnnotationKind.PROBE:
            return _probe(mark.points[0], film)
        case AnnotationKind.TEXT | AnnotationKind.ARROW:
            return Measurement(lines=tuple(mark.text.splitlines()))


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Angle between two vectors in degrees, 0 to 180; 0 where one has no length."""
    cross = one[0] * other[1] - one[1] * other[0]
    dot = one[0] * other[0] + one[1] * other[1]
    return abs(math.degrees(math.atan2(cross, dot)))


def cobb(mark: Annotation, frame: Frame) -> float:
    """Angle between the two lines of a Cobb mark in degrees, 0 to 90, however they were drawn."""
    upper, upper_end, lower, lower_end = mark.points
    between = angle(frame.vector(upper, upper_end), frame.vector(lower, lower_end))
    return min(between, 180.0 - between)


def cardiothoracic_feet(mark: Annotation, frame: Frame) -> tuple[Point, ...]:
    """Where the perpendiculars from the four borders meet the midline, in image pixels."""
    top = mark.points[0]
    along_x, along_y = _midline(mark, frame)
    feet = []
    for border in mark.points[2:]:
        x, y = frame.vector(top, border)
        along = x * along_x + y * along_y
        feet.append(top.moved(along * along_x / frame.x, along * along_y / frame.y))
    return tuple(feet)


def cardiothoracic_widths(mark: Annotation, frame: Frame) -> tuple[float, float]:
    """Widths of heart and thorax across the midline, in units of the frame.

    The width of the heart is the sum of its largest distances to both sides of the midline, that
    of the thorax the same of the inner chest wall, so a tilted patient is measured along himself.
    """
    along_x, along_y = _midline(mark, frame)
    top = mark.points[0]
    across = []
    for border in mark.points[2:]:
        x, y = frame.vector(top, border)
        across.append(x * along_y - y * along_x)
    heart_right, heart_left, chest_right, chest_left = across
    return abs(heart_left - heart_right), abs(chest_left - chest_right)


def _midline(mark: Annotation, frame: Frame) -> tuple[float, float]:
    """Unit vector down the midline; straight down where it has no length."""
    x, y = frame.vector(mark.points[0], mark.points[1])
    length = math.hypot(x, y)
    return (x / length, y / length) if length > 0 else (0.0, 1.0)


def _length(mark: Annotation, frame: Frame) -> Measurement:
    value = frame.distance(*mark.points)
    words = f"{frame.written(value)} ({frame.kind})"
    return Measurement(lines=(words,), sentence=f"Length {words}.", value=value, unit=frame.unit)


def _angle(mark: Annotation, frame: Frame) -> Measurement:
    if mark.kind is AnnotationKind.COBB:
        name, degrees = "Cobb angle", cobb(mark, frame)
    else:
        end, vertex, other = mark.points
        name = "Angle"
        degrees = angle(frame.vector(vertex, end), frame.vector(vertex, other))
    words = f"{name} {degrees:.1f}°"
    return Measurement(lines=(words,), sentence=f"{words}.", value=degrees, unit="°")


def _cardiothoracic(mark: Annotation, frame: Frame, projection: str) -> Measurement:
    heart, thorax = cardiothoracic_widths(mark, frame)
    if thorax <= 0:
        return Measurement(lines=("CTR: the chest wall has no width",))
    ratio = heart / thorax
    stated = stated_projection(projection)
    if stated == "AP":
        short, long = "AP: heart magnified", "on an AP film, which magnifies the heart"
    elif stated == "PA":
        short, long = "PA", "on a PA film"
    else:
        short, long = "projection not stated", "on a film of unstated projection"
    widths = f"{frame.written(heart)} / {frame.written(thorax)} ({frame.kind})"
    return Measurement(
        lines=(f"CTR {ratio:.2f} ({short})", widths),
        sentence=f"Cardiothoracic ratio {ratio:.2f} {long}.",
        value=ratio,
    )


def _region(mark: Annotation, film: PixelImage, frame: Frame) -> Measurement:
    found = region_statistics(mark, film)
    start, end = mark.points
    width, height = (abs(side) for side in frame.vector(start, end))
    area = width * height * (math.pi / 4 if mark.kind is AnnotationKind.ELLIPSE else 1.0)
    written = _area(area, frame)
    if found is None:
        return Measurement(lines=("no pixel inside", written))
    return Measurement(
        lines=(
            f"mean {_grey(found.mean)}  SD {_grey(found.deviation)}",
            f"min {_grey(found.lowest)}  max {_grey(found.highest)}",
            written,
        ),
        sentence=_region_sentence(found, written),
        value=found.mean,
    )


def _region_sentence(found: RegionStatistics, area: str) -> str:
    return f"Region of {area}: mean {_grey(found.mean)}, SD {_grey(found.deviation)}."


def _area(area: float, frame: Frame) -> str:
    if frame.unit == "px":
        return f"{area:.0f} px² ({frame.kind})"
    in_cm = area >= 100.0
    return f"{area / 100:.2f} cm² ({frame.kind})" if in_cm else f"{area:.1f} mm² ({frame.kind})"


def _probe(place: Point, film: PixelImage) -> Measurement:
    column, row = round(place.x), round(place.y)
    if not (0 <= row < film.rows and 0 <= column < film.columns):
        return Measurement(lines=("outside the film",))
    sample = int(film.samples[row, column])
    value = sample * film.slope + film.intercept
    lines = [f"value {_grey(value)}"]
    if film.stored_step:
        lines.append(f"stored {sample * film.stored_step + film.stored_offset:.0f}")
    lines.append(f"column {column}  row {row}")
    return Measurement(lines=tuple(lines), sentence=f"Value {_grey(value)}.", value=value)


def _grey(value: float) -> str:
    """A modality value: whole ones without a decimal."""
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
