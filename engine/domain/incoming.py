"""What came by a watched folder: the states of its files, and what became of its studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.report import Draft
from engine.domain.study import SkippedFile, StudyUid


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """Size in bytes and time of the last change in ns; a file with the same stamp is unchanged."""

    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderListing:
    """The files in a folder and below it.

    Attributes:
        unread: Folders below it that could not be read: nothing is known of their files.
    """

    files: dict[Path, FileStamp]
    unread: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxStep:
    """What one look into the watched folders brought.

    Attributes:
        came: Studies with new films, and how many films each of them has.
        away: Watched folders that cannot be read at present.
        left_out: DICOM files that stand still and cannot be taken, each with the reason.
        waiting: Studies without a draft that may be drafted: the most urgent by their orders first,
            then in the order in which they came.
        put_off: Studies whose draft failed for the moment, each with the reason.
        renewed: Those that came of which a file was taken before and has changed since.
        is_more: Whether files are left that can be taken at once.
        is_unsettled: Whether files were there that have not been seen twice in the same state.
        pause_s: Seconds until the next look.
    """

    came: tuple[tuple[StudyUid, int], ...] = ()
    away: tuple[Path, ...] = ()
    left_out: tuple[SkippedFile, ...] = ()
    waiting: tuple[StudyUid, ...] = ()
    put_off: tuple[tuple[StudyUid, str], ...] = ()
    renewed: tuple[StudyUid, ...] = ()
    is_more: bool = False
    is_unsettled: bool = False
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOutcome:
    """What became of a background draft: a draft, a reason why there is none, or neither.

    Attributes:
        draft: None if there is none, or nothing was left to do.
        not_drafted: Why the study is not drafted, a plain sentence; empty otherwise.
        is_final: Whether the reason stays until other films come.
    """

    study: StudyUid
    draft: Draft | None = None
    not_drafted: str = ""
    is_final: bool = True
