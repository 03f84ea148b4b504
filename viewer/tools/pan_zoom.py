"""The tools that move the film in its viewport: pan, zoom, and the wheel."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt

from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer

DOUBLING_PX: Final = 140.0
"""Logical px of drag that double the size."""
WHEEL_FACTOR: Final = 1.15
"""Factor per notch of the wheel."""
FINE_WHEEL: Final = 0.25
"""Part of a notch that counts while Shift is held."""


class Pan:
    """Keeps the point of the film under the pointer, unless Shift or Ctrl changes the pace."""

    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self) -> None:
        self._last = Pointer(x=0.0, y=0.0)

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Begin the drag."""
        self._last = at

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Move the film by the pointer's travel."""
        state.placement.motion.start()
        state.placement.pan_by(at.pace * (at.x - self._last.x), at.pace * (at.y - self._last.y))
        self._last = at

    def release(self, state: ViewportState, at: Pointer) -> None:
        """End the drag, so that the film is painted exactly."""
        state.placement.motion.stop()


class Zoom:
    """Zooms about the press point: dragging up enlarges."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(self) -> None:
        self._pressed = Pointer(x=0.0, y=0.0)
        self._last = self._pressed

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Fix the point to zoom about."""
        self._pressed = self._last = at

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Enlarge by the upward travel since the last move."""
        up = at.pace * (self._last.y - at.y) / at.pixel_ratio
        self._last = at
        state.placement.motion.start()
        state.placement.zoom_at(math.pow(2.0, up / DOUBLING_PX), self._pressed.x, self._pressed.y)

    def release(self, state: ViewportState, at: Pointer) -> None:
        """End the drag, so that the film is painted exactly."""
        state.placement.motion.stop()


def zoom_by_wheel(state: ViewportState, at: Pointer, notches: float) -> None:
    """Zoom at the cursor; notches > 0 (away from the reader) enlarge."""
    counted = notches * FINE_WHEEL if at.fine else notches
    state.placement.motion.start()
    state.placement.zoom_at(math.pow(WHEEL_FACTOR, counted), at.x, at.y)
