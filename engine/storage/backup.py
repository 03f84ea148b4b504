"""Copies of the database: whole, encrypted with the same key, and checked before they count."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import sqlcipher3.dbapi2 as driver

from engine.errors import CancelledError, StorageError, WorkspaceDamagedError
from engine.files import move_into_place
from engine.storage.checks import page_problems
from engine.storage.database import Database, connect, connect_immutable, translated

_STAMP = "%Y%m%dT%H%M%S%fZ"
_PREFIX = "workspace-"
_WHOLE_FOR = timedelta(hours=48)
_DAYS_KEPT = 30
_WEEKS_KEPT = 52
_TIMES_KEPT = 3
_AN_HOUR = timedelta(hours=1)
LEAST_ROOM = 2 * 2**30
"""Bytes that the backups of a small workspace may always take."""
_PAGES_AT_ONCE = 2048
_CLOCK_TOLERANCE = timedelta(days=1)


def back_up(database: Database, target: Path, cancelled: Event | None = None) -> None:
    """Copy the open database to `target` by SQLite's online backup, check it, then rename it.

    The copy is of one consistent state, and no writer waits for it.

    Args:
        database: The open database.
        target: The file.
        cancelled: Set by the caller to stop early.

    Raises:
        CancelledError: It was stopped; `target` is as it was.
        WorkspaceDamagedError: The copy failed its checks; `target` is as it was.
        DiskFullError: No room.
        StorageError: It could not be written for another reason.
    """
    temporary = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove(temporary)
        try:
            _copy(database, temporary, cancelled)
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.chmod(0o600)
            move_into_place(temporary, target)
        finally:
            _remove(temporary)
    except OSError as error:
        raise _not_written() from error
    except StorageError as error:
        # A plain StorageError concerns the copy; damage to the source or a full disk has its own
        # type.
        if type(error) is StorageError:
            raise _not_written() from error
        raise


def backup_path(folder: Path, now: datetime) -> Path:
    """File name for a backup made at that time."""
    return folder / f"{_PREFIX}{now.strftime(_STAMP)}.db"


def backups(folder: Path, now: datetime) -> list[Path]:
    """Automatic backups in the folder, oldest first; files with other names are the user's own.

    A backup dated in the future was made while the clock was wrong. It counts as the oldest, since
    the others hold what was written later.
    """
    times = {path: made for path in folder.glob(f"{_PREFIX}*.db") if (made := time_of(path))}
    return sorted(times, key=lambda path: (times[path] <= now + _CLOCK_TOLERANCE, times[path]))


def newest_backup_time(folder: Path, now: datetime) -> datetime | None:
    """Time of the newest backup that is not dated in the future, or None."""
    times = (time_of(path) for path in backups(folder, now))
    return max((t for t in times if t is not None and t <= now + _CLOCK_TOLERANCE), default=None)


def thin_out(folder: Path, now: datetime, *, least_room: int = LEAST_ROOM) -> None:
    """Keep two days completely, then each day's last for a month and each week's last for a year.

    Days and weeks are counted by the backups, not by the clock: a clock that leaps ahead deletes
    nothing. If these would take more than three times the newest backup and more than
    `least_room` bytes, they are thinned further: the older, the wider apart.
    """
    found = [(path, made) for path in backups(folder, now) if (made := time_of(path))]
    if not found:
        return
    newest = found[-1][1]
    keep = {path for path, made in found if abs(newest - made) <= _WHOLE_FOR}
    keep |= _last_of_each(found, _DAYS_KEPT, lambda made: made.date())
    keep |= _last_of_each(found, _WEEKS_KEPT, lambda made: made.isocalendar()[:2])
    room = max(least_room, _TIMES_KEPT * found[-1][0].stat().st_size)
    fitting = _fitting([(path, made) for path, made in found if path in keep], room)
    for path, _made in found:
        if path not in fitting:
            path.unlink(missing_ok=True)
            key_copy(path).unlink(missing_ok=True)


def _last_of_each(
    found: Sequence[tuple[Path, datetime]], most: int, unit: Callable[[datetime], object]
) -> set[Path]:
    """The last backup of each of the newest days or weeks that have one."""
    last = {unit(made): path for path, made in found}
    return set(list(dict.fromkeys(last.values()))[-most:])


def _fitting(kept: list[tuple[Path, datetime]], room: int) -> set[Path]:
    """As many as fit, always with the newest two: the older, the wider apart."""
    kept = list(kept)
    sizes = {path: path.stat().st_size for path, _made in kept}
    newest = kept[-1][1]

    def gap_for_its_age(index: int) -> float:
        made, after = kept[index][1], kept[index + 1][1]
        age = abs(newest - made)
        before = kept[index - 1][1] if index else made - age
        return abs(after - before) / (age + _AN_HOUR)

    while len(kept) > 2 and sum(sizes[path] for path, _made in kept) > room:
        del kept[min(range(len(kept) - 2), key=gap_for_its_age)]
    return {path for path, _made in kept}


def forget_unfinished(folder: Path) -> None:
    """Remove half-written backups left by a kill; call it only when no other can be running."""
    for path in folder.glob(f"{_PREFIX}*.db.part*"):
        if time_of(path.with_name(path.name.partition(".db")[0])) is not None:
            path.unlink(missing_ok=True)


def key_copy(backup: Path) -> Path:
    """Path of a backup's key file; without that file, nothing opens the backup."""
    return backup.with_suffix(".key.json")


def _not_written() -> StorageError:
    return StorageError(
        "The backup could not be written.", what_to_do="Choose a folder that you may write to."
    )


def _copy(database: Database, temporary: Path, cancelled: Event | None) -> None:
    def step(*_: object) -> None:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError("The backup was stopped.")

    with translated(temporary), closing(connect(temporary, database.key)) as copy:
        with database.driver_connection() as source:
            # Read from one snapshot: a write in between would make the copy start over.
            source.execute("BEGIN")
            try:
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                source.backup(copy, pages=_PAGES_AT_ONCE, progress=step)
            finally:
                source.execute("ROLLBACK")
        step()
        # One file without a WAL: backups are copied by hand.
        copy.execute("PRAGMA journal_mode = DELETE")
        problems = page_problems(copy)
    if problems:
        raise WorkspaceDamagedError(
            "The backup failed its checks and was thrown away.",
            what_to_do="Check the workspace: " + problems[0],
        )


def wrong_pages(backup: Path, key: bytes) -> list[str]:
    """What is wrong with a backup's pages and references; the file is not touched."""
    try:
        with closing(connect_immutable(backup, key)) as connection:
            return page_problems(connection)
    except (driver.Error, StorageError) as error:
        return [str(error)]


def time_of(path: Path) -> datetime | None:
    """The time in a backup's name; None for a name that is not an automatic backup's."""
    stamp = path.name.removesuffix(".db").removeprefix(_PREFIX)
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
