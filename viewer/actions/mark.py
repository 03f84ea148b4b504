"""Commands about marks, calibration and key images of the film in the active view."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

UNDO: Final = "mark.undo"
REDO: Final = "mark.redo"
DELETE: Final = "mark.delete"
NEXT: Final = "mark.next"
NEXT_POINT: Final = "mark.next_point"
LEVEL: Final = "mark.level"
KEY_IMAGE: Final = "mark.key_image"
CALIBRATE: Final = "mark.calibrate"
UNCALIBRATE: Final = "mark.uncalibrate"
TO_REPORT: Final = "mark.to_report"

MARK_COMMANDS: Final = (
    Command(id=UNDO, text="Undo mark", group="Marks", shortcut="Ctrl+Z", scope=Scope.IMAGE),
    Command(
        id=REDO,
        text="Redo mark",
        group="Marks",
        shortcut="Ctrl+Y",
        also=("Ctrl+Shift+Z",),
        scope=Scope.IMAGE,
    ),
    Command(
        id=DELETE,
        text="Delete mark",
        group="Marks",
        shortcut="Del",
        also=("Backspace",),
        scope=Scope.IMAGE,
    ),
    Command(
        id=NEXT,
        text="Select the next mark",
        group="Marks",
        shortcut="N",
        scope=Scope.IMAGE,
        tip="The arrow keys move it, with Shift finely; after the last one none is selected",
    ),
    Command(
        id=NEXT_POINT,
        text="Its next point",
        group="Marks",
        shortcut="Shift+N",
        scope=Scope.IMAGE,
        tip="The arrow keys move one point of the selected mark; after the last one all of it",
    ),
    Command(
        id=LEVEL,
        text="Show all, measurements or nothing",
        group="Marks",
        tip="Space, pressed alone, does the same",
        scope=Scope.IMAGE,
    ),
    Command(
        id=KEY_IMAGE,
        text="Key image",
        group="Marks",
        shortcut="K",
        icon="star",
        scope=Scope.IMAGE,
        tip="Mark this film for the report, or take that back",
    ),
    Command(
        id=CALIBRATE,
        text="Calibrate by this length…",
        group="Marks",
        scope=Scope.IMAGE,
        tip="Give the true length of the selected line",
    ),
    Command(
        id=TO_REPORT,
        text="Measurement into the report",
        group="Marks",
        shortcut="Ctrl+M",
        tip="Write what the selected mark measures under the findings; it follows the mark",
    ),
    Command(id=UNCALIBRATE, text="Use the file's scale again", group="Marks", scope=Scope.IMAGE),
)
