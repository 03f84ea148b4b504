"""What the marking tools share: how the points of a mark are set by dragging or by clicking.

A drag sets two points, a click one; both can be mixed, so a line is one drag or two clicks and an
angle a drag and a click. Until the last point is set the mark follows the pointer.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt

from engine.domain.annotation import POINT_COUNT, Annotation, AnnotationKind, Point
from engine.domain.study import ImageRef
from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer

CLICK_PX: Final = 4.0
"""Logical px of travel up to which a press and release are a click."""


class Placing:
    """One kind of mark. The tools beside this file say which and what the hints are.

    Attributes:
        kind: What is placed.
        hints: What to do for each point in turn.
        places: What each point is, for the hint while arrow keys set it.
    """

    kind: AnnotationKind
    hints: tuple[str, ...]
    places: tuple[str, ...]
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._mark: Annotation | None = None
        self._pressed: Pointer | None = None
        self._is_done = False

    @property
    def is_placing(self) -> bool:
        """Whether a mark has been begun and waits for more points."""
        return bool(self._points)

    @property
    def is_done(self) -> bool:
        """Whether the last release finished a mark."""
        return self._is_done

    @property
    def key_hint(self) -> str:
        """What to do next without a mouse."""
        return f"Arrow keys, then Return: {self.places[len(self._points)]}"

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Set a point."""
        self._is_done = False
        self._pressed = at
        place = image_point(state, at)
        if place is not None:
            self._points.append(place)
            self._show(state, place)

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Let the next point follow the pointer, the only one of a mark too."""
        place = image_point(state, at)
        if place is None or not self._points:
            return
        if POINT_COUNT[self.kind] == 1:
            self._points = [place]
        self._show(state, place)

    def hover(self, state: ViewportState, at: Pointer) -> None:
        """Follow the pointer between two clicks."""
        if self.is_placing:
            self.move(state, at)
        else:
            state.in_hand.show(None, self.hints[0])

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Set a second point if this was a drag; finish the mark with its last point."""
        place, count = image_point(state, at), POINT_COUNT[self.kind]
        if place is None or not self._points:
            return
        if len(self._points) < count and self._has_travelled(at):
            self._points.append(place)
        if len(self._points) < count:
            self._show(state, place)
            return
        mark = self._built(state, place)
        self.cancel(state)
        self._is_done = True
        if mark is not None:
            self.finish(state, mark)

    def finish(self, state: ViewportState, mark: Annotation) -> None:
        """Keep the mark."""
        state.marks.add(mark)

    def cancel(self, state: ViewportState) -> None:
        """Forget what was begun."""
        self._points, self._mark, self._pressed = [], None, None
        state.in_hand.show(None)

    def _show(self, state: ViewportState, place: Point) -> None:
        hint = self.hints[min(len(self._points), len(self.hints) - 1)]
        state.in_hand.show(self._built(state, place), hint)

    def _built(self, state: ViewportState, place: Point) -> Annotation | None:
        """The mark with the points so far; those that are missing are where the pointer is."""
        image: ImageRef | None = state.image
        if image is None:
            return None
        missing = POINT_COUNT[self.kind] - len(self._points)
        points = (*self._points, *[place] * missing)
        if self._mark is None:
            self._mark = state.marks.new(self.kind, image, points)
        for index, point in enumerate(points):
            self._mark = self._mark.with_point(index, point)
        return self._mark

    def _has_travelled(self, at: Pointer) -> bool:
        pressed = self._pressed
        if pressed is None:
            return False
        travel = math.hypot(at.x - pressed.x, at.y - pressed.y) / at.pixel_ratio
        return travel > CLICK_PX


def image_point(state: ViewportState, at: Pointer) -> Point | None:
    """Where the pointer is on the film, in image pixels; None without a film."""
    geometry = state.geometry
    if geometry is None:
        return None
    x, y = geometry.to_image(at.x, at.y)
    return Point(x=x, y=y)
