"""Which tool the left button drives."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class LeftTool(StrEnum):
    """What dragging with the left button does."""

    WINDOW = "window"
    ZOOM = "zoom"
    PAN = "pan"


class ToolChoice(QObject):
    """The left button's tool, the same in all views.

    Signals:
        tool_changed: Another tool was chosen.
    """

    tool_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = LeftTool.WINDOW

    @property
    def tool(self) -> LeftTool:
        """The tool in force."""
        return self._tool

    def choose(self, tool: LeftTool) -> None:
        """Give the left button another tool."""
        if tool is not self._tool:
            self._tool = tool
            self.tool_changed.emit()
