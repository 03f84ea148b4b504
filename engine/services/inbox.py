"""Watched folders: what lies in them, and which of their files are new and stand still.

Pure logic over a listing and a clock; it reads no file and starts no thread. A file may be taken
once two looks found it with the same size and time. Whether it is whole inside is for the reader of
its bytes to say (`engine.services.intake`); a file that it refuses waits until it changes, or for a
growing time. A copy may have its full size from the start and be filled later: a file that ends in
zeros waits as long as a cut one before it is named.

Folders are looked at, not listened to: no share reports every change (decision 24).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from engine.domain.incoming import FileStamp, FolderListing
from engine.domain.progress import CancelToken
from engine.domain.study import SkippedFile, StudyUid
from engine.files import UNFINISHED, walk
from engine.services.slow_folders import unless_cancelled

LOOK_EVERY_S: Final = 2.0
"""Time between two looks, in seconds, unless a share is slow to list."""
_TIMES_A_LOOK: Final = 20
"""Looking may take one part of so many of the time."""
_SETTLES_S: Final = 10.0
"""Time after the last film of a study until it may be drafted: its lateral film may follow."""
_STANDS_S: Final = 60.0
"""Time in seconds after which a file that cannot be taken counts as left out, not as on its way."""
_HELD_S: Final = 5.0
"""Time in seconds after which the end of a held file is looked at again."""
_AGAIN_S: Final = 60.0
_LONGEST_S: Final = 3600.0
_NOISE = ("thumbs.db", "desktop.ini", "dicomdir")

Listing = Callable[[Path], FolderListing | None]
"""Lists a folder; None if it cannot be read."""


@dataclass(slots=True)
class _Waiting:
    """A file that was not taken in its present state.

    Attributes:
        since: When this state was first seen.
        again: From when on it may be tried; later after each refusal.
    """

    stamp: FileStamp
    since: float
    is_still: bool = False
    refused: SkippedFile | None = None
    again: float = 0.0
    tries: int = 0


class Inbox:
    """The watched folders, from one look to the next. Used by one thread at a time.

    Args:
        folders: Absolute paths.
        known: Files that were taken before, as they were then.
        listing: Lists a folder with everything below it.
        clock: Seconds that only grow.
        is_patient: Whether more may follow: the other films of a study, or the rest of a file.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        known: Mapping[Path, FileStamp],
        *,
        listing: Listing,
        clock: Callable[[], float],
        is_patient: bool = True,
    ) -> None:
        self._settles_s = _SETTLES_S if is_patient else 0.0
        self._stands_s = _STANDS_S if is_patient else 0.0
        self._folders = tuple(folders)
        self._settled = dict(known)
        self._listing = listing
        self._clock = clock
        self._waiting: dict[Path, _Waiting] = {}
        self._away: tuple[Path, ...] = ()
        self._took_s = 0.0
        self._arrived: dict[StudyUid, float] = {}
        self._put_off: dict[StudyUid, tuple[str, float, int]] = {}

    @property
    def away(self) -> tuple[Path, ...]:
        """Folders that could not be read at the last look."""
        return self._away

    @property
    def pause_s(self) -> float:
        """Seconds until the next look."""
        return max(LOOK_EVERY_S, _TIMES_A_LOOK * self._took_s)

    @property
    def due(self) -> tuple[Path, ...]:
        """Files to take now, in the order of their names."""
        now = self._clock()
        return tuple(
            sorted(path for path, one in self._waiting.items() if one.is_still and one.again <= now)
        )

    @property
    def is_unsettled(self) -> bool:
        """Whether a file was seen once only in its present state."""
        return any(not one.is_still for one in self._waiting.values())

    @property
    def left_out(self) -> tuple[SkippedFile, ...]:
        """Files that may be films, stand still and cannot be taken, each with the reason."""
        now = self._clock()
        return tuple(
            one.refused
            for _path, one in sorted(self._waiting.items())
            if one.refused is not None and now - one.since >= self._stands_s
        )

    def look(self, cancel: CancelToken | None = None) -> tuple[Path, ...]:
        """List the folders; returns files that are gone and need not be remembered.

        A folder that is away keeps its files: they count as before when it is back. So does one
        that is empty, which is what a share leaves behind that is not connected. One that does not
        answer is left behind once `cancel` is set; this then raises `CancelledError`.
        """
        away, gone = [], []
        started = self._clock()
        back = set(self._away)
        for folder in self._folders:
            found = unless_cancelled(partial(self._listing, folder), cancel)
            if found is None:
                away.append(folder)
                continue
            if folder in back:
                self._put_off.clear()
            self._compare(found)
            if found.files:
                gone += self._missing(folder, found)
        self._away = tuple(away)
        self._took_s = self._clock() - started
        for path in gone:
            self._settled.pop(path, None)
        return tuple(gone)

    def take(self, paths: Iterable[Path]) -> dict[Path, FileStamp]:
        """Note files as taken; returns them as they were when they were last seen."""
        taken = {path: self._waiting.pop(path).stamp for path in paths if path in self._waiting}
        self._settled |= taken
        return taken

    def is_fresh(self, path: Path) -> bool:
        """Whether a file stands still for so short a time that it may only be a pause."""
        one = self._waiting.get(path)
        return one is not None and self._clock() - one.since < self._stands_s

    def hold(self, path: Path) -> None:
        """Leave a file that looks unfinished for a moment."""
        self._waiting[path].again = self._clock() + _HELD_S

    def was_taken(self, path: Path) -> bool:
        """Whether a file was taken before, in whatever state."""
        return path in self._settled

    def refuse(self, path: Path, refused: SkippedFile) -> None:
        """Note that a file cannot be taken as it is; it is tried later, or once it changes."""
        one = self._waiting.get(path)
        if one is not None:
            one.refused = refused
            one.again = self._clock() + min(_LONGEST_S, _AGAIN_S * 2**one.tries)
            one.tries += 1

    def note_arrival(self, studies: Iterable[StudyUid]) -> None:
        """Films of these studies came just now."""
        now = self._clock()
        self._arrived.update(dict.fromkeys(studies, now))

    def put_off(self, study: StudyUid, reason: str) -> None:
        """Do not draft a study for a while, for a reason that may pass."""
        _reason, _until, tries = self._put_off.get(study, ("", 0.0, 0))
        until = self._clock() + min(_LONGEST_S, _AGAIN_S * 2**tries)
        self._put_off[study] = (reason, until, tries + 1)

    def ready(self, waiting: Sequence[StudyUid]) -> list[StudyUid]:
        """Those of the studies that may be drafted now."""
        now = self._clock()
        wanted = set(waiting)
        self._arrived = {u: at for u, at in self._arrived.items() if now - at < self._settles_s}
        self._put_off = {u: one for u, one in self._put_off.items() if u in wanted}
        return [
            uid
            for uid in waiting
            if uid not in self._arrived and self._put_off.get(uid, ("", 0.0, 0))[1] <= now
        ]

    @property
    def reasons(self) -> tuple[tuple[StudyUid, str], ...]:
        """Studies that were put off, each with the reason."""
        return tuple((uid, reason) for uid, (reason, _until, _tries) in self._put_off.items())

    def _compare(self, found: FolderListing) -> None:
        """Compare files with their states at the last look."""
        now = self._clock()
        for path, stamp in found.files.items():
            known = self._waiting.get(path)
            if self._settled.get(path) == stamp:
                self._waiting.pop(path, None)
            elif known is not None and known.stamp == stamp:
                known.is_still = True
            else:
                self._waiting[path] = _Waiting(stamp, now)

    def _missing(self, folder: Path, found: FolderListing) -> list[Path]:
        """Taken files of a folder that are no longer there; files that wait are dropped."""

        def is_gone(path: Path) -> bool:
            is_below = folder in path.parents and path not in found.files
            return is_below and not any(unread in path.parents for unread in found.unread)

        for path in list(filter(is_gone, self._waiting)):
            del self._waiting[path]
        return list(filter(is_gone, self._settled))


def listing_of(folder: Path) -> FolderListing | None:
    """Files in a folder and below it that may be films, by their names; None if it is away.

    Links are not followed. Names of files that a program is still writing are passed over.
    """
    unread: list[Path] = []
    files: dict[Path, FileStamp] = {}
    for inside, _below, names in walk(folder, unread.append):
        for name in filter(_may_be_film, names):
            path = inside / name
            try:
                facts = path.lstat()
            except OSError:
                continue  # gone since the folder was listed
            if stat.S_ISREG(facts.st_mode):
                files[path] = FileStamp(size=facts.st_size, changed_ns=facts.st_mtime_ns)
    if folder in unread:
        return None
    return FolderListing(files=files, unread=tuple(unread))


def absolute(folders: Iterable[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The folders as absolute paths, each once, none that lies in another one."""
    paths = list(dict.fromkeys(Path(os.path.abspath(folder)) for folder in folders))  # noqa: PTH100
    return tuple(path for path in paths if not any(other in path.parents for other in paths))


def _may_be_film(name: str) -> bool:
    lower = name.lower()
    return not lower.startswith((".", "~$")) and not lower.endswith(UNFINISHED + _NOISE)
