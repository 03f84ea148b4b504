"""Commands that save or print a film, show its header, or hide names."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command

HEADER: Final = "film.header"
SAVE_FILM: Final = "film.save"
SAVE_VIEW: Final = "film.save_view"
SAVE_ANONYMOUS: Final = "film.save_anonymous"
PRINT: Final = "film.print"
HIDE_NAMES: Final = "window.hide_names"

HANDOUT_COMMANDS: Final = (
    Command(
        id=HEADER,
        text="DICOM header…",
        group="Image",
        shortcut="Ctrl+I",
        tip="Every element of the file, with a search",
    ),
    Command(
        id=SAVE_FILM,
        text="Save film as PNG…",
        group="Image",
        shortcut="Ctrl+E",
        tip="All its pixels through the window in force, without text or annotations",
    ),
    Command(
        id=SAVE_VIEW,
        text="Save view as PNG…",
        group="Image",
        shortcut="Ctrl+Shift+E",
        tip="As on the screen, with text and annotations",
    ),
    Command(
        id=SAVE_ANONYMOUS,
        text="Save films without identity…",
        group="Image",
        tip="The study as DICOM, with names, dates and numbers taken out",
    ),
    Command(id=PRINT, text="Print view…", group="Image", shortcut="Ctrl+Alt+P"),
    Command(
        id=HIDE_NAMES,
        text="Hide names",
        group="View",
        shortcut="Ctrl+Shift+H",
        tip="Show and export codes and moved dates in place of who the patient is",
        checkable=True,
    ),
)
