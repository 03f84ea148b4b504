"""Windowing by dragging: right is wider, up is brighter on the screen.

A reader can choose darker upwards, as IHE BIR asks, and another speed (`MouseHabits`). "Brighter"
is what the eye sees, so MONOCHROME1 and inverted films respond like any other (IHE BIR asks for the
same sense on all images). The first drag on a film with a VOI LUT starts from the window nearest to
that LUT.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from PySide6.QtCore import Qt

from engine.domain.image import PixelImage, VoiFunction, Window
from engine.domain.mouse import MouseDirection
from viewer.state.tool_choice import ToolChoice
from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer

FULL_TRAVEL: Final = 1000.0
"""Logical px of drag that cross the film's whole range of values."""
WIDTHS_OF_TRAVEL: Final = 4.0
"""A narrow window moves more slowly: a full travel crosses at most this many of its widths."""


class WindowLevel:
    """The window tool."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, choice: ToolChoice) -> None:
        self._choice = choice
        self._last = Pointer(x=0.0, y=0.0)
        self._per_px = 0.0

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Compute the speed from the film and its window."""
        self._last = at
        pixels, window = state.film.pixels, state.grey.window
        if pixels is not None and window is not None:
            travel = min(_value_span(pixels), WIDTHS_OF_TRAVEL * window.width)
            self._per_px = travel / FULL_TRAVEL

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Widen and brighten by the travel since the last move."""
        pixels, window = state.film.pixels, state.grey.window
        if pixels is None or window is None:
            return
        habits = self._choice.habits
        speed = self._per_px * habits.speed * at.pace / at.pixel_ratio
        wider = (at.x - self._last.x) * speed
        brighter = (self._last.y - at.y) * speed
        if habits.direction is MouseDirection.REVERSED:
            brighter = -brighter
        self._last = at
        # A higher centre darkens the screen, unless high values are shown dark.
        center = window.center + (brighter if state.grey.is_high_dark else -brighter)
        width = max(window.width + wider, _narrowest(window, pixels))
        state.grey.set_window(replace(window, center=center, width=width, name=""))

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Do nothing: the last move has set the window."""


def _value_span(pixels: PixelImage) -> float:
    samples = pixels.samples
    return max(float(np.ptp(samples)) * abs(pixels.slope), abs(pixels.slope))


def _narrowest(window: Window, pixels: PixelImage) -> float:
    """DICOM PS3.3 C.11.2.1.2: a LINEAR width is at least 1, others are above 0."""
    return 1.0 if window.function is VoiFunction.LINEAR else abs(pixels.slope)
