"""What a mark looks like, in image pixels: lines, handles and where its words stand.

Canvas and tools read the same shape, so what is seen is what can be taken hold of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.domain.annotation import Annotation, AnnotationKind, Point
from engine.imaging.measure import Frame, cardiothoracic_feet

Line = tuple[Point, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkShape:
    """The drawing of a mark.

    Attributes:
        lines: Solid lines.
        guides: Dashed lines, that help to see how it is measured.
        box: Corners of an ellipse's box; None for other marks.
        head: End of `lines[0]` that carries an arrow head; None for other marks.
        cross: Place of a small cross; None for other marks.
        handles: Places that can be dragged, in the order of the mark's points.
        anchor: Where its words stand.
    """

    lines: tuple[Line, ...] = ()
    guides: tuple[Line, ...] = ()
    box: Line | None = None
    head: Point | None = None
    cross: Point | None = None
    handles: tuple[Point, ...] = ()
    anchor: Point


def mark_shape(mark: Annotation, frame: Frame) -> MarkShape:
    """The shape of a mark on a film with that frame."""
    build = _SHAPES.get(mark.kind)
    return _plain(mark) if build is None else build(mark, frame)


def _plain(mark: Annotation) -> MarkShape:
    """Words only."""
    return MarkShape(handles=mark.points, anchor=mark.points[0])


def _line(mark: Annotation, _frame: Frame) -> MarkShape:
    return MarkShape(lines=(_ends(mark),), handles=mark.points, anchor=mark.points[1])


def _arrow(mark: Annotation, _frame: Frame) -> MarkShape:
    tail, head = _ends(mark)
    return MarkShape(lines=((tail, head),), head=head, handles=mark.points, anchor=tail)


def _angle(mark: Annotation, _frame: Frame) -> MarkShape:
    end, vertex, other = mark.points
    return MarkShape(lines=((end, vertex), (vertex, other)), handles=mark.points, anchor=vertex)


def _cobb(mark: Annotation, _frame: Frame) -> MarkShape:
    upper, lower = (mark.points[0], mark.points[1]), (mark.points[2], mark.points[3])
    guide = (_middle(*upper), _middle(*lower))
    return MarkShape(
        lines=(upper, lower), guides=(guide,), handles=mark.points, anchor=mark.points[3]
    )


def _cardiothoracic(mark: Annotation, frame: Frame) -> MarkShape:
    feet = cardiothoracic_feet(mark, frame)
    return MarkShape(
        lines=tuple(zip(feet, mark.points[2:], strict=True)),
        guides=((mark.points[0], mark.points[1]),),
        handles=mark.points,
        anchor=mark.points[1],
    )


def _ellipse(mark: Annotation, _frame: Frame) -> MarkShape:
    return MarkShape(box=_ends(mark), handles=mark.points, anchor=_lowest_right(mark.points))


def _rectangle(mark: Annotation, _frame: Frame) -> MarkShape:
    lines = _sides(*_ends(mark))
    return MarkShape(lines=lines, handles=mark.points, anchor=_lowest_right(mark.points))


def _probe(mark: Annotation, _frame: Frame) -> MarkShape:
    return MarkShape(cross=mark.points[0], handles=mark.points, anchor=mark.points[0])


_SHAPES: dict[AnnotationKind, Callable[[Annotation, Frame], MarkShape]] = {
    AnnotationKind.LENGTH: _line,
    AnnotationKind.ANGLE: _angle,
    AnnotationKind.COBB: _cobb,
    AnnotationKind.CARDIOTHORACIC: _cardiothoracic,
    AnnotationKind.ELLIPSE: _ellipse,
    AnnotationKind.RECTANGLE: _rectangle,
    AnnotationKind.ARROW: _arrow,
    AnnotationKind.PROBE: _probe,
}


def _ends(mark: Annotation) -> Line:
    return mark.points[0], mark.points[1]


def _middle(start: Point, end: Point) -> Point:
    return Point(x=(start.x + end.x) / 2, y=(start.y + end.y) / 2)


def _sides(one: Point, other: Point) -> tuple[Line, ...]:
    corners = (one, Point(x=other.x, y=one.y), other, Point(x=one.x, y=other.y))
    return tuple(zip(corners, (*corners[1:], corners[0]), strict=True))


def _lowest_right(points: tuple[Point, ...]) -> Point:
    return Point(x=max(p.x for p in points), y=max(p.y for p in points))
