"""Commands for screen, mouse, display filter and interpolation."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

FILTER: Final = "view.filter"
INTERPOLATION: Final = "view.interpolation"
LIFE_SIZE: Final = "view.life_size"
MEASURE_SCREEN: Final = "window.measure_screen"
MOUSE: Final = "window.mouse"

DISPLAY_COMMANDS: Final = (
    Command(
        id=FILTER,
        text="Next filter",
        group="Image",
        shortcut="Shift+F",
        scope=Scope.IMAGE,
        tip="For the eye only: nothing is measured through it, and the model never sees it",
    ),
    Command(
        id=INTERPOLATION,
        text="Next interpolation",
        group="Image",
        shortcut="Shift+I",
        scope=Scope.IMAGE,
        tip="Linear with squares above 400 %, squares, linear, cubic",
    ),
    Command(
        id=LIFE_SIZE,
        text="Life size",
        group="Image",
        shortcut="Ctrl+2",
        tip="As large as on the detector; the screen has to be measured once",
    ),
    Command(
        id=MEASURE_SCREEN,
        text="Calibrate screen…",
        group="View",
        tip="Say how long a drawn line is, for life size",
    ),
    Command(id=MOUSE, text="Mouse…", group="View", tip="What buttons and wheel do on films"),
)
