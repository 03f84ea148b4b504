"""The menus: seven with at most twelve entries each, so that none has to be searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.domain.first_reading import FirstCall
from viewer.actions import (
    annotation,
    display,
    file,
    first_reading,
    handout,
    help,  # noqa: A004 - named after the menu
    layout,
    presentation,
    record,
    report,
    view,
    workspace,
    writing,
)
from viewer.state.layout import Layout

RULE: Final = ""
"""A separator."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of command ids, submenus and `RULE`."""

    title: str
    entries: tuple[str | Menu, ...]


_FILE = Menu(
    "File",
    (
        file.OPEN_FOLDER,
        file.OPEN_FILES,
        RULE,
        file.NEXT_STUDY,
        file.PREVIOUS_STUDY,
        file.FIND,
        file.PAST_REPORTS,
        file.ORDERS,
        file.OFF_LIST,
        RULE,
        Menu("Export", (file.EXPORT_PDF, workspace.CERTIFICATE, record.EXPORT_AS, file.COPY_TEXT)),
        Menu(
            "Workspace",
            (
                file.OPEN_WORKSPACE,
                record.USERS,
                record.PASSPHRASE,
                workspace.RECOVERY_KEY,
                workspace.LOCK_AFTER,
                workspace.LETTERHEAD,
                workspace.FOLDERS,
                workspace.FIGURES,
                RULE,
                workspace.MODELS,
                workspace.MODEL_WATCH,
                workspace.AUDIT_TRAIL,
                workspace.CHECK_DATABASE,
            ),
        ),
        RULE,
        record.LOCK,
        file.QUIT,
    ),
)
_REPORT = Menu(
    "Report",
    (
        report.DRAFT,
        report.STOP_DRAFT,
        report.EVIDENCE,
        RULE,
        writing.NORMAL,
        Menu(
            "Write",
            (
                writing.TEMPLATE,
                writing.CHOOSE_MACRO,
                writing.DEFAULTS,
                report.INDICATION,
                report.NEXT_OPEN,
                writing.SPELLING,
                RULE,
                writing.MACROS,
                writing.IMPORT_TEMPLATE,
            ),
        ),
        report.UNDO,
        report.REDO,
        RULE,
        Menu("Compare", (report.CHANGES, report.SINCE_PRIOR, record.REVISIONS)),
        Menu(
            "First reading",
            (first_reading.BLIND_FIRST, RULE, *map(first_reading.call_command, FirstCall)),
        ),
        RULE,
        report.SAVE,
        report.SIGN,
        Menu(
            "After signing",
            (
                record.ADDENDUM,
                record.TOLD,
                record.WITHDRAW,
                record.BEGIN_ANEW,
                RULE,
                record.SIGN_PRELIMINARY,
                record.ADVANCE,
            ),
        ),
    ),
)
_IMAGE = Menu(
    "Image",
    (
        view.AUTO_WINDOW,
        Menu("Presets", tuple(map(view.preset_id, range(1, view.LAST_PRESET + 1)))),
        view.NEXT_WINDOW,
        view.INVERT,
        RULE,
        Menu(
            "Zoom",
            (
                view.FIT,
                view.ONE_TO_ONE,
                display.LIFE_SIZE,
                view.ZOOM_IN,
                view.ZOOM_OUT,
                view.LOUPE,
            ),
        ),
        Menu(
            "Rotate and flip",
            (view.ROTATE_LEFT, view.ROTATE_RIGHT, view.FLIP_HORIZONTAL, view.FLIP_VERTICAL),
        ),
        Menu("Display", (display.FILTER, display.INTERPOLATION, view.SHUTTER, view.MODEL_EYE)),
        Menu("Presentation state", (presentation.NEXT_STATE, presentation.SAVE_STATE)),
        view.RESET,
        RULE,
        annotation.KEY_IMAGE,
        handout.HEADER,
        Menu(
            "Save and print",
            (handout.SAVE_FILM, handout.SAVE_VIEW, handout.SAVE_ANONYMOUS, handout.PRINT),
        ),
    ),
)
_MEASURE = Menu(
    "Measure",
    (
        Menu("Drag", ("tool.window", "tool.zoom", "tool.pan")),
        RULE,
        "tool.length",
        "tool.bidirectional",
        "tool.angle",
        "tool.cobb",
        "tool.cardiothoracic",
        Menu("Region", ("tool.ellipse", "tool.rectangle", "tool.freehand", "tool.probe")),
        Menu("Note", ("tool.text", "tool.arrow")),
        RULE,
        annotation.TO_REPORT,
        report.WITHOUT_AREA,
        Menu("Calibration", (annotation.CALIBRATE, annotation.UNCALIBRATE)),
        Menu(
            "Annotations",
            (
                annotation.UNDO,
                annotation.REDO,
                annotation.DELETE,
                RULE,
                annotation.NEXT,
                annotation.NEXT_POINT,
                annotation.LEVEL,
            ),
        ),
    ),
)
_LAYOUT = Menu(
    "Layout",
    (
        *map(layout.layout_id, Layout),
        RULE,
        file.PRIOR,
        layout.LINK,
        layout.MAXIMISE,
        Menu(
            "Go to",
            (
                layout.NEXT_VIEW,
                layout.PREVIOUS_VIEW,
                layout.NEXT_FILM,
                layout.PREVIOUS_FILM,
                layout.NEXT_FRAME,
                layout.PREVIOUS_FRAME,
            ),
        ),
    ),
)
_VIEW = Menu(
    "View",
    (
        report.SWITCH_FOCUS,
        layout.FILMS_ONLY,
        layout.FILMS_APART,
        layout.FULL_SCREEN,
        RULE,
        layout.LARGER,
        layout.SMALLER,
        layout.LARGER_REPORT,
        layout.SMALLER_REPORT,
        RULE,
        handout.HIDE_NAMES,
        display.MOUSE,
        display.MEASURE_SCREEN,
    ),
)
_HELP = Menu("Help", (help.SHORTCUTS, help.EDIT_KEYS, help.ABOUT))

MENUS: Final = (_FILE, _REPORT, _IMAGE, _MEASURE, _LAYOUT, _VIEW, _HELP)
