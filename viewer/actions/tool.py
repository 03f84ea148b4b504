"""Commands that choose what the left button does."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtGui import QActionGroup

from viewer.actions.registry import Command, CommandRegistry, Scope
from viewer.state.tool_choice import LeftTool, ToolChoice

_TOOL_OF: Final = {
    "tool.window": LeftTool.WINDOW,
    "tool.zoom": LeftTool.ZOOM,
    "tool.pan": LeftTool.PAN,
}

TOOL_COMMANDS: Final = (
    Command(
        id="tool.window",
        text="Window",
        group="Tools",
        shortcut="W",
        icon="sun",
        scope=Scope.IMAGE,
        tip="Drag: right is wider, up is brighter; Shift fine, Ctrl coarse",
        checkable=True,
    ),
    Command(
        id="tool.zoom",
        text="Zoom",
        group="Tools",
        shortcut="Z",
        icon="zoom-in",
        scope=Scope.IMAGE,
        tip="Drag up to enlarge about the point pressed; the right button does so always",
        checkable=True,
    ),
    Command(
        id="tool.pan",
        text="Move",
        group="Tools",
        shortcut="T",
        icon="hand",
        scope=Scope.IMAGE,
        tip="Drag the film; the middle button does so always",
        checkable=True,
    ),
)


MOUSE_GESTURES: Final = (
    ("Left button", "Window, or the tool chosen"),
    ("Middle button", "Move"),
    ("Right button, drag", "Zoom"),
    ("Right button, click", "Menu of the film"),
    ("Wheel", "Zoom at the pointer"),
    ("Double click", "This film alone, and back"),
)
"""What the mouse does on a film, for the shortcut sheet and the guide: where, what."""


def bind_tools(registry: CommandRegistry, choice: ToolChoice) -> None:
    """Let the commands choose the tool, and show which is chosen."""
    group = QActionGroup(registry)
    for command_id, tool in _TOOL_OF.items():
        group.addAction(registry.action(command_id))
        registry.bind(command_id, partial(choice.choose, tool))

    def show_choice() -> None:
        for command_id, tool in _TOOL_OF.items():
            registry.action(command_id).setChecked(tool is choice.tool)

    choice.tool_changed.connect(show_choice)
    show_choice()
