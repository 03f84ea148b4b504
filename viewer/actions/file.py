"""Commands about films, studies and documents."""

from __future__ import annotations

from typing import Final

from viewer.actions.registry import Command, Scope

OPEN_FOLDER: Final = "file.open_folder"
OPEN_FILES: Final = "file.open_files"
NEXT_STUDY: Final = "file.next_study"
PREVIOUS_STUDY: Final = "file.previous_study"
FIND: Final = "file.find"
PAST_REPORTS: Final = "file.past_reports"
EXPORT_PDF: Final = "file.export_pdf"
COPY_TEXT: Final = "file.copy_text"
OPEN_WORKSPACE: Final = "file.open_workspace"
QUIT: Final = "file.quit"
PRIOR: Final = "film.prior"

FILE_COMMANDS: Final = (
    Command(
        id=OPEN_FOLDER,
        text="Open folder or CD…",
        group="File",
        shortcut="Ctrl+O",
        icon="folder-open",
        tip="Add every study found in a folder or on a CD",
    ),
    Command(
        id=OPEN_FILES,
        text="Open files or ZIP…",
        group="File",
        shortcut="Ctrl+Shift+O",
        tip="Add single films or ZIP archives",
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
    Command(id=PAST_REPORTS, text="Past reports", group="File", shortcut="Ctrl+H"),
    Command(
        id=EXPORT_PDF,
        text="Export as PDF…",
        group="File",
        shortcut="Ctrl+P",
        tip="Write the report as PDF",
    ),
    Command(
        id=COPY_TEXT,
        text="Copy report text",
        group="File",
        shortcut="Ctrl+Alt+C",
        tip="Copy the report as plain text",
    ),
    Command(id=OPEN_WORKSPACE, text="Open a workspace…", group="File"),
    Command(id=QUIT, text="Quit", group="File", shortcut="Ctrl+Q"),
    Command(
        id=PRIOR,
        text="Prior beside",
        group="Image",
        shortcut="P",
        icon="history",
        scope=Scope.IMAGE,
        tip="Hang the newest prior beside the film, or take it down; held: in its place",
    ),
)
