"""The tool of every kind of annotation: points are set by dragging or clicking.

A drag sets two points, a click one, and both mix: a line is one drag or two clicks, an angle a drag
and a click. Until the last point is set the annotation follows the pointer. An outline is traced in
one drag, or its corners are clicked one after the other and the last one twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt

from engine.domain.annotation import Annotation, Point
from engine.domain.annotation_kind import MOST_POINTS, AnnotationKind, Step
from engine.domain.study import ImageRef
from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer

CLICK_PX: Final = 4.0
"""Logical px of travel up to which press and release count as a click."""
CLOSE_PX: Final = 6.0
"""Logical px within which a click on the first or last corner closes an outline."""
TRACE_PX: Final = 2.0
"""Logical px between two points of a traced outline."""
TRACING_HINT: Final = "Release to close the outline"


class Placing:
    """Places annotations of one kind."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, kind: AnnotationKind) -> None:
        self.kind = kind
        self._steps = kind.facts.steps
        self._is_outline = kind.facts.is_outline
        self._points: list[Point] = []
        self._annotation: Annotation | None = None
        self._pressed: Pointer | None = None
        self._is_done = False
        self._is_closed = False
        self._has_traced = False
        self._trace_px = TRACE_PX

    @property
    def is_placing(self) -> bool:
        """Whether an annotation has been begun and needs more points."""
        return bool(self._points)

    @property
    def is_done(self) -> bool:
        """Whether the last release finished an annotation."""
        return self._is_done

    @property
    def first_hint(self) -> str:
        """The hint for the first point."""
        return self._steps[0].hint

    @property
    def key_hint(self) -> str:
        """The hint for the next point, for arrow keys."""
        return f"Arrow keys, then Return: {self._next_step.point}"

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Set a point, or close the outline."""
        self._is_done = self._has_traced = False
        self._pressed = at
        point = image_point(state, at)
        if point is None:
            return
        self._is_closed = self._is_outline and self._is_at_corner(state, at)
        if not self._is_closed:
            if not self._points:
                state.annotations.begin(self.kind)
            self._add(point)
        self._show(state, point)

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Let the next point follow the pointer, or trace the outline."""
        point = image_point(state, at)
        if point is None or not self._points:
            return
        if len(self._steps) == 1:
            # A single point is set on release: until then it follows the pointer too.
            self._points = [point]
        elif self._is_outline and self._goes_on(state, at):
            self._has_traced = True
            self._add(point)
        self._show(state, point)

    def hover(self, state: ViewportState, at: Pointer) -> None:
        """Let the next point follow the pointer between two clicks."""
        point = image_point(state, at)
        if not self.is_placing:
            state.in_view.hold(None, self.first_hint)
        elif point is not None:
            self._show(state, point)

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Set a second point if this was a drag. The last point finishes the annotation."""
        point = image_point(state, at)
        if point is None or not self._points:
            return
        if not self._is_outline and not self._is_whole and self._has_travelled(at):
            self._points.append(point)
        if not self._is_whole:
            self._show(state, point)
            return
        annotation = self._built(state, self._points)
        self.cancel(state)
        self._is_done = True
        if annotation is not None:
            self._keep(state, annotation)

    def cancel(self, state: ViewportState) -> None:
        """Drop the unfinished annotation."""
        self._points, self._annotation, self._pressed = [], None, None
        self._trace_px = TRACE_PX
        state.in_view.hold(None)

    def _keep(self, state: ViewportState, annotation: Annotation) -> None:
        if self.kind is AnnotationKind.TEXT:
            # A text annotation needs its text first; without any it is dropped.
            state.text_wanted.emit(annotation)
        else:
            state.annotations.add(annotation)

    @property
    def _next_step(self) -> Step:
        return self._steps[min(len(self._points), len(self._steps) - 1)]

    @property
    def _is_whole(self) -> bool:
        has_all = len(self._points) >= len(self._steps)
        return has_all and (not self._is_outline or self._is_closed or self._has_traced)

    def _add(self, point: Point) -> None:
        self._points.append(point)
        if len(self._points) >= MOST_POINTS:
            # Thin out a very long outline and continue it in larger steps.
            self._points = self._points[::2]
            self._trace_px *= 2

    def _is_at_corner(self, state: ViewportState, at: Pointer) -> bool:
        corners = (*self._points[:1], *self._points[-1:])
        return any(_apart(state, corner, at) <= CLOSE_PX for corner in corners)

    def _goes_on(self, state: ViewportState, at: Pointer) -> bool:
        """Whether to trace another point; the first must be further away than a click."""
        step = self._trace_px if self._has_traced else CLICK_PX
        return _apart(state, self._points[-1], at) >= step

    def _show(self, state: ViewportState, point: Point) -> None:
        """Show the unfinished annotation, with its missing points at the pointer."""
        missing = max(len(self._steps) - len(self._points), int(self._is_outline))
        points = (*self._points, *[point] * missing)
        hint = TRACING_HINT if self._has_traced else self._next_step.hint
        state.in_view.hold(self._built(state, points), hint)

    def _built(self, state: ViewportState, points: Sequence[Point]) -> Annotation | None:
        image: ImageRef | None = state.film.image
        if image is None:
            return None
        if self._annotation is None:
            self._annotation = state.annotations.new(self.kind, image, points)
        self._annotation = replace(self._annotation, points=tuple(points))
        return self._annotation

    def _has_travelled(self, at: Pointer) -> bool:
        pressed = self._pressed
        if pressed is None:
            return False
        travel = math.hypot(at.x - pressed.x, at.y - pressed.y) / at.pixel_ratio
        return travel > CLICK_PX


def _apart(state: ViewportState, point: Point, at: Pointer) -> float:
    """Distance between a point of the film and the pointer, in logical px."""
    geometry = state.placement.geometry
    if geometry is None:
        return math.inf
    return math.dist(geometry.to_view(point.x, point.y), (at.x, at.y)) / at.pixel_ratio


def image_point(state: ViewportState, at: Pointer) -> Point | None:
    """The pointer's position on the film, in image pixels; None without a film."""
    geometry = state.placement.geometry
    if geometry is None:
        return None
    x, y = geometry.to_image(at.x, at.y)
    return Point(x=x, y=y)
