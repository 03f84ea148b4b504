"""The encrypted database file: connections, transactions and what its errors mean.

SQLCipher through SQLAlchemy. The driver brings its own SQLite because older ones corrupt a WAL
database on rare checkpoints (fixed in 3.51.3), and transactions are begun by hand because the
driver's own leave migrations half done when the process is killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from engine.errors import (
    DiskFullError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceLockedError,
)

MINIMUM_SQLITE = (3, 51, 3)
KEY_BYTES = 32
LEAST_FREE_BYTES = 256 * 1024

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "trusted_schema = OFF",
    "busy_timeout = 5000",
    "mmap_size = 0",
    "temp_store = MEMORY",
)
_DAMAGED = {driver.SQLITE_CORRUPT, driver.SQLITE_NOTADB}
_FULL = {driver.SQLITE_FULL}
_BUSY = {driver.SQLITE_BUSY, driver.SQLITE_LOCKED}


class Database:
    """One open database; sessions may be used from any thread, each from one at a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open, or make, the file; nothing is read before the first session.

        Args:
            path: The database file.
            key: The raw 256-bit key.

        Raises:
            StorageError: The driver brings an SQLite that is too old.
        """
        require_sqlite(driver.sqlite_version_info)
        self.path = path
        self._key = key
        self._engine: Engine = create_engine(
            "sqlite://",
            module=driver,
            creator=lambda: connect(path, key),
            poolclass=QueuePool,
            pool_size=4,
            # Parameters are patients' names and reports: they must not reach a traceback.
            hide_parameters=True,
        )
        event.listen(self._engine, "begin", _begin)

    @property
    def key(self) -> bytes:
        """The raw key, for backups and for keys derived from it."""
        return self._key

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one consistent state of the database."""
        with translated(self.path), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are durable once the block has ended; an error undoes all."""
        with (
            translated(self.path),
            self._engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()

    @contextmanager
    def driver_connection(self) -> Iterator[Any]:
        """The driver's own connection outside any transaction, for pragmas and backups."""
        with translated(self.path):
            connection = self._engine.raw_connection()
            try:
                yield connection.driver_connection
            finally:
                connection.close()

    def close(self) -> None:
        """Close all connections; the last one writes the WAL into the file and removes it."""
        self._engine.dispose()


def connect(path: Path, key: bytes) -> Any:
    """A driver connection with the key and all pragmas set."""
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        # SQLCipher would print a line for every bad page to standard error.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_memory_security = ON")
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def require_sqlite(version: tuple[int, ...]) -> None:
    """Raise `StorageError` for an SQLite with the WAL-reset bug."""
    if tuple(version) < MINIMUM_SQLITE:
        raise StorageError(
            "The database driver is too old to keep reports safely.",
            what_to_do="Install Negatoscope again with the versions it was made for.",
        )


def driver_versions() -> dict[str, str]:
    """Names and versions of the driver's parts, for the log and the about box."""
    connection = driver.connect(":memory:")
    try:
        cipher = connection.execute("PRAGMA cipher_version").fetchone()[0]
    finally:
        connection.close()
    return {"SQLite": str(driver.sqlite_version), "SQLCipher": str(cipher)}


@contextmanager
def translated(path: Path | None = None) -> Iterator[None]:
    """Turn the driver's and the disk's errors into ours; `path` is the file that may grow."""
    try:
        yield
    except DBAPIError as error:
        raise storage_error(error.orig or error, path) from error
    except driver.Error as error:
        raise storage_error(error, path) from error


def storage_error(error: BaseException, path: Path | None = None) -> StorageError:
    """Our error for one of the driver's, by its primary result code."""
    code = int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if code in _FULL or (code == driver.SQLITE_IOERR and _is_full(path)):
        return DiskFullError(
            "There is no room left on the disk, so the last change was not saved.",
            what_to_do="Free some space, then save again; the text is still here.",
        )
    if code in _DAMAGED:
        return WorkspaceDamagedError(
            "The database of this workspace is damaged.",
            what_to_do="Close Negatoscope and open the workspace again to have it checked.",
        )
    if code in _BUSY:
        return WorkspaceLockedError(
            "The database is busy.", what_to_do="Try again; close other programs that use it."
        )
    return StorageError("The database could not be read or written.")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    # A writer takes its lock at once: two that upgrade a read later would deadlock.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _is_full(path: Path | None) -> bool:
    """Whether there is no room for SQLite's shared memory, whose lack it calls an I/O error."""
    try:
        return path is not None and shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES
    except OSError:
        return False
