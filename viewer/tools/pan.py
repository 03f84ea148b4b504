"""Move the film with the hand."""

from __future__ import annotations

from PySide6.QtCore import Qt

from viewer.state.viewport import ViewportState
from viewer.tools.tool import Pointer


class Pan:
    """The film's point under the hand stays under it, unless Shift or Ctrl is held."""

    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self) -> None:
        self._last = Pointer(x=0.0, y=0.0)

    def press(self, state: ViewportState, at: Pointer) -> None:
        """Take hold."""
        self._last = at

    def move(self, state: ViewportState, at: Pointer) -> None:
        """Follow the hand."""
        state.glide.go_on()
        state.pan_by(at.pace * (at.x - self._last.x), at.pace * (at.y - self._last.y))
        self._last = at

    def release(self, state: ViewportState, at: Pointer) -> None:
        """Let go."""
        state.glide.rest()
