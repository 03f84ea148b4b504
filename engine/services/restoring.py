"""Going back to a backup, with the workspace closed."""

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
from engine.storage.backup import backups, key_copy, newest_backup_time
from engine.storage.folder import WorkspaceFolder
from engine.storage.keys import demo_key, read_key_file, unwrap_as
from engine.storage.location import WorkspaceLock
from engine.storage.restore import checked_copy, put_in_place
from engine.storage.unit_of_work import Clock, Store, utc_now

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done.

    Attributes:
        backup: The file that was restored.
        set_aside: Folder with the files as they were before.
        studies: In the restored workspace.
    """

    backup: Path
    set_aside: Path
    studies: int


def backups_of(root: Path) -> tuple[Path, ...]:
    """The backups in a workspace's own folder, newest first."""
    return tuple(reversed(backups(WorkspaceFolder(root=root).backups)))


def newest_backup_of(root: Path) -> datetime | None:
    """When the newest of them was made, UTC; None if there is none."""
    return newest_backup_time(WorkspaceFolder(root=root).backups)


def restore(
    root: Path,
    backup: Path | None = None,
    *,
    passphrase: str | None,
    user: str | None = None,
    clock: Clock = utc_now,
) -> Restored:
    """Put a backup in the place of the workspace's database; it must not be open anywhere.

    The present passphrase opens it as long as the workspace's key file does; else the one that was
    in force when the backup was made.

    Args:
        root: Folder of the workspace.
        backup: The file; None for the newest of the workspace's own.
        passphrase: None for the demo workspace.
        user: Whose passphrase it is; None for the one who made the workspace.
        clock: The time.

    Raises:
        WorkspaceMissingError: There is no such backup.
        WrongPassphraseError: Neither key file gives way to the passphrase.
        WorkspaceDamagedError: The backup fails its checks; nothing was changed.
        StorageError: For other reasons; the next opening finishes or forgets what was begun.
    """
    folder = WorkspaceFolder(root=root)
    chosen = backup or next(iter(backups_of(root)), None)
    if chosen is None or not chosen.is_file():
        raise WorkspaceMissingError(
            "There is no such backup.", what_to_do="Name one with --from; --list shows them."
        )
    folder.prepare()
    lock = WorkspaceLock(root)
    try:
        folder.finish_restore()
        key, is_present = _lay_ready(folder, chosen, passphrase, user, clock)
        aside = put_in_place(root, clock(), key_file_of=None if is_present else chosen)
        _LOG.info("a backup was restored")
        return Restored(
            backup=chosen, set_aside=aside, studies=_note(folder, key, chosen, user, clock)
        )
    finally:
        lock.release()


def _lay_ready(
    folder: WorkspaceFolder, backup: Path, passphrase: str | None, user: str | None, clock: Clock
) -> tuple[bytes, bool]:
    """Lay the checked copy ready; returns its key, and whether the present key file gave it."""
    attempts = Attempts(folder.attempts, clock)
    attempts.require_allowed()
    damage: NegatoscopeError | None = None
    is_known = False
    for place, is_present in ((folder.key, True), (key_copy(backup), False)):
        for key in _keys(place, passphrase, user):
            is_known = True
            try:
                checked_copy(backup, folder.root, key)
            except WorkspaceDamagedError as error:
                damage = error
            else:
                attempts.accepted()
                return key, is_present
    if damage is not None:
        raise damage
    if not is_known:
        attempts.refused()
    raise WrongPassphraseError(
        "The passphrase does not open this backup.",
        what_to_do="Use the one that was in force when it was made, with its key file beside it.",
    )


def _keys(place: Path, passphrase: str | None, user: str | None) -> Iterator[bytes]:
    """The key in a key file, if there is one that the passphrase opens."""
    with suppress(WrongPassphraseError, WorkspaceDamagedError, WorkspaceMissingError, StorageError):
        file = read_key_file(place)
        if file.is_demo:
            yield demo_key(file)
        elif passphrase is not None:
            yield unwrap_as(file, passphrase, user)


def _note(folder: WorkspaceFolder, key: bytes, backup: Path, user: str | None, clock: Clock) -> int:
    """Say so in the restored audit trail; returns the number of studies."""
    database, _recovered = folder.open(key, clock)
    try:
        store = Store(database, clock)
        store.actor = user or store.facts.user_name
        with store.change() as unit:
            unit.audit.record(AuditAction.RESTORED, details={"backup": backup.name})
            return unit.studies.count()
    finally:
        database.close()
