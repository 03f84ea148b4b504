"""Copies of the database: whole, encrypted with the same key, and checked before they count."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.errors import StorageError, WorkspaceDamagedError
from engine.files import move_into_place
from engine.storage.checks import page_problems
from engine.storage.database import Database, connect, translated

_STAMP = "%Y%m%dT%H%M%S%fZ"
_PREFIX = "workspace-"
_NEWEST_KEPT = 10
_DAYS_KEPT = 30


def back_up(database: Database, target: Path) -> None:
    """Copy the open database to `target` by SQLite's online backup, check it, then name it so.

    Raises:
        WorkspaceDamagedError: The copy failed its checks; `target` is as it was.
        DiskFullError: No room.
        StorageError: It could not be written for another reason.
    """
    temporary = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(temporary)
        try:
            _copy(database, temporary)
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.chmod(0o600)
            move_into_place(temporary, target)
        finally:
            _remove(temporary)
    except OSError as error:
        raise _not_written() from error
    except StorageError as error:
        # The database itself has been read; it is the copy that the plain error is about.
        if type(error) is StorageError:
            raise _not_written() from error
        raise


def backup_path(folder: Path, now: datetime) -> Path:
    """Name of a backup of that moment."""
    return folder / f"{_PREFIX}{now.strftime(_STAMP)}.db"


def backups(folder: Path) -> list[Path]:
    """Backups in the folder, oldest first."""
    return sorted(folder.glob(f"{_PREFIX}*.db"))


def newest_backup_time(folder: Path) -> datetime | None:
    """When the newest backup was made, or None."""
    found = backups(folder)
    return _time_of(found[-1]) if found else None


def thin_out(folder: Path, now: datetime) -> None:
    """Keep the ten newest backups and the last one of each of the past thirty days."""
    found = backups(folder)
    keep = set(found[-_NEWEST_KEPT:])
    last_of_day = {_time_of(path).date(): path for path in found}
    oldest = (now - timedelta(days=_DAYS_KEPT)).date()
    keep |= {path for day, path in last_of_day.items() if day >= oldest}
    for path in set(found) - keep:
        path.unlink(missing_ok=True)
        key_copy(path).unlink(missing_ok=True)


def key_copy(backup: Path) -> Path:
    """Where the key file of a backup lies: without it, nothing opens the backup."""
    return backup.with_suffix(".key.json")


def _not_written() -> StorageError:
    return StorageError(
        "The backup could not be written.", what_to_do="Choose a folder that you may write to."
    )


def _copy(database: Database, temporary: Path) -> None:
    with translated(temporary), closing(connect(temporary, database.key)) as copy:
        with database.driver_connection() as source:
            source.backup(copy)
        # One file without companions: a backup is copied about by hand.
        copy.execute("PRAGMA journal_mode = DELETE")
        problems = page_problems(copy)
    if problems:
        raise WorkspaceDamagedError(
            "The backup failed its checks and was thrown away.",
            what_to_do="Check the workspace: " + problems[0],
        )


def _time_of(path: Path) -> datetime:
    stamp = path.stem.removeprefix(_PREFIX)
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
