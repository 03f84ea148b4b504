"""Commands that choose the left button's tool."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtGui import QActionGroup

from engine.domain.annotation_kind import AnnotationKind, KindFacts, Quantity
from engine.domain.mouse import DragAction, MouseButtons, WheelAction
from viewer.actions.registry import Command, CommandRegistry, Scope
from viewer.state.tool_choice import LeftTool, ToolChoice

_PLACING: Final = {f"tool.{kind.value}": kind for kind in AnnotationKind}
_TOOL_OF: Final[dict[str, LeftTool]] = {
    "tool.window": DragAction.WINDOW,
    "tool.zoom": DragAction.ZOOM,
    "tool.pan": DragAction.PAN,
    **_PLACING,
}
MEASURING_BUTTONS: Final = tuple(
    command_id
    for command_id, kind in _PLACING.items()
    if kind.facts.icon and kind.facts.quantity is not Quantity.NOTHING
)
"""Ids of measuring tools that have a button."""
POINTING_BUTTONS: Final = tuple(
    command_id
    for command_id, kind in _PLACING.items()
    if kind.facts.icon and kind.facts.quantity is Quantity.NOTHING
)
"""Ids of writing and pointing tools that have a button."""


def _placing(command_id: str, facts: KindFacts) -> Command:
    return Command(
        id=command_id,
        text=facts.name,
        group="Tools",
        shortcut=facts.key,
        icon=facts.icon,
        scope=Scope.IMAGE,
        tip=f"{facts.tip}; choose it twice to keep it",
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
        text="Pan",
        group="Tools",
        shortcut="T",
        icon="hand",
        scope=Scope.IMAGE,
        tip="Drag the film; Space and the left button do so always",
        checkable=True,
    ),
    *(_placing(command_id, kind.facts) for command_id, kind in _PLACING.items()),
)


_DRAGS: Final = {DragAction.WINDOW: "Window", DragAction.ZOOM: "Zoom", DragAction.PAN: "Pan"}
_WHEELS: Final = {
    WheelAction.ZOOM: "Zoom at the pointer",
    WheelAction.FILMS: "Next or previous film",
}


def mouse_gestures(buttons: MouseButtons) -> tuple[tuple[str, str], ...]:
    """Pairs of a mouse gesture and its effect, by the reader's settings."""
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
        ("`Ctrl` and wheel, film of several frames", "Next or previous frame"),
        ("Other habits", "Menu, View, Mouse"),
        ("Double click", "Maximise film"),
        ("Left button on an annotation", "Move it, or the handle under the pointer"),
        ("`Alt` and left button", "Window, whatever tool is chosen"),
        ("`Space` and left button", "Pan"),
    )


MOUSE_GESTURES: Final = mouse_gestures(MouseButtons())
"""Gestures with default settings, for the user guide."""


def bind_tools(registry: CommandRegistry, choice: ToolChoice) -> None:
    """Bind the tool commands, and keep the chosen tool checked."""
    group = QActionGroup(registry)
    for command_id, tool in _TOOL_OF.items():
        group.addAction(registry.action(command_id))
        registry.bind(command_id, partial(choice.choose, tool))

    def show_choice() -> None:
        for command_id, tool in _TOOL_OF.items():
            registry.action(command_id).setChecked(tool is choice.tool)

    choice.tool_changed.connect(show_choice)
    show_choice()
