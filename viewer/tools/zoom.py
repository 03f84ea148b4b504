"""Enlarge and reduce: by dragging about the point pressed, and by the wheel at the cursor."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt

from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer

DOUBLING_PX: Final = 140.0
"""Logical px of drag that double the size."""
WHEEL_FACTOR: Final = 1.15
"""Factor of one notch of the wheel."""
FINE_WHEEL: Final = 0.25
"""Part of a notch that counts while Shift is held."""


class Zoom:
    """The zoom tool: up enlarges."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(self) -> None:
        self._pressed = Pointer(x=0.0, y=0.0)
        self._last = self._pressed

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Fix the point that stays in place."""
        self._pressed = self._last = at

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Enlarge by the way upwards since the last move."""
        up = at.pace * (self._last.y - at.y) / at.pixel_ratio
        self._last = at
        state.glide.go_on()
        state.zoom_at(math.pow(2.0, up / DOUBLING_PX), self._pressed.x, self._pressed.y)

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Let it rest."""
        state.glide.rest()


def zoom_by_wheel(state: ViewportState, at: Pointer, notches: float) -> None:
    """Enlarge (away from the reader, > 0) so that the point under the cursor stays there."""
    counted = notches * FINE_WHEEL if at.fine else notches
    state.glide.go_on()
    state.zoom_at(math.pow(WHEEL_FACTOR, counted), at.x, at.y)
