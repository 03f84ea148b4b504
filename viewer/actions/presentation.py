"""Commands about presentation states of the film in the active view."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

NEXT_STATE: Final = "presentation.next"
SAVE_STATE: Final = "presentation.save"

PRESENTATION_COMMANDS: Final = (
    Command(
        id=NEXT_STATE,
        text="Presentation state, its graphics only, and back",
        group="Image",
        shortcut="Y",
        scope=Scope.IMAGE,
        tip="Look at the film as the next presentation state beside it asks, or as its file does",
    ),
    Command(
        id=SAVE_STATE,
        text="Save the view as presentation state…",
        group="Image",
        shortcut="Ctrl+Shift+S",
        tip="Window, inversion, turn, part in view, shutter and marks as a DICOM file",
    ),
)
