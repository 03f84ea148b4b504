"""Commands that choose what the left button does."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtGui import QActionGroup

from engine.domain.mouse import DragAction, MouseButtons, WheelAction
from viewer.actions.registry import Command, CommandRegistry, Scope
from viewer.state.tool_choice import LeftTool, ToolChoice

_TOOL_OF: Final = {
    "tool.window": LeftTool.WINDOW,
    "tool.zoom": LeftTool.ZOOM,
    "tool.pan": LeftTool.PAN,
    "tool.length": LeftTool.LENGTH,
    "tool.angle": LeftTool.ANGLE,
    "tool.cobb": LeftTool.COBB,
    "tool.cardiothoracic": LeftTool.CARDIOTHORACIC,
    "tool.ellipse": LeftTool.ELLIPSE,
    "tool.rectangle": LeftTool.RECTANGLE,
    "tool.probe": LeftTool.PROBE,
    "tool.text": LeftTool.TEXT,
    "tool.arrow": LeftTool.ARROW,
}


def _marking(command_id: str, text: str, shortcut: str, *, icon: str = "", tip: str) -> Command:
    """A tool that puts marks on the film."""
    return Command(
        id=command_id,
        text=text,
        group="Tools",
        shortcut=shortcut,
        icon=icon,
        scope=Scope.IMAGE,
        tip=f"{tip}; twice to keep the tool",
        checkable=True,
    )


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
        tip="Drag up to enlarge about the point pressed",
        checkable=True,
    ),
    Command(
        id="tool.pan",
        text="Move",
        group="Tools",
        shortcut="T",
        icon="hand",
        scope=Scope.IMAGE,
        tip="Drag the film; Space and the left button do so always",
        checkable=True,
    ),
    _marking("tool.length", "Length", "D", icon="ruler", tip="Drag along a structure"),
    _marking(
        "tool.angle", "Angle", "A", icon="triangle-right", tip="Drag one arm, click the other"
    ),
    _marking("tool.cobb", "Cobb angle", "Shift+A", tip="Drag along both end plates"),
    _marking(
        "tool.cardiothoracic",
        "Cardiothoracic ratio",
        "C",
        icon="heart",
        tip="Drag the midline, click both borders of heart and chest",
    ),
    _marking("tool.ellipse", "Ellipse", "O", icon="circle", tip="Grey values in an ellipse"),
    _marking("tool.rectangle", "Rectangle", "Shift+O", tip="Grey values in a rectangle"),
    _marking("tool.probe", "Probe", "U", tip="The value of a pixel"),
    _marking("tool.text", "Text", "B", icon="type", tip="Write on the film"),
    _marking("tool.arrow", "Arrow", "Q", icon="move-up-right", tip="Point at something"),
)


_DRAGS: Final = {DragAction.WINDOW: "Window", DragAction.ZOOM: "Zoom", DragAction.PAN: "Move"}
_WHEELS: Final = {
    WheelAction.ZOOM: "Zoom at the pointer",
    WheelAction.FILMS: "Next or previous film",
}


def mouse_gestures(buttons: MouseButtons) -> tuple[tuple[str, str], ...]:
    """What the mouse does on a film by a reader's habits: where, what."""
    middle, right = _DRAGS.get(buttons.middle), _DRAGS.get(buttons.right)
    is_zoom = buttons.wheel is WheelAction.ZOOM
    other = WheelAction.FILMS if is_zoom else WheelAction.ZOOM
    return (
        ("Left button", "Window, or the tool chosen"),
        ("Alt and left click", "Sentences that looked at this place"),
        *([("Middle button", middle)] if middle else []),
        *([("Right button, drag", right)] if right else []),
        ("Right button, click", "Menu of the film"),
        ("Wheel", _WHEELS[buttons.wheel]),
        ("`Ctrl` and wheel", _WHEELS[other]),
        ("Other habits", "Menu, Window, Mouse"),
        ("Double click", "This film alone, and back"),
        ("Left button on a mark", "Move the mark, or the point under the pointer"),
        ("`Alt` and left button", "Window, whatever tool is chosen"),
        ("`Space` and left button", "Move"),
    )


MOUSE_GESTURES: Final = mouse_gestures(MouseButtons())
"""What the mouse does at first, for the guide."""


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
