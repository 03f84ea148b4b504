"""Dragging an annotation: a handle moves one point, a line or a label the whole annotation.

The reader does not choose this tool: with every tool, an annotation under the pointer takes
precedence. A proposed annotation becomes the reader's by a click on it, or as a handle is dragged.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

from engine.domain.annotation import Annotation, Point
from engine.domain.annotation_kind import AnnotationKind
from engine.imaging.measure import annotation_shape
from engine.imaging.measurement import AnnotationShape, Line
from viewer.state.film_geometry import FilmGeometry
from viewer.state.viewport import ViewportState
from viewer.tools.placing import image_point
from viewer.tools.tool import Pointer

REACH_PX: Final = 8.0
"""Distance up to which a handle or line counts as under the pointer, in logical px."""
WORDS_PX: Final = (90.0, 20.0)
"""Width and height right of a text's point that count as the text, in logical px."""
_SIDES: Final = 48
"""Number of straight pieces that stand for an ellipse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """What the pointer holds; `index` is the handle, None for the whole annotation."""

    annotation: Annotation
    index: int | None


class EditAnnotation:
    """Drags an annotation or one of its points."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self) -> None:
        self._grip: Grip | None = None
        self._start: Point | None = None

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Take hold of what is under the pointer and select it."""
        self._grip, self._start = grip_at(state, at), image_point(state, at)
        if self._grip is not None:
            state.annotations.select(self._grip.annotation.id)

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Show the annotation where it is dragged."""
        moved = self._moved(state, at)
        if moved is not None:
            state.in_view.hold(moved)

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Store the moved annotation, as one undo step."""
        moved = self._moved(state, at)
        state.in_view.hold(None)
        if moved is not None:
            state.annotations.change(moved)
        elif self._grip is not None and self._grip.annotation is state.annotations.proposed:
            state.annotations.confirm(self._grip.annotation)
        self._grip = self._start = None

    def _moved(self, state: ViewportState, at: Pointer) -> Annotation | None:
        point = image_point(state, at)
        if self._grip is None or self._start is None or point is None:
            return None
        annotation, index = self._grip.annotation, self._grip.index
        dx, dy = point.x - self._start.x, point.y - self._start.y
        # A hand is never quite still: a click on a line of a proposal must not move it as a whole.
        is_click = index is None and annotation is state.annotations.proposed
        if is_click or (dx, dy) == (0.0, 0.0):
            return None
        if index is None:
            return annotation.moved(dx, dy)
        return annotation.with_point(index, annotation.points[index].moved(dx, dy))


def grip_at(state: ViewportState, at: Pointer) -> Grip | None:
    """What is under the pointer, the newest annotation first; None if nothing is."""
    geometry, frame = state.placement.geometry, state.in_view.frame
    if geometry is None or frame is None or state.in_view.in_hand is not None:
        return None
    reach = REACH_PX * at.pixel_ratio
    proposed = state.in_view.proposed
    for annotation in reversed((*state.in_view.shown, *((proposed,) if proposed else ()))):
        shape = annotation_shape(annotation, frame)
        # Handles first: they lie on the lines.
        near = [
            (math.dist((at.x, at.y), geometry.to_view(handle.x, handle.y)), index)
            for index, handle in enumerate(shape.handles)
        ]
        distance, index = min(near, default=(math.inf, 0))
        if distance <= reach:
            return Grip(annotation=annotation, index=index)
        if _is_on(shape, geometry, at, reach) or _is_on_words(annotation, geometry, at):
            return Grip(annotation=annotation, index=None)
    return None


def _is_on(shape: AnnotationShape, geometry: FilmGeometry, at: Pointer, reach: float) -> bool:
    lines = [*shape.lines, *shape.guides]
    if shape.box is not None:
        lines.append(_outline(*shape.box))
    return any(
        _distance((at.x, at.y), geometry.to_view(a.x, a.y), geometry.to_view(b.x, b.y)) <= reach
        for line in lines
        for a, b in itertools.pairwise(line)
    )


def _is_on_words(annotation: Annotation, geometry: FilmGeometry, at: Pointer) -> bool:
    if annotation.kind is not AnnotationKind.TEXT:
        return False
    x, y = geometry.to_view(annotation.points[0].x, annotation.points[0].y)
    width, height = (side * at.pixel_ratio for side in WORDS_PX)
    return 0 <= at.x - x <= width and 0 <= at.y - y <= height * max(
        1, len(annotation.text.splitlines())
    )


def _outline(one: Point, other: Point) -> Line:
    """An ellipse as a polygon."""
    x, y = (one.x + other.x) / 2, (one.y + other.y) / 2
    a, b = abs(other.x - one.x) / 2, abs(other.y - one.y) / 2
    turns = [2 * math.pi * side / _SIDES for side in range(_SIDES + 1)]
    return tuple(Point(x=x + a * math.cos(t), y=y + b * math.sin(t)) for t in turns)


def _distance(
    position: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """Distance of a position from a line segment, in view pixels."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    if length == 0:
        return math.dist(position, start)
    along = ((position[0] - start[0]) * dx + (position[1] - start[1]) * dy) / length
    along = min(max(along, 0.0), 1.0)
    return math.dist(position, (start[0] + along * dx, start[1] + along * dy))
