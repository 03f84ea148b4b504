"""Commands about screen, mouse and what films are painted through."""

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
        text="Sharpened, local contrast, and back",
        group="Image",
        shortcut="Shift+F",
        scope=Scope.IMAGE,
        tip="For the eye only: nothing is measured through a filter, and the model never sees one",
    ),
    Command(
        id=INTERPOLATION,
        text="Next smoothing of enlarged films",
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
        text="Measure this screen…",
        group="Window",
        tip="Say how long a line is on this screen, for life size",
    ),
    Command(id=MOUSE, text="Mouse…", group="Window", tip="What buttons and wheel do on films"),
)
