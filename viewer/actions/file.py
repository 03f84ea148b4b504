"""Commands for films, studies and documents."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

OPEN_FOLDER: Final = "file.open_folder"
OPEN_FILES: Final = "file.open_files"
NEXT_STUDY: Final = "file.next_study"
PREVIOUS_STUDY: Final = "file.previous_study"
FIND: Final = "file.find"
OFF_LIST: Final = "file.off_list"
PAST_REPORTS: Final = "file.past_reports"
EXPORT_PDF: Final = "file.export_pdf"
COPY_TEXT: Final = "file.copy_text"
OPEN_WORKSPACE: Final = "file.open_workspace"
QUIT: Final = "file.quit"
ORDERS: Final = "file.orders"
PRIOR: Final = "film.prior"

FILE_COMMANDS: Final = (
    Command(
        id=OPEN_FOLDER,
        text="Open folder or CD…",
        group="File",
        shortcut="Ctrl+O",
        icon="folder-open",
        tip="Add every study found there",
    ),
    Command(
        id=OPEN_FILES,
        text="Open files or ZIP…",
        group="File",
        shortcut="Ctrl+Shift+O",
        tip="Add single films, or all of an archive",
    ),
    Command(
        id=NEXT_STUDY,
        text="Next study",
        group="File",
        shortcut="Ctrl+Down",
        icon="chevron-down",
        also=("Ctrl+Right",),
    ),
    Command(
        id=PREVIOUS_STUDY,
        text="Previous study",
        group="File",
        shortcut="Ctrl+Up",
        icon="chevron-up",
        also=("Ctrl+Left",),
    ),
    Command(id=FIND, text="Search studies", group="File", shortcut="Ctrl+F"),
    Command(
        id=OFF_LIST,
        text="Remove from list",
        group="File",
        tip="Its reports stay, and opening its films again brings it back",
    ),
    Command(
        id=ORDERS,
        text="Orders…",
        group="File",
        shortcut="Ctrl+Alt+O",
        tip="What has no films yet, what has films but was not asked for, and unreadable files",
    ),
    Command(id=PAST_REPORTS, text="Past reports", group="File", shortcut="Ctrl+H"),
    Command(
        id=EXPORT_PDF,
        text="Export as PDF…",
        group="File",
        shortcut="Ctrl+P",
        tip="A letter with key images, signer and the origin of every sentence",
    ),
    Command(
        id=COPY_TEXT,
        text="Copy report text",
        group="File",
        shortcut="Ctrl+Alt+C",
        tip="To the clipboard, without formatting",
    ),
    Command(id=OPEN_WORKSPACE, text="Open workspace…", group="File"),
    Command(id=QUIT, text="Quit", group="File", shortcut="Ctrl+Q"),
    Command(
        id=PRIOR,
        text="Show prior",
        group="Image",
        shortcut="P",
        icon="history",
        scope=Scope.IMAGE,
        tip="Hang the newest one beside the film, or take it down; held: in its place",
    ),
)
