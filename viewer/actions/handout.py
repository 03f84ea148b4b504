"""Commands that hand a film out, show its header, or hide whose it is."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

HEADER: Final = "film.header"
SAVE_FILM: Final = "film.save"
SAVE_VIEW: Final = "film.save_view"
PRINT: Final = "film.print"
HIDE_NAMES: Final = "window.hide_names"

HANDOUT_COMMANDS: Final = (
    Command(
        id=HEADER,
        text="Header of the film…",
        group="Image",
        shortcut="Ctrl+I",
        tip="Every element of the file's header, with a search",
    ),
    Command(
        id=SAVE_FILM,
        text="Save the film as PNG…",
        group="Image",
        shortcut="Ctrl+E",
        tip="All its pixels through the window in force, without words or marks",
    ),
    Command(
        id=SAVE_VIEW,
        text="Save the view as PNG…",
        group="Image",
        shortcut="Ctrl+Shift+E",
        tip="As on the screen, with words and marks",
    ),
    Command(id=PRINT, text="Print the view…", group="Image", shortcut="Ctrl+Alt+P"),
    Command(
        id=HIDE_NAMES,
        text="Hide names",
        group="Window",
        shortcut="Ctrl+Shift+H",
        tip="Show and export codes and moved dates in place of who the patient is",
        checkable=True,
    ),
)
