"""Restore a backup into a closed workspace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.domain.audit import AuditAction
from engine.errors import (
    NegatoscopeError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceMissingError,
    WrongPassphraseError,
)
from engine.storage.attempts import Attempts
from engine.storage.backup import backups, key_copy, time_of, wrong_pages
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, earlier_keys, is_known, read_key_file, unwrap_as
from engine.storage.location import WorkspaceLock
from engine.storage.losses import Losses, losses
from engine.storage.rekey import opens
from engine.storage.restore import checked_copy, put_in_place
from engine.storage.unit_of_work import Clock, Store, utc_now

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Result of a restore.

    Attributes:
        backup: The file that was restored.
        set_aside: Folder that holds the files as they were before.
        studies: Number of studies in the restored workspace.
    """

    backup: Path
    set_aside: Path
    studies: int


def backups_of(root: Path, clock: Clock = utc_now) -> tuple[Path, ...]:
    """The backups in a workspace's own folder, newest first."""
    return tuple(reversed(backups(WorkspaceFolder(root=root).backups, clock())))


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePreview:
    """What a restore would do.

    Attributes:
        backup: The newest backup that passes the checks of its pages.
        made: When it was made, by its name; None for a file with another name.
        losses: What the database holds and the backup lacks.
    """

    backup: Path
    made: datetime | None
    losses: Losses

    @property
    def sentences(self) -> tuple[str, ...]:
        """What would be lost, in words."""
        made = f"the backup of {self.made.astimezone():%Y-%m-%d %H:%M}" if self.made else "it"
        found, drafts = self.losses.reports, self.losses.drafts
        said = []
        if found:
            are = "report" if len(found) == 1 else "reports"
            said.append(f"{len(found)} {are} would be lost or go back to an earlier state:")
            said += [one.line for one in found]
        if drafts:
            are = "draft" if drafts == 1 else "drafts"
            said.append(f"{drafts} {are} of the model would be lost.")
        if not self.losses.is_complete:
            begun = "More may be lost" if said else "What would be lost cannot be told"
            said.append(
                f"{begun}: the damaged database could not be read to its end. Whatever was stored "
                f"after {made} is not in it."
            )
        return tuple(said) or (f"Nothing would be lost: {made} holds every report and draft.",)


def preview(
    root: Path,
    backup: Path | None = None,
    *,
    passphrase: str | None,
    user: str | None = None,
    clock: Clock = utc_now,
) -> RestorePreview:
    """What `restore` would lose; changes nothing. Arguments and errors as for `restore`."""
    folder, offered = _offered(root, backup, clock)
    lock = WorkspaceLock(root)
    try:
        folder.finish_restore()
        attempts = Attempts(folder.attempts, clock)
        attempts.require_allowed()
        keys = list(_held_keys(folder.key, passphrase, user))
        has_key = False
        for one in offered:
            known = [*keys, *_held_keys(key_copy(one), passphrase, user)]
            has_key = has_key or bool(known)
            fitting = next((key for key in known if opens(one, key)), None)
            if fitting is None or wrong_pages(one, fitting):
                continue
            attempts.accepted()
            held = next((key for key in known if opens(folder.database, key)), None)
            found = losses(folder.database, held, one, fitting)
            return RestorePreview(backup=one, made=time_of(one), losses=found)
        if not has_key:
            attempts.refused()
            raise _refused()
        raise WorkspaceDamagedError(
            "No backup passes its checks.", what_to_do="Name another file: restore --from FILE."
        )
    finally:
        lock.release()


def restore(
    root: Path,
    backup: Path | None = None,
    *,
    passphrase: str | None,
    user: str | None = None,
    clock: Clock = utc_now,
) -> Restored:
    """Replace the workspace's database by a backup; the workspace must not be open anywhere.

    If the workspace's key file is there, the current passphrase opens the backup; otherwise the
    passphrase that was in force when the backup was made.

    Args:
        root: Folder of the workspace.
        backup: The file; None for the newest of the workspace's own that passes its checks.
        passphrase: None for the demo workspace.
        user: Whose passphrase it is; None for the workspace's owner.
        clock: Gives the time, UTC.

    Raises:
        WorkspaceMissingError: There is no such backup.
        WrongPassphraseError: The passphrase unlocks neither key file.
        WorkspaceDamagedError: The backup fails its checks; nothing was changed.
        StorageError: Anything else; the next opening completes or undoes what was begun.
    """
    folder, offered = _offered(root, backup, clock)
    lock = WorkspaceLock(root)
    try:
        folder.finish_restore()
        chosen, key, is_present = _first_sound(folder, offered, passphrase, user, clock)
        aside = put_in_place(root, clock(), key_file_of=None if is_present else chosen)
        _LOG.info("a backup was restored")
        return Restored(
            backup=chosen, set_aside=aside, studies=_note(folder, key, chosen, user, clock)
        )
    finally:
        lock.release()


def _offered(root: Path, backup: Path | None, clock: Clock) -> tuple[WorkspaceFolder, list[Path]]:
    folder = WorkspaceFolder(root=root)
    offered = [backup] if backup is not None else list(backups_of(root, clock))
    offered = [one for one in offered if one.is_file()]
    if not offered:
        raise WorkspaceMissingError(
            "There is no such backup.", what_to_do="Name one with --from; --list shows them."
        )
    folder.prepare()
    return folder, offered


def _first_sound(
    folder: WorkspaceFolder,
    offered: list[Path],
    passphrase: str | None,
    user: str | None,
    clock: Clock,
) -> tuple[Path, bytes, bool]:
    """Stage the first backup that passes: its file, its key, and if the current key file fits."""
    for number, backup in enumerate(offered, start=1):
        try:
            return backup, *_lay_ready(folder, backup, passphrase, user, clock)
        except WorkspaceDamagedError:
            if number == len(offered):
                raise
            _LOG.warning("the %d. newest backup fails its checks", number, exc_info=True)
    raise ValueError("no backup was offered")


def _lay_ready(
    folder: WorkspaceFolder, backup: Path, passphrase: str | None, user: str | None, clock: Clock
) -> tuple[bytes, bool]:
    """Stage a checked copy; returns its key, and whether the current key file unlocked it."""
    attempts = Attempts(folder.attempts, clock)
    attempts.require_allowed()
    damage: NegatoscopeError | None = None
    has_key = False
    for path, is_present in ((folder.key, True), (key_copy(backup), False)):
        for key in _keys(path, passphrase, user):
            has_key = True
            for held in (key, *earlier_keys(read_key_file(path), key)):
                if not opens(backup, held):
                    continue
                try:
                    checked_copy(backup, folder.root, held)
                except WorkspaceDamagedError as error:
                    damage = error
                else:
                    attempts.accepted()
                    return key, is_present
    if has_key:
        raise damage or WorkspaceDamagedError(
            "The backup cannot be opened by its key.", what_to_do="Choose another backup."
        )
    attempts.refused()
    raise _refused()


def _refused() -> WrongPassphraseError:
    return WrongPassphraseError(
        "The passphrase does not open this backup.",
        what_to_do="Use the one that was in force when it was made, with its key file beside it.",
    )


def _held_keys(path: Path, passphrase: str | None, user: str | None) -> Iterator[bytes]:
    """The keys that a key file gives to this passphrase: the present one, then earlier ones."""
    for key in _keys(path, passphrase, user):
        yield from (key, *earlier_keys(read_key_file(path), key))


def _keys(path: Path, passphrase: str | None, user: str | None) -> Iterator[bytes]:
    """The key in a key file, if the file exists and the passphrase opens it."""
    with suppress(WrongPassphraseError, WorkspaceDamagedError, WorkspaceMissingError, StorageError):
        file = read_key_file(path)
        if file.is_demo:
            yield demo_key(file)
        elif passphrase is not None:
            yield unwrap_as(file, passphrase, user if is_known(file, user) else None)


def _note(folder: WorkspaceFolder, key: bytes, backup: Path, user: str | None, clock: Clock) -> int:
    """Record the restore in the restored audit trail; returns the number of studies.

    The key file that opened the backup becomes the workspace's own.
    """
    file = read_key_file(folder.key)
    database, _recovered = folder.open(key, clock, file)
    try:
        store = Store(database, clock)
        store.actor = str(user) if is_known(file, user) else store.facts.user_name
        with store.change() as unit:
            unit.key_record.keep(file)
            unit.audit.record(AuditAction.RESTORED, details={"backup": backup.name})
            return unit.studies.count()
    finally:
        database.close()
