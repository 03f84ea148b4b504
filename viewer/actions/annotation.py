"""Commands for annotations, calibration and key images of the active film."""

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

ANNOTATION_COMMANDS: Final = (
    Command(
        id=UNDO, text="Undo annotation", group="Annotations", shortcut="Ctrl+Z", scope=Scope.IMAGE
    ),
    Command(
        id=REDO,
        text="Redo annotation",
        group="Annotations",
        shortcut="Ctrl+Y",
        also=("Ctrl+Shift+Z",),
        scope=Scope.IMAGE,
    ),
    Command(
        id=DELETE,
        text="Delete annotation",
        group="Annotations",
        shortcut="Del",
        also=("Backspace",),
        scope=Scope.IMAGE,
    ),
    Command(
        id=NEXT,
        text="Next annotation",
        group="Annotations",
        shortcut="N",
        scope=Scope.IMAGE,
        tip="The arrow keys move it, with Shift finely; after the last one none is selected",
    ),
    Command(
        id=NEXT_POINT,
        text="Next handle",
        group="Annotations",
        shortcut="Shift+N",
        scope=Scope.IMAGE,
        tip="The arrow keys move it; after the last one they move the whole annotation",
    ),
    Command(
        id=LEVEL,
        text="Show or hide annotations",
        group="Annotations",
        tip="Space, pressed alone, does the same",
        scope=Scope.IMAGE,
    ),
    Command(
        id=KEY_IMAGE,
        text="Key image",
        group="Annotations",
        shortcut="K",
        icon="star",
        scope=Scope.IMAGE,
        tip="Flag this film for the report, or take that back",
    ),
    Command(
        id=CALIBRATE,
        text="Calibrate by this length…",
        group="Annotations",
        scope=Scope.IMAGE,
        tip="Give the true size of what the selected line measures",
    ),
    Command(
        id=TO_REPORT,
        text="Insert measurement",
        group="Annotations",
        shortcut="Ctrl+M",
        tip="Write what is selected under the findings; the sentence follows it",
    ),
    Command(id=UNCALIBRATE, text="Reset calibration", group="Annotations", scope=Scope.IMAGE),
)
