"""Commands for presentation states of the active film."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

NEXT_STATE: Final = "presentation.next"
SAVE_STATE: Final = "presentation.save"

PRESENTATION_COMMANDS: Final = (
    Command(
        id=NEXT_STATE,
        text="Next presentation state",
        group="Image",
        shortcut="Y",
        scope=Scope.IMAGE,
        tip="See the film as somebody wrote down beside it, or as its file says",
    ),
    Command(
        id=SAVE_STATE,
        text="Save as presentation state…",
        group="Image",
        shortcut="Ctrl+Shift+S",
        tip="Window, inversion, turn, part in view, shutter and annotations as a DICOM file",
    ),
)
