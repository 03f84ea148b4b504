"""Which tool the left button drives."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from engine.domain.mouse import MouseHabits


class LeftTool(StrEnum):
    """What dragging with the left button does."""

    WINDOW = "window"
    ZOOM = "zoom"
    PAN = "pan"
    LENGTH = "length"
    ANGLE = "angle"
    COBB = "cobb"
    CARDIOTHORACIC = "cardiothoracic"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    PROBE = "probe"
    TEXT = "text"
    ARROW = "arrow"

    @property
    def marks(self) -> bool:
        """Whether it puts marks on the film."""
        return self not in {LeftTool.WINDOW, LeftTool.ZOOM, LeftTool.PAN}


class ToolChoice(QObject):
    """The left button's tool, the same in all views.

    A marking tool serves once, then the tool before it comes back; chosen twice (a double click on
    its button, its key pressed twice) it stays until it is chosen again.

    Signals:
        tool_changed: Another tool was chosen, or the tool stays now.
    """

    tool_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = LeftTool.WINDOW
        self._before = LeftTool.WINDOW
        self._stays = False
        self.habits = MouseHabits()
        """What the other buttons and the wheel do, and how the window is dragged."""

    @property
    def tool(self) -> LeftTool:
        """The tool in force."""
        return self._tool

    @property
    def stays(self) -> bool:
        """Whether a marking tool stays after its first mark."""
        return self._stays

    def choose(self, tool: LeftTool) -> None:
        """Give the left button another tool, or let the marking tool in force stay."""
        if tool is not self._tool:
            if not self._tool.marks:
                self._before = self._tool
            self._set(tool, stays=False)
        elif tool.marks:
            if self._stays:
                self.leave()
            else:
                self._set(tool, stays=True)

    def finish(self) -> None:
        """A mark was made: put the tool away unless it stays."""
        if self._tool.marks and not self._stays:
            self.leave()

    def leave(self) -> None:
        """Go back to the tool before the marking tool."""
        if self._tool.marks:
            self._set(self._before, stays=False)

    def _set(self, tool: LeftTool, *, stays: bool) -> None:
        self._tool, self._stays = tool, stays
        self.tool_changed.emit()
