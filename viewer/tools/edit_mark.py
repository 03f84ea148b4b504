"""Take hold of a mark: a handle moves one point, a line or its words the whole mark.

Not chosen by the reader: whatever tool is in hand, a mark under the pointer comes first.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

from engine.domain.annotation import Annotation, AnnotationKind, Point
from engine.imaging.mark_shape import MarkShape, mark_shape
from viewer.state.film_geometry import FilmGeometry
from viewer.state.viewport import ViewportState
from viewer.tools.placing import image_point
from viewer.tools.tool import Pointer

REACH_PX: Final = 8.0
"""Logical px within which a handle or line is under the pointer."""
WORDS_PX: Final = (90.0, 20.0)
"""Width and height right of a text's place that count as the text, in logical px."""
_SIDES: Final = 48
"""Straight pieces that stand for an ellipse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """What the pointer has hold of; `index` is the point, None the whole mark."""

    mark: Annotation
    index: int | None


class EditMark:
    """Drags a mark or one of its points."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self) -> None:
        self._grip: Grip | None = None
        self._start: Point | None = None

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Take hold of what is under the pointer and select it."""
        self._grip, self._start = grip_at(state, at), image_point(state, at)
        if self._grip is not None:
            state.marks.select(self._grip.mark.id)

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Show it where it is dragged."""
        moved = self._moved(state, at)
        if moved is not None:
            state.in_hand.show(moved)

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Leave it there: one step that can be undone."""
        moved = self._moved(state, at)
        state.in_hand.show(None)
        if moved is not None:
            state.marks.change(moved)
        self._grip = self._start = None

    def _moved(self, state: ViewportState, at: Pointer) -> Annotation | None:
        place = image_point(state, at)
        if self._grip is None or self._start is None or place is None:
            return None
        mark, index = self._grip.mark, self._grip.index
        dx, dy = place.x - self._start.x, place.y - self._start.y
        if (dx, dy) == (0.0, 0.0):
            return None
        if index is None:
            return mark.moved(dx, dy)
        return mark.with_point(index, mark.points[index].moved(dx, dy))


def grip_at(state: ViewportState, at: Pointer) -> Grip | None:
    """What is under the pointer, the newest mark first; None if nothing is."""
    geometry, frame = state.geometry, state.frame
    if geometry is None or frame is None or state.in_hand.mark is not None:
        return None
    reach = REACH_PX * at.pixel_ratio
    for mark in reversed(state.shown_marks):
        shape = mark_shape(mark, frame)
        near = [
            (math.dist((at.x, at.y), geometry.to_view(handle.x, handle.y)), index)
            for index, handle in enumerate(shape.handles)
        ]
        distance, index = min(near)
        if distance <= reach:
            return Grip(mark=mark, index=index)
        if _is_on(shape, geometry, at, reach) or _is_on_words(mark, geometry, at):
            return Grip(mark=mark, index=None)
    return None


def _is_on(shape: MarkShape, geometry: FilmGeometry, at: Pointer, reach: float) -> bool:
    lines = [*shape.lines, *shape.guides]
    if shape.box is not None:
        lines += _outline(*shape.box)
    return any(
        _distance((at.x, at.y), geometry.to_view(a.x, a.y), geometry.to_view(b.x, b.y)) <= reach
        for a, b in lines
    )


def _is_on_words(mark: Annotation, geometry: FilmGeometry, at: Pointer) -> bool:
    if mark.kind is not AnnotationKind.TEXT:
        return False
    x, y = geometry.to_view(mark.points[0].x, mark.points[0].y)
    width, height = (side * at.pixel_ratio for side in WORDS_PX)
    return 0 <= at.x - x <= width and 0 <= at.y - y <= height * max(1, len(mark.text.splitlines()))


def _outline(one: Point, other: Point) -> list[tuple[Point, Point]]:
    """An ellipse as a polygon."""
    x, y = (one.x + other.x) / 2, (one.y + other.y) / 2
    a, b = abs(other.x - one.x) / 2, abs(other.y - one.y) / 2
    turns = [2 * math.pi * side / _SIDES for side in range(_SIDES + 1)]
    places = [Point(x=x + a * math.cos(t), y=y + b * math.sin(t)) for t in turns]
    return list(itertools.pairwise(places))


def _distance(
    place: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """From a place to a line between two others, in view pixels."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    if length == 0:
        return math.dist(place, start)
    along = ((place[0] - start[0]) * dx + (place[1] - start[1]) * dy) / length
    along = min(max(along, 0.0), 1.0)
    return math.dist(place, (start[0] + along * dx, start[1] + along * dy))
