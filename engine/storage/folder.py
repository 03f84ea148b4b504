"""A workspace's folder: made, opened, recovered after a crash, and brought up to date.

::

    workspace.db  -wal  -shm     the encrypted database
    key.json                     its wrapped key
    workspace.lock               held while a process has the workspace open
    attempts.json                wrong passphrases since the last right one
    backups/                     checked copies, each with its key file
    set-aside/                   the files as they were when damage was found or a backup was
                                 restored; never removed
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from engine.domain.audit import AuditAction
from engine.errors import (
    StorageError,
    WorkspaceDamagedError,
    WorkspaceExistsError,
    WorkspaceMissingError,
)
from engine.files import move_into_place, write_atomically
from engine.storage.audit_chain import AuditTrail
from engine.storage.backup import back_up, backup_path, backups, key_copy
from engine.storage.checks import recovery_problems
from engine.storage.database import Database
from engine.storage.keys import (
    KeyFile,
    demo_key_file,
    new_key,
    wrap,
    write_key_file,
)
from engine.storage.location import require_local
from engine.storage.migrate import needs_upgrade, upgrade
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
    def set_aside(self) -> Path:
        """Folder of files in which damage was found."""
        return self.root / "set-aside"

    @property
    def exists(self) -> bool:
        """Whether there is a workspace, finished or nearly so."""
        # `Path.exists` raises where a folder on the way may not be entered; `prepare` says so.
        places = (self.key, self.database, self.root / "workspace.db.restored")
        return any(os.path.exists(place) for place in places)  # noqa: PTH110

    def prepare(self) -> None:
        """Make the folder; raises `StorageError`, also for one on a network drive."""
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
        """Make the database and its key file; None as passphrase makes a demo workspace.

        The caller holds the lock. A kill on the way leaves nothing that `exists` would call a
        workspace, or a finished one.
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
        """Finish or forget a restore that was killed; raises `StorageError`."""
        try:
            finish_restore(self.root)
        except OSError as error:
            raise StorageError("The restore of a backup could not be finished.") from error

    def finish_creation(self) -> None:
        """Take the last step of a creation or of a restore that was killed before it."""
        self.finish_restore()
        if self.database.exists() and not self.key.exists() and self._unfinished_key.exists():
            move_into_place(self._unfinished_key, self.key)

    def open(self, key: bytes, clock: Callable[[], datetime]) -> tuple[Database, bool]:
        """Open the database, checked first if the last process did not close it.

        Returns:
            The database and whether it was recovered.

        Raises:
            WorkspaceMissingError: The database file is gone.
            WorkspaceDamagedError: It failed its checks; the files are set aside as they were.
            NewerWorkspaceError: A later version wrote it.
        """
        if not self.database.exists():
            raise WorkspaceMissingError(
                "The database of this workspace is missing.",
                what_to_do=self._backup_advice(),
            )
        was_killed = self._ended_uncleanly
        aside = self._copy_aside() if was_killed else None
        database = Database(self.database, key)
        try:
            if needs_upgrade(database):
                self._upgrade(database, clock())
            problems = recovery_problems(database) if was_killed or self._is_suspect else []
        except WorkspaceDamagedError as error:
            problems = [error.message]
        except BaseException:
            database.close()
            self._forget(aside)
            raise
        if problems:
            database.close()
            raise self.damaged(problems, aside or self._copy_aside())
        self._forget(aside)
        return database, was_killed

    def damaged(self, problems: list[str], aside: Path | None = None) -> WorkspaceDamagedError:
        """The error that names the newest backup and where the damaged files lie."""
        _LOG.error("the database failed its checks: %s", "; ".join(problems))
        kept = f" The files as they were are kept in {aside.name!r}." if aside else ""
        return WorkspaceDamagedError(
            "The database of this workspace is damaged.",
            what_to_do=f"{self._backup_advice()}{kept}",
        )

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

    def back_up(self, database: Database, target: Path) -> None:
        """A checked copy with the key file that opens it; raises the `StorageError` family."""
        back_up(database, target)
        try:
            write_atomically(key_copy(target), self.key.read_bytes())
        except OSError as error:
            raise StorageError("The key file of the backup could not be written.") from error

    @property
    def _is_suspect(self) -> bool:
        """Whether to check although the last process closed it: cheap, or damaged before."""
        return self.set_aside.exists() or self.database.stat().st_size <= _ALWAYS_CHECKED

    def _copy_aside(self) -> Path | None:
        """Copy database and WAL before anything touches them; None if there is no room."""
        aside = self.set_aside / f"{self.database.stat().st_mtime_ns:x}"
        if aside.exists():
            return aside
        unfinished = aside.with_suffix(".part")
        try:
            unfinished.mkdir(parents=True, exist_ok=True)
            for suffix in ("", "-wal"):
                source = self.database.with_name(self.database.name + suffix)
                if source.exists():
                    shutil.copy2(source, unfinished / source.name)
            unfinished.rename(aside)
        except OSError:
            # Reading must be possible on a full disk; the originals are still there.
            _LOG.warning("the database could not be set aside before its check", exc_info=True)
            self._forget(unfinished)
            return None
        return aside

    def _forget(self, aside: Path | None) -> None:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(OSError):
                self.set_aside.rmdir()

    def _backup_advice(self) -> str:
        found = backups(self.backups)
        if not found:
            return "There is no backup of it in its folder."
        return f"The newest of {len(found)} backups is {found[-1].name!r}."
