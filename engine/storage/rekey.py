"""Re-encrypt a closed database with another key; a kill at any moment does no harm.

The key file is changed first: it gives the new key and, encrypted with it, the one before. A copy
of the database is re-encrypted and checked before it replaces the old file by one rename. Until
then the old key opens the database, and the next opening starts over.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2 as driver

from engine.domain.audit import AuditAction
from engine.errors import StorageError, WorkspaceDamagedError
from engine.files import move_into_place
from engine.storage.audit_chain import AuditTrail, seal_head
from engine.storage.checks import page_problems
from engine.storage.database import Database, connect, connect_immutable, translated
from engine.storage.key_record import KeyRecord
from engine.storage.keys import KeyFile
from engine.storage.schema import SchemaInfoRow

_COMPANIONS = ("", "-wal", "-shm", "-journal")
_LOG = logging.getLogger(__name__)


def opens(path: Path, key: bytes) -> bool:
    """Whether the key reads the file's first page; the file is not touched."""
    # Opened as immutable: looking for a WAL would create one beside the backup.
    try:
        with closing(connect_immutable(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except driver.Error:
        return False
    return True


def give_key(
    path: Path, old: bytes, new: bytes, file: KeyFile, clock: Callable[[], datetime]
) -> None:
    """Encrypt the database with another key. The caller holds the workspace's lock.

    Args:
        path: The database; no connection to it is open.
        old: Its present key.
        new: Its new key.
        file: The key file that gives the new key.
        clock: Gives the time for the audit trail.

    Raises:
        WorkspaceDamagedError: The copy fails its checks; nothing changed.
        StorageError: It could not be written; nothing changed.
    """
    fresh = path.with_name(path.name + ".rekeyed")
    forget_rekeyed(path)
    try:
        with translated(path), closing(connect(path, old)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copyfile(path, fresh)
        fresh.chmod(0o600)
        with translated(fresh), closing(connect(fresh, old)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"").fetchall()
        _sign_over(fresh, old, new, file, clock)
        with translated(fresh), closing(connect(fresh, new)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            problems = page_problems(connection)
        if problems:
            raise WorkspaceDamagedError("The database could not be given another key.")
        with fresh.open("rb+") as stream:
            os.fsync(stream.fileno())
        move_into_place(fresh, path)
        _LOG.info("the database has another key")
    except OSError as error:
        raise StorageError("The database could not be given another key.") from error
    finally:
        forget_rekeyed(path)


def forget_rekeyed(path: Path) -> None:
    """Remove the unfinished copy that a kill left; raises `OSError`."""
    for suffix in _COMPANIONS:
        path.with_name(f"{path.name}.rekeyed{suffix}").unlink(missing_ok=True)


def _sign_over(
    fresh: Path, old: bytes, new: bytes, file: KeyFile, clock: Callable[[], datetime]
) -> None:
    """Renew with the new key what was hashed with the old one, and record the change."""
    database = Database(fresh, new)
    try:
        with database.writing() as session:
            seal_head(session, old, new)
            KeyRecord(session, new).keep(file)
            name = session.get_one(SchemaInfoRow, 1).user_name
            AuditTrail(session, new, name, clock).record(AuditAction.DATABASE_REKEYED)
    finally:
        database.close()
