"""The loupe of one view: where it is held, how much it enlarges, and through which window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

STEPS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Device pixels per film pixel that the wheel goes through."""


class LoupeState(QObject):
    """Held or not, and how.

    Signals:
        changed: Paint it anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place: tuple[float, float] | None = None
        self._step = 0
        self._is_own = False

    @property
    def place(self) -> tuple[float, float] | None:
        """Where the loupe is held, in view pixels; None while it is not."""
        return self._place

    @property
    def scale(self) -> float:
        """Device pixels per film pixel: 1 shows every film pixel once."""
        return STEPS[self._step]

    @property
    def has_own_window(self) -> bool:
        """Whether it windows what lies under it by itself."""
        return self._is_own

    def hold(self, x: float, y: float, *, zoom: float, own_window: bool) -> None:
        """Take it up at a place of the view.

        Args:
            x: View pixels.
            y: View pixels.
            zoom: Of the view: the loupe starts at native pixels, or above what the view shows.
            own_window: Whether it shall choose its window by what lies under it.
        """
        larger = [step for step, scale in enumerate(STEPS) if scale > zoom * 1.2]
        self._step = larger[0] if larger else len(STEPS) - 1
        self._is_own = own_window
        self._place = (x, y)
        self.changed.emit()

    def move(self, x: float, y: float) -> None:
        """Follow the pointer."""
        if self._place is not None and self._place != (x, y):
            self._place = (x, y)
            self.changed.emit()

    def enlarge(self, steps: int) -> None:
        """Enlarge (> 0) or reduce by steps."""
        step = min(max(self._step + steps, 0), len(STEPS) - 1)
        if step != self._step:
            self._step = step
            self.changed.emit()

    def put_down(self) -> None:
        """Take it away."""
        if self._place is not None:
            self._place = None
            self.changed.emit()
