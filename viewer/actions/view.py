"""Commands for the look of the active film."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from viewer.actions.registry import Command, CommandRegistry, Scope
from viewer.state.viewport import ViewportState

LAST_PRESET: Final = 9
"""Highest digit of a preset; 0 is the automatic window."""
ZOOM_STEP: Final = 1.25
"""Factor of one press of plus."""

CurrentViewport = Callable[[], ViewportState | None]
"""Gives the state of the active viewport, or None if there is none."""

INVERT: Final = "view.invert"
ROTATE_RIGHT: Final = "view.rotate_right"
ROTATE_LEFT: Final = "view.rotate_left"
FLIP_HORIZONTAL: Final = "view.flip_horizontal"
FLIP_VERTICAL: Final = "view.flip_vertical"
FIT: Final = "view.fit"
ONE_TO_ONE: Final = "view.one_to_one"
ZOOM_IN: Final = "view.zoom_in"
ZOOM_OUT: Final = "view.zoom_out"
AUTO_WINDOW: Final = "view.auto_window"
RESET: Final = "view.reset"
NEXT_WINDOW: Final = "view.next_window"
SHUTTER: Final = "view.shutter"
MODEL_EYE: Final = "view.model_eye"
LOUPE: Final = "view.loupe"


def preset_id(number: int) -> str:
    """Id of the command for window preset 1 to 9."""
    return f"view.preset_{number}"


def _image(
    command_id: str, text: str, shortcut: str, *, icon: str = "", also: tuple[str, ...] = ()
) -> Command:
    return Command(
        id=command_id,
        text=text,
        group="Image",
        shortcut=shortcut,
        also=also,
        icon=icon,
        scope=Scope.IMAGE,
    )


# Lucide names its flip icons by the mirror's axis, the commands by what is exchanged.
VIEW_COMMANDS: Final = (
    _image(INVERT, "Invert", "I", icon="contrast"),
    _image(ROTATE_RIGHT, "Rotate right", "R", icon="rotate-cw"),
    _image(ROTATE_LEFT, "Rotate left", "L", icon="rotate-ccw"),
    _image(FLIP_HORIZONTAL, "Flip left and right", "H", icon="flip-vertical-2"),
    _image(FLIP_VERTICAL, "Flip top and bottom", "V", icon="flip-horizontal-2"),
    _image(FIT, "Fit", "F", icon="scan", also=("=",)),
    Command(
        id=ONE_TO_ONE,
        text="100 %",
        group="Image",
        shortcut="Ctrl+1",
        icon="image-upscale",
        tip="One film pixel on one screen pixel",
    ),
    _image(ZOOM_IN, "Zoom in", "+"),
    _image(ZOOM_OUT, "Zoom out", "-"),
    Command(
        id=LOUPE,
        text="Loupe (hold)",
        group="Image",
        shortcut="M",
        also=("Shift+M",),
        scope=Scope.IMAGE,
        tip="The film under the pointer at native pixels; with Shift through a window of its own",
    ),
    _image(AUTO_WINDOW, "Automatic window", "0", icon="wand"),
    _image(NEXT_WINDOW, "Next window of the file", "Shift+W"),
    *(
        _image(preset_id(number), f"Window {number}", str(number))
        for number in range(1, LAST_PRESET + 1)
    ),
    _image(MODEL_EYE, "Model view", "Shift+E"),
    _image(SHUTTER, "Shutter on/off", "Shift+S"),
    _image(RESET, "Reset view", "Escape", icon="house"),
)


def bind_view(registry: CommandRegistry, current: CurrentViewport) -> None:
    """Bind the commands to the viewport that `current` gives when they run."""

    def bind(command_id: str, verb: Callable[[ViewportState], object]) -> None:
        def run() -> None:
            state = current()
            if state is not None:
                verb(state)

        registry.bind(command_id, run)

    bind(INVERT, lambda state: state.grey.toggle_invert())
    bind(ROTATE_RIGHT, lambda state: state.placement.rotate(90))
    bind(ROTATE_LEFT, lambda state: state.placement.rotate(-90))
    bind(FLIP_HORIZONTAL, lambda state: state.placement.flip_horizontal())
    bind(FLIP_VERTICAL, lambda state: state.placement.flip_vertical())
    bind(FIT, lambda state: state.placement.fit())
    bind(ONE_TO_ONE, lambda state: state.placement.one_to_one())
    bind(ZOOM_IN, lambda state: state.placement.zoom_by(ZOOM_STEP))
    bind(ZOOM_OUT, lambda state: state.placement.zoom_by(1 / ZOOM_STEP))
    bind(AUTO_WINDOW, lambda state: state.grey.auto_window())
    bind(NEXT_WINDOW, lambda state: state.grey.next_file_window())
    bind(SHUTTER, lambda state: state.film.toggle_shutter())
    bind(RESET, ViewportState.reset)
    for number in range(1, LAST_PRESET + 1):
        bind(preset_id(number), partial(_apply_preset, number))


def _apply_preset(number: int, state: ViewportState) -> None:
    state.grey.apply_preset(number)
