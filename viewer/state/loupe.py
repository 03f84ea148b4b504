"""The loupe of one viewport: where it is, how much it enlarges, and whose window it uses."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

STEPS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Magnifications that the wheel steps through, in device pixels per film pixel."""


class LoupeState(QObject):
    """Position, magnification and window of the loupe.

    Signals:
        changed: Paint again.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._position: tuple[float, float] | None = None
        self._step = 0
        self._is_own = False

    @property
    def position(self) -> tuple[float, float] | None:
        """Position of the loupe in view pixels; None while it is off."""
        return self._position

    @property
    def scale(self) -> float:
        """Device pixels per film pixel: 1 shows every film pixel once."""
        return STEPS[self._step]

    @property
    def has_own_window(self) -> bool:
        """Whether the window is chosen from the values under the loupe."""
        return self._is_own

    def hold(self, x: float, y: float, *, zoom: float, own_window: bool) -> None:
        """Show the loupe at a position.

        Args:
            x: View pixels.
            y: View pixels.
            zoom: Of the viewport. The loupe starts at the first step clearly above it.
            own_window: Whether to choose the window from the values under the loupe.
        """
        larger = [step for step, scale in enumerate(STEPS) if scale > zoom * 1.2]
        self._step = larger[0] if larger else len(STEPS) - 1
        self._is_own = own_window
        self._position = (x, y)
        self.changed.emit()

    def move(self, x: float, y: float) -> None:
        """Move the loupe to the pointer."""
        if self._position is not None and self._position != (x, y):
            self._position = (x, y)
            self.changed.emit()

    def enlarge(self, steps: int) -> None:
        """Enlarge (> 0) or reduce (< 0) by steps."""
        step = min(max(self._step + steps, 0), len(STEPS) - 1)
        if step != self._step:
            self._step = step
            self.changed.emit()

    def hide(self) -> None:
        """Hide the loupe."""
        if self._position is not None:
            self._position = None
            self.changed.emit()
