"""The protocol of tools: one way of dragging on a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import Qt

from viewer.state.viewport import ViewportState

FINE: Final = 0.2
"""Factor on a drag while Shift is held."""
COARSE: Final = 5.0
"""Factor on a drag while Ctrl is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Position of the mouse, and the modifiers held.

    Attributes:
        x: View pixels, right.
        y: View pixels, down.
        pixel_ratio: View pixels per logical px, so that a drag of an inch does the same on any
            screen.
        fine: Shift is held.
        coarse: Ctrl is held.
    """

    x: float
    y: float
    pixel_ratio: float = 1.0
    fine: bool = False
    coarse: bool = False

    @property
    def pace(self) -> float:
        """Factor on the effect of a drag: less with Shift, more with Ctrl."""
        if self.fine:
            return FINE
        return COARSE if self.coarse else 1.0


class Tool(Protocol):
    """One interaction. A tool changes the state of a viewport and knows no widget."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """The mouse cursor between drags."""

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Begin a drag."""

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Continue the drag."""

    def release(self, state: ViewportState, at: Pointer) -> None:
        """End the drag."""
