"""Errors as the reader meets them: a title, a sentence, and what to do next.

They are shown inline, in the status line or in the panel concerned, never in a modal dialog: only
signing, an identity conflict and data loss may stop the reader. A foreign exception (a defect) gets
one neutral sentence here and its traceback in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine import errors

OnError = Callable[[Exception], None]
"""Called on the main thread when a call has failed."""

_log = logging.getLogger(__name__)


class NoticeLevel(StrEnum):
    """Colour of a notice: grey, amber (needs a decision) or red (lost data, error)."""

    QUIET = "quiet"
    DECIDE = "decide"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to the reader.

    Attributes:
        title: Two to five words.
        sentence: What happened, in one sentence.
        what_to_do: The next step, in one sentence; empty if there is none.
        may_try_again: Whether the same request could succeed a second time.
        is_damage: Whether the workspace is damaged, so that a backup may take its place.
    """

    title: str
    sentence: str
    what_to_do: str = ""
    severity: NoticeLevel = NoticeLevel.ERROR
    may_try_again: bool = True
    is_damage: bool = False

    @property
    def line(self) -> str:
        """The notice as one line, for the status line."""
        return " ".join(part for part in (self.sentence, self.what_to_do) if part)


_TITLES: tuple[tuple[type[errors.NegatoscopeError], str, str], ...] = (
    (errors.NotDicomError, "Not a DICOM file", "Open the folder that holds the films."),
    (errors.DamagedFileError, "Damaged film", "Ask for the film to be sent again."),
    (errors.UnsupportedImageError, "Unsupported film", "Open it in the viewer it came from."),
    (errors.LimitExceededError, "Film too large", "Ask for the original film of this study."),
    (errors.NoSuitableFilmError, "No draft of this study", "Write the report by hand."),
    (errors.InputError, "Cannot be opened", "Choose another file or folder."),
    (errors.WorkerTimeoutError, "Took too long", "Try again, or open another film."),
    (errors.WorkerError, "Part of the program stopped", "Try again; it has been restarted."),
    (errors.BundleError, "Model not available", "Films can be read and reported without it."),
    (errors.ModelError, "No draft", "Try again, or write the report by hand."),
    (errors.WrongPassphraseError, "Wrong passphrase", "Type it again."),
    (errors.WorkspaceMissingError, "No workspace there", "Choose another folder, or create one."),
    (errors.WorkspaceExistsError, "Already a workspace", "Open it, or choose another folder."),
    (errors.WorkspaceLockedError, "Workspace in use", "Close the other window, then try again."),
    (errors.WorkspaceDamagedError, "Workspace damaged", "Restore the newest backup."),
    (errors.NewerWorkspaceError, "Workspace is newer", "Install the newer Negatoscope."),
    (errors.DiskFullError, "Disk full", "Free some space; the text stays here until then."),
    (errors.ReadOnlyError, "Only read", "Ask whoever looks after this computer."),
    (errors.NotFoundError, "Not in the workspace", "Open the folder of the study again."),
    (errors.StorageError, "Not saved", "The text stays here; saving is tried again."),
    (errors.TooManyAttemptsError, "Too many attempts", "Wait a little, then try again."),
    (errors.AccessError, "Not allowed", "Ask the owner of this workspace."),
    (errors.ReportStateError, "Not possible now", ""),
    (errors.ExportError, "Not exported", "Choose another place and try again."),
)

_SETTLED = (errors.NoSuitableFilmError, errors.BundleError)


def notice_of(error: BaseException) -> Notice:
    """The notice for an error. A foreign exception is logged with its traceback."""
    if isinstance(error, errors.CancelledError):
        return Notice(title="Stopped", sentence=error.message, severity=NoticeLevel.QUIET)
    if isinstance(error, errors.NegatoscopeError):
        title, next_step = _entry(error)
        return Notice(
            title=title,
            sentence=error.message,
            what_to_do=error.what_to_do or next_step,
            may_try_again=not isinstance(error, _SETTLED),
            is_damage=isinstance(error, errors.WorkspaceDamagedError),
        )
    _log.error("a task failed with a defect: %s", type(error).__name__, exc_info=error)
    return Notice(
        title="Something went wrong",
        sentence="Negatoscope ran into an internal error.",
        what_to_do="Your text is kept; try again, and send the log if it comes back.",
    )


def _entry(error: errors.NegatoscopeError) -> tuple[str, str]:
    for kind, title, next_step in _TITLES:
        if isinstance(error, kind):
            return title, next_step
    return "Not possible", ""
