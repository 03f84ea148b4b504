"""A backup put in place of the database: checked first, and nothing of the old one lost.

The order of the steps makes a kill at any of them harmless. The checked copy is staged under
another name before anything moves. While the old database is in place, the restore has not begun
and the next opening drops it; once the old database is set aside, the next opening completes the
restore. A WAL of the old database never stands beside the new one.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from engine.errors import StorageError, WorkspaceDamagedError
from engine.files import move_into_place, write_atomically
from engine.storage.backup import key_copy
from engine.storage.checks import full_check
from engine.storage.database import Database
from engine.storage.migrate import current_revision, needs_upgrade, upgrade

_COMPANIONS = ("-wal", "-shm", "-journal")


def checked_copy(backup: Path, root: Path, key: bytes) -> None:
    """Copy a backup into the workspace's folder, upgrade and check it, and stage it.

    Args:
        backup: Never opened itself, so that it stays as it is.
        root: Folder of the workspace.
        key: Opens the backup.

    Raises:
        WorkspaceDamagedError: The copy fails a check, or the key does not fit; nothing changed.
        StorageError: It cannot be copied.
    """
    unchecked = root / "workspace.db.unchecked"
    _remove(unchecked)
    try:
        shutil.copyfile(backup, unchecked)
        unchecked.chmod(0o600)
        database = Database(unchecked, key)
        try:
            if current_revision(database) is not None and needs_upgrade(database):
                upgrade(database)
            problems = full_check(database)[1]
        except StorageError as error:
            if type(error) is not StorageError:
                raise
            # A file cut off within a page: SQLite reports an I/O error.
            problems = (error.message,)
        finally:
            database.close()
        if problems:
            raise WorkspaceDamagedError(
                "The backup fails its checks and was not restored.",
                what_to_do=f"Choose another backup. {problems[0]}",
            )
        with unchecked.open("rb+") as stream:
            os.fsync(stream.fileno())
        move_into_place(unchecked, _ready(root))
    except OSError as error:
        raise StorageError(
            "The backup could not be copied into the workspace.",
            what_to_do="Check that it can be read and that there is room.",
        ) from error
    finally:
        _remove(unchecked)


def put_in_place(root: Path, now: datetime, *, key_file_of: Path | None) -> Path:
    """Set the old database aside and move the staged copy into place; returns the old one's folder.

    Args:
        root: Folder of the workspace, with a copy that `checked_copy` staged.
        now: Names the folder in which the old files are kept.
        key_file_of: The backup whose key file replaces the workspace's; None keeps the present one.

    Raises:
        StorageError: A step failed; the next opening completes or drops the restore.
    """
    aside = root / "set-aside" / f"before-restore-{now.strftime('%Y%m%dT%H%M%S%fZ')}"
    database = root / "workspace.db"
    try:
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        aside.mkdir(mode=0o700)
        if key_file_of is not None:
            if (root / "key.json").exists():
                write_atomically(aside / "key.json", (root / "key.json").read_bytes())
            write_atomically(_ready_key(root), key_copy(key_file_of).read_bytes())
        if database.exists():
            # The WAL is first copied aside: moved alone it would take commits from the old
            # database, left alone it would be replayed into the new one.
            for suffix in _COMPANIONS:
                companion = _with(database, suffix)
                if companion.exists():
                    write_atomically(aside / companion.name, companion.read_bytes())
            move_into_place(database, aside / database.name)
        finish_restore(root)
    except OSError as error:
        raise StorageError(
            "The backup could not be put in place.",
            what_to_do="Open the workspace again: it finishes what was begun.",
        ) from error
    return aside


def finish_restore(root: Path) -> None:
    """Complete a restore that was killed after the old database was set aside, else drop it."""
    database, ready, ready_key = root / "workspace.db", _ready(root), _ready_key(root)
    if ready.exists() and database.exists():
        # Not begun. Remove the key first: alone it would mean that the database was replaced.
        ready_key.unlink(missing_ok=True)
        ready.unlink()
        return
    if ready.exists():
        for suffix in _COMPANIONS:
            _with(database, suffix).unlink(missing_ok=True)
        move_into_place(ready, database)
    if ready_key.exists():
        _keep_aside(root, root / "key.json")
        move_into_place(ready_key, root / "key.json")


def _keep_aside(root: Path, key_file: Path) -> None:
    """Copy a key file that is about to be replaced, unless `put_in_place` did so already.

    Nobody can tell yet whose the new one is: a stray one must not cost the only way in.
    """
    if not key_file.is_file():
        return
    kept = root.glob("set-aside/*/key.json")
    if any(one.read_bytes() == key_file.read_bytes() for one in kept):
        return
    aside = root / "set-aside" / f"key-{key_file.stat().st_mtime_ns:x}"
    aside.parent.mkdir(exist_ok=True, mode=0o700)
    aside.mkdir(exist_ok=True, mode=0o700)
    shutil.copy2(key_file, aside / "key.json")


def _ready(root: Path) -> Path:
    return root / "workspace.db.restored"


def _ready_key(root: Path) -> Path:
    return root / "key.json.restored"


def _with(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    for suffix in ("", *_COMPANIONS):
        _with(path, suffix).unlink(missing_ok=True)
