"""Takes what comes into watched folders into the workspace, and drafts it in the background.

Reading has the right of way: films are read in a decode worker of their own with a low priority,
and drafts use the one model, which the caller frees by cancelling. Every step is durable by itself,
so that a process killed at any moment loses nothing and drafts nothing twice: a study wants a draft
from the transaction that indexed it until the one that stored its draft.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from engine.domain.incoming import DraftOutcome, InboxStep
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.report import Draft
from engine.domain.study import ScanResult, SkippedFile, StudyUid
from engine.domain.user import Permission
from engine.errors import (
    CancelledError,
    InputError,
    ModelError,
    NotFoundError,
    WorkerError,
)
from engine.services.drafting import Drafting
from engine.services.inbox import Inbox, absolute, listing_of
from engine.services.library import Library
from engine.services.ordering import urgent_first
from engine.services.slow_folders import unless_cancelled
from engine.storage.unit_of_work import Store

_AT_ONCE = 16
"""Files taken in one step: what follows, a draft or a stop, waits no longer than for these."""
_END_BYTES = 1024
_FOLDER_AWAY = "Its folder is away."


class Intake:
    """The way from watched folders into the workspace. Every method may block.

    Args:
        store: The open database.
        library: Made for what comes in; reads films in a worker of its own.
        drafting: Drafts from the films of that library.
        rest: Ends that worker until it is needed again.
    """

    def __init__(
        self, store: Store, library: Library, drafting: Drafting, rest: Callable[[], None]
    ) -> None:
        self._store = store
        self._library = library
        self._drafting = drafting
        self._rest = rest
        self._renewed: set[StudyUid] = set()

    def watch(
        self,
        folders: Iterable[str | Path],
        *,
        clock: Callable[[], float] = time.monotonic,
        is_patient: bool = True,
    ) -> Inbox:
        """The folders, with what was taken from them before; arguments as for `Inbox`."""
        paths = absolute(folders)
        with self._store.look() as unit:
            stamps = [unit.incoming.stamps(folder) for folder in paths]
        known = {path: stamp for each in stamps for path, stamp in each.items()}
        return Inbox(paths, known, listing=listing_of, clock=clock, is_patient=is_patient)

    def step(self, inbox: Inbox, *, cancel: CancelToken | None = None) -> InboxStep:
        """Look into the folders and take some of the files that are new, still and whole.

        Raises:
            AccessError: The signed-in user may not add studies.
            CancelledError: `cancel` was set; what was taken before stays.
            StorageError: The workspace cannot be written; the files are taken later.
        """
        self._store.require(Permission.ADD_STUDIES)
        gone = inbox.look(cancel)
        due = inbox.due
        files = self._finished(inbox, due[:_AT_ONCE], cancel)
        again = frozenset(filter(inbox.was_taken, files))
        found = self._take(inbox, files, gone, cancel)
        renewed = tuple(
            study.uid for study in found.studies if any(one.path in again for one in study.images)
        )
        self._renewed.update(renewed)
        with self._store.look() as unit:
            waiting = urgent_first(unit, unit.incoming.waiting())
        if not due and not waiting:
            self._rest()  # a study that is being drafted is still waiting
        return InboxStep(
            came=tuple((study.uid, len(study.images)) for study in found.studies),
            away=inbox.away,
            left_out=inbox.left_out,
            waiting=tuple(inbox.ready(waiting)),
            put_off=inbox.reasons,
            renewed=renewed,
            is_more=len(due) > _AT_ONCE,
            is_unsettled=inbox.is_unsettled,
            pause_s=inbox.pause_s,
        )

    def draft(
        self,
        uid: StudyUid,
        *,
        progress: ProgressSink = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> DraftOutcome:
        """Draft a study that came in, unless it has a report or a draft from the same films.

        Raises `CancelledError`, `AccessError` or `StorageError`; all else is in the outcome.
        """
        with self._store.look() as unit:
            times = unit.incoming.times(uid)
        try:
            films = self._drafting.films(uid)
            # A draft from the same films is none from the same pixels once a file has changed.
            if uid not in self._renewed and self._needs_none(uid, films):
                with self._store.change(Permission.DRAFT) as unit:
                    unit.incoming.settle(uid, times)
                return DraftOutcome(study=uid)
            return DraftOutcome(study=uid, draft=self._drafted(uid, progress, cancel))
        except CancelledError:
            raise
        except (ModelError, WorkerError) as error:
            return DraftOutcome(study=uid, not_drafted=error.message, is_final=False)
        except InputError as error:
            return self._refused(uid, times, error, cancel)

    def _drafted(self, uid: StudyUid, progress: ProgressSink, cancel: CancelToken | None) -> Draft:
        """A new draft; a film that changes meanwhile asks for another one."""
        is_renewed = uid in self._renewed
        self._renewed.discard(uid)
        try:
            return self._drafting.draft(uid, progress=progress, cancel=cancel)
        except Exception:
            if is_renewed:
                self._renewed.add(uid)
            raise

    def _finished(
        self, inbox: Inbox, files: Sequence[Path], cancel: CancelToken | None
    ) -> list[Path]:
        """Those of the files whose end is written, or that stand still for long enough."""
        fresh = [path for path in files if inbox.is_fresh(path)]
        held = unless_cancelled(lambda: set(filter(_ends_in_zeros, fresh)), cancel)
        for path in held:
            inbox.hold(path)
        return [path for path in files if path not in held]

    def _take(
        self,
        inbox: Inbox,
        files: Sequence[Path],
        gone: Sequence[Path],
        cancel: CancelToken | None,
    ) -> ScanResult:
        found = ScanResult(studies=(), skipped=())
        if files:
            found = self._library.add(files, cancel=cancel)
        refused = {
            item.path: item for item in found.skipped if item.path is not None and _waits(item)
        }
        for path, item in refused.items():
            inbox.refuse(path, item)
        taken = inbox.take(path for path in files if path not in refused)
        inbox.note_arrival(study.uid for study in found.studies)
        if taken or gone:
            with self._store.change(Permission.ADD_STUDIES) as unit:
                unit.incoming.forget_stamps(gone)
                unit.incoming.keep_stamps(taken)
        return found

    def _needs_none(self, uid: StudyUid, films: Sequence[str]) -> bool:
        with self._store.look() as unit:
            if unit.reports.newest_of(uid) is not None:
                return True
            drafts = unit.drafts.of_study(uid)
        return bool(drafts) and drafts[0].images == tuple(films)

    def _refused(
        self, uid: StudyUid, times: int, error: InputError, cancel: CancelToken | None
    ) -> DraftOutcome:
        """Remember why a study is not drafted, unless its films are only away."""
        try:
            study = self._library.study(uid)
        except NotFoundError:
            return DraftOutcome(study=uid, not_drafted=error.message)
        if not unless_cancelled(lambda: all(one.path.exists() for one in study.images), cancel):
            return DraftOutcome(study=uid, not_drafted=_FOLDER_AWAY, is_final=False)
        with self._store.change(Permission.DRAFT) as unit:
            unit.incoming.refuse(uid, times, error.message)
        return DraftOutcome(study=uid, not_drafted=error.message)


def _ends_in_zeros(path: Path) -> bool:
    """Whether the last bytes are zeros, as of a copy that got its full size before its content."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _END_BYTES))
            end = file.read(_END_BYTES)
    except OSError:
        return False  # refused with the reason when it is read
    return bool(end) and not any(end)


def _waits(item: SkippedFile) -> bool:
    """Whether a file that was left out may become a film: not a text, and no part of an archive."""
    return item.may_be_film and not item.member
