"""A workspace's folder: created, opened, recovered after a crash, and upgraded.

::

    workspace.db  -wal  -shm     the encrypted database
    key.json                     its wrapped key
    workspace.lock               held while a process has the workspace open
    attempts.json                wrong passphrases since the last right one
    models/                      imported model packs, a folder each
    backups/                     checked copies, each with its key file
    set-aside/                   the files as they were when damage was found or a backup was
                                 restored; never removed
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from threading import Event
from uuid import uuid4

from engine.domain.audit import AuditAction
from engine.errors import (
    NewerWorkspaceError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
    WorkspaceMissingError,
)
from engine.files import move_into_place, write_atomically
from engine.storage.audit_chain import AuditTrail
from engine.storage.backup import back_up, backup_path, backups, forget_unfinished, key_copy
from engine.storage.checks import recovery_problems
from engine.storage.database import LEAST_FREE_BYTES, Database, not_writable
from engine.storage.keys import (
    KeyFile,
    demo_key_file,
    earlier_keys,
    key_file_bytes,
    new_key,
    read_key_file,
    wrap,
    write_key_file,
)
from engine.storage.location import require_local
from engine.storage.migrate import current_revision, needs_upgrade, upgrade
from engine.storage.rekey import forget_rekeyed, give_key, opens
from engine.storage.restore import finish_restore
from engine.storage.schema import SchemaInfoRow

MINIMUM_APP_VERSION = "0.1"
_ALWAYS_CHECKED = 32 * 2**20
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFolder:
    """Paths inside a workspace's folder."""

    root: Path

    @property
    def database(self) -> Path:
        """The database file."""
        return self.root / "workspace.db"

    @property
    def key(self) -> Path:
        """The key file."""
        return self.root / "key.json"

    @property
    def attempts(self) -> Path:
        """The count of wrong passphrases."""
        return self.root / "attempts.json"

    @property
    def backups(self) -> Path:
        """Folder of the automatic backups."""
        return self.root / "backups"

    @property
    def models(self) -> Path:
        """Folder of the imported model packs."""
        return self.root / "models"

    @property
    def set_aside(self) -> Path:
        """Folder of files kept from before a repair or a restore."""
        return self.root / "set-aside"

    @property
    def exists(self) -> bool:
        """Whether there is a workspace, complete or almost."""
        # `Path.exists` raises if a parent folder may not be entered; `prepare` reports that.
        paths = (self.key, self.database, self.root / "workspace.db.restored")
        return any(os.path.exists(path) for path in paths)  # noqa: PTH110

    def prepare(self) -> None:
        """Create the folder; raises `StorageError`, also for a network drive."""
        require_local(self.root)
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                "The folder of the workspace cannot be made.",
                what_to_do="Choose a folder that you may write to.",
            ) from error

    def create(
        self, *, user_name: str, passphrase: str | None, clock: Callable[[], datetime]
    ) -> tuple[KeyFile, bytes]:
        """Create the database and its key file; no passphrase makes a demo workspace.

        The caller holds the lock. A kill in between leaves either nothing that `exists` calls a
        workspace, or a complete one.
        """
        if self.exists:
            raise WorkspaceExistsError(
                "There is a workspace in this folder already.",
                what_to_do="Open it, or choose another folder.",
            )
        key, workspace_id = new_key(), str(uuid4())
        is_demo = passphrase is None
        file = (
            demo_key_file(key, workspace_id)
            if passphrase is None
            else wrap(key, passphrase, workspace_id)
        )
        try:
            write_key_file(file, self._unfinished_key)
            facts = SchemaInfoRow(
                id=1,
                workspace_id=workspace_id,
                user_name=user_name,
                is_demo=is_demo,
                created=clock().isoformat(),
                minimum_app_version=MINIMUM_APP_VERSION,
            )
            self._make_database(key, facts, clock)
            self.finish_creation()
        except OSError as error:
            raise StorageError("The workspace could not be written.") from error
        return file, key

    def finish_restore(self) -> None:
        """Complete or undo a restore that was killed; raises `StorageError`."""
        try:
            finish_restore(self.root)
        except OSError as error:
            raise StorageError("The restore of a backup could not be finished.") from error

    def key_file(self, now: datetime) -> KeyFile:
        """The key file; if it is lost or damaged, the one beside the newest backup.

        Raises `WorkspaceMissingError`, `WorkspaceDamagedError` or `NewerWorkspaceError`.
        """
        try:
            return read_key_file(self.key)
        except (WorkspaceMissingError, WorkspaceDamagedError) as error:
            found = self._key_file_of_backup(now) if self.database.exists() else None
            if found is None:
                raise
            _LOG.warning("the key file is not used: %s", error.message)
            return found

    def require_fitting(self, file: KeyFile, key: bytes, now: datetime) -> None:
        """If the key came from a backup's key file, make that file the workspace's own.

        Raises:
            WorkspaceDamagedError: The file belongs to another workspace.
            StorageError: It cannot be written.
        """
        is_fitting = any(opens(self.database, one) for one in (key, *earlier_keys(file, key)))
        kept = self._key_file_of_backup(now)
        if not is_fitting and kept is not None and kept.workspace_id != file.workspace_id:
            raise WorkspaceDamagedError(
                "The key file in this folder is that of another workspace.",
                what_to_do="Copy the key file of a backup (.key.json) into the folder as key.json.",
            )
        try:
            if is_fitting and (not self.key.is_file() or self._is_unreadable):
                if self.key.exists():
                    self.set_aside.mkdir(exist_ok=True, mode=0o700)
                    self.key.replace(self.set_aside / f"key.json.{now:%Y%m%dT%H%M%S%fZ}")
                write_key_file(file, self.key)
        except OSError as error:
            raise StorageError("The key file could not be put back.") from error

    @property
    def _is_unreadable(self) -> bool:
        try:
            read_key_file(self.key)
        except StorageError:
            return True
        return False

    def _key_file_of_backup(self, now: datetime) -> KeyFile | None:
        for backup in reversed(backups(self.backups, now)):
            with suppress(StorageError):
                return read_key_file(key_copy(backup))
        return None

    def rewrap_copies(self, file: KeyFile, key: bytes) -> None:
        """Replace the key files of the backups it opens, so that an old passphrase opens none."""
        keys = (key, *earlier_keys(file, key))
        for backup in sorted(self.backups.glob("workspace-*.db")):
            copy = key_copy(backup)
            if copy.exists() and any(opens(backup, one) for one in keys):
                write_atomically(copy, key_file_bytes(file))

    def finish_creation(self) -> None:
        """Take the last step of a creation or a restore that was killed before it."""
        self.finish_restore()
        self._forget_unfinished()
        if self.database.exists() and not self.key.exists() and self._unfinished_key.exists():
            move_into_place(self._unfinished_key, self.key)

    def open(
        self, key: bytes, clock: Callable[[], datetime], file: KeyFile | None = None
    ) -> tuple[Database, bool]:
        """Open the database; check it first if the last process did not close it.

        Args:
            key: Of the database.
            clock: Gives the time, UTC.
            file: Holds earlier keys of the database. A database that still has one of them, because
                the change was killed or it is a backup, is re-encrypted with the present key first.

        Returns:
            The database, and whether it was recovered after an unclean end.

        Raises:
            WorkspaceMissingError: The database file is gone.
            WorkspaceDamagedError: It failed its checks; the files are set aside as they were.
            NewerWorkspaceError: A later version wrote it, which this one cannot even read.
        """
        if not self.database.exists():
            raise WorkspaceMissingError(
                "The database of this workspace is missing.",
                what_to_do=self._backup_advice(clock()),
            )
        if not self.is_writable and not self._ended_uncleanly:
            return self._open_to_read(key, file), False
        was_killed = self._ended_uncleanly
        aside = self._copy_aside() if was_killed else None
        if self.database.stat().st_size == 0:
            # Not even opened: that would turn the empty file into a database.
            raise self._damaged(["The file is empty."], aside, clock())
        held = self._held_key(key, earlier_keys(file, key) if file is not None else ())
        database = self._checked(held, aside, clock(), was_killed=was_killed)
        if file is not None and held != key and not database.is_read_only:
            database.close()
            give_key(self.database, held, key, file, clock)
            database = Database(self.database, key)
        return database, was_killed

    def _checked(
        self, held: bytes, aside: Path | None, now: datetime, *, was_killed: bool
    ) -> Database:
        """The database, checked where needed; a later version's opened to be read only."""
        database = Database(self.database, held)
        try:
            problems = self._problems(database, now, was_killed=was_killed)
        except WorkspaceDamagedError as error:
            problems = [error.message]
        except NewerWorkspaceError:
            database.close()
            self._forget(aside)
            if was_killed:
                raise
            return self._open_newer(held)
        except BaseException:
            database.close()
            self._forget(aside)
            raise
        if problems:
            database.close()
            raise self._damaged(problems, aside or self._copy_aside(), now)
        self._forget(aside)
        return database

    @property
    def is_writable(self) -> bool:
        """Whether database and folder can be written to, with room for the WAL."""
        may = os.access(self.root, os.W_OK) and os.access(self.database, os.W_OK)
        try:
            return may and shutil.disk_usage(self.root).free >= LEAST_FREE_BYTES
        except OSError:
            return may

    def _open_to_read(self, key: bytes, file: KeyFile | None) -> Database:
        """The database as it is, leaving out everything that needs writing."""
        held = self._held_key(key, earlier_keys(file, key) if file is not None else ())
        database = Database(self.database, held, is_read_only=True)
        is_usable = False
        try:
            is_usable = current_revision(database) is not None and not needs_upgrade(database)
        finally:
            if not is_usable:
                database.close()
        if not is_usable:
            raise not_writable()
        _LOG.warning("the workspace is opened to be read only")
        return database

    def _open_newer(self, key: bytes) -> Database:
        """The database of a later version to be read, if that version says that this one can."""
        database = Database(self.database, key, is_read_only=True, is_newer=True)
        try:
            with database.reading() as session:
                least = session.get_one(SchemaInfoRow, 1).minimum_app_version
            if _numbers(least) > _numbers(version("negatoscope")):
                needs_upgrade(database)  # raises the error that names the remedy
        except BaseException:
            database.close()
            raise
        _LOG.warning("the workspace of a later version is opened to be read only")
        return database

    def _held_key(self, key: bytes, earlier: Sequence[bytes]) -> bytes:
        """The key that the database has; the present one if none fits."""
        if not earlier or opens(self.database, key):
            return key
        return next((one for one in earlier if opens(self.database, one)), key)

    def _problems(self, database: Database, now: datetime, *, was_killed: bool) -> list[str]:
        """What is wrong with the database; a sound one of an older version is upgraded."""
        if current_revision(database) is None:
            # Not ours: an empty file or another program's. It must not be backed up as a workspace.
            return ["The file holds no workspace."]
        is_old = needs_upgrade(database)
        if is_old or was_killed or self._is_suspect:
            problems = recovery_problems(database)
            if problems:
                return problems
        if is_old:
            self._upgrade(database, now)
        return []

    def _damaged(
        self, problems: list[str], aside: Path | None, now: datetime
    ) -> WorkspaceDamagedError:
        """The error that names the newest backup and where the damaged files are kept."""
        _LOG.error("the database failed its checks: %s", "; ".join(problems))
        kept = f" The files as they were are kept in {aside.name!r}." if aside else ""
        return WorkspaceDamagedError(
            "The database of this workspace is damaged.",
            what_to_do=f"{self._backup_advice(now)}{kept}",
        )

    def _forget_unfinished(self) -> None:
        """Remove copies that a kill left half made; the lock says that nobody is writing them."""
        with suppress(OSError):
            forget_unfinished(self.backups)
            forget_rekeyed(self.database)
            for suffix in ("", "-wal", "-shm", "-journal"):
                (self.root / f"workspace.db.unchecked{suffix}").unlink(missing_ok=True)

    @property
    def _unfinished_key(self) -> Path:
        return self.root / "key.json.new"

    @property
    def _ended_uncleanly(self) -> bool:
        wal = self.database.with_name(self.database.name + "-wal")
        return wal.exists() and wal.stat().st_size > 0

    def _make_database(
        self, key: bytes, facts: SchemaInfoRow, clock: Callable[[], datetime]
    ) -> None:
        unfinished = self.root / "workspace.db.new"
        for suffix in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
        database = Database(unfinished, key)
        try:
            upgrade(database)
            with database.writing() as session:
                name = facts.user_name
                session.add(facts)
                AuditTrail(session, key, name, clock).record(AuditAction.WORKSPACE_CREATED)
        finally:
            database.close()
        unfinished.chmod(0o600)
        move_into_place(unfinished, self.database)

    def _upgrade(self, database: Database, now: datetime) -> None:
        self.back_up(database, backup_path(self.backups, now))
        upgrade(database)

    def back_up(self, database: Database, target: Path, cancelled: Event | None = None) -> None:
        """A checked copy with the key file that opens it; raises the `StorageError` family."""
        back_up(database, target, cancelled)
        try:
            write_atomically(key_copy(target), self.key.read_bytes())
        except OSError as error:
            raise StorageError("The key file of the backup could not be written.") from error

    @property
    def _is_suspect(self) -> bool:
        """Whether to check a database that was closed properly: it is small, or damaged before."""
        return self.set_aside.exists() or self.database.stat().st_size <= _ALWAYS_CHECKED

    def _copy_aside(self) -> Path | None:
        """Copy database and WAL before anything touches them; None if there is no room."""
        aside = self.set_aside / f"{self.database.stat().st_mtime_ns:x}"
        if aside.exists():
            return aside
        unfinished = aside.with_suffix(".part")
        try:
            self.set_aside.mkdir(exist_ok=True, mode=0o700)
            unfinished.mkdir(exist_ok=True, mode=0o700)
            for suffix in ("", "-wal"):
                source = self.database.with_name(self.database.name + suffix)
                if source.exists():
                    shutil.copy2(source, unfinished / source.name)
            unfinished.rename(aside)
        except OSError:
            # Reading must be possible on a full disk, and the originals are still there.
            _LOG.warning("the database could not be set aside before its check", exc_info=True)
            self._forget(unfinished)
            return None
        return aside

    def _forget(self, aside: Path | None) -> None:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(OSError):
                self.set_aside.rmdir()

    def _backup_advice(self, now: datetime) -> str:
        found = backups(self.backups, now)
        if not found:
            return "There is no backup of it in its folder."
        return f"The newest of {len(found)} backups is {found[-1].name!r}."


def _numbers(app_version: str) -> list[int]:
    """A version's leading numbers, to be compared: "0.1" is before "0.1.2"."""
    return [int(part) for part in re.findall(r"\d+", app_version.partition("+")[0])]
