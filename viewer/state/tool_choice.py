"""The tool on the left mouse button."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation_kind import AnnotationKind
from engine.domain.mouse import DragAction, MouseHabits

LeftTool: TypeAlias = Literal[DragAction.WINDOW, DragAction.ZOOM, DragAction.PAN] | AnnotationKind
"""What a left drag does: change the view, or place an annotation."""


class ToolChoice(QObject):
    """The left button's tool, the same in all viewports.

    An annotation tool is used once, then the previous tool returns. Chosen twice (by a double click
    or by pressing its key twice) it stays until it is chosen again.

    Signals:
        tool_changed: Another tool was chosen, or the tool was set to stay.
    """

    tool_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool: LeftTool = DragAction.WINDOW
        self._before: LeftTool = DragAction.WINDOW
        self._stays = False
        self.habits = MouseHabits()
        """What the other buttons and the wheel do, and how dragging changes the window."""

    @property
    def tool(self) -> LeftTool:
        """The tool on the left button."""
        return self._tool

    @property
    def places(self) -> bool:
        """Whether the tool places annotations."""
        return isinstance(self._tool, AnnotationKind)

    @property
    def stays(self) -> bool:
        """Whether an annotation tool stays after its first annotation."""
        return self._stays

    def choose(self, tool: LeftTool) -> None:
        """Choose a tool. Choosing the same annotation tool again makes it stay, or puts it away."""
        if tool is not self._tool:
            if not self.places:
                self._before = self._tool
            self._set(tool, stays=False)
        elif self.places:
            if self._stays:
                self.leave()
            else:
                self._set(tool, stays=True)

    def finish(self) -> None:
        """Put the annotation tool away after an annotation, unless it stays."""
        if self.places and not self._stays:
            self.leave()

    def leave(self) -> None:
        """Return to the tool before the annotation tool."""
        if self.places:
            self._set(self._before, stays=False)

    def _set(self, tool: LeftTool, *, stays: bool) -> None:
        self._tool, self._stays = tool, stays
        self.tool_changed.emit()
