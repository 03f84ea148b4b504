"""The encrypted database file: connections, transactions, and our errors for the driver's.

SQLCipher through SQLAlchemy. The driver brings its own SQLite because older versions corrupt a WAL
database on rare checkpoints (fixed in 3.51.3). Transactions are begun explicitly because the
driver's implicit ones leave migrations half done when the process is killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from engine.errors import (
    DiskFullError,
    ReadOnlyError,
    StorageError,
    WorkspaceDamagedError,
    WorkspaceLockedError,
)

MINIMUM_SQLITE = (3, 51, 3)
KEY_BYTES = 32
LEAST_FREE_BYTES = 256 * 1024

# SQLCipher locks and wipes its memory, which costs more than the encryption.
MEMORY_PRAGMAS: tuple[str, ...] = ("cipher_memory_security = ON",)
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
# Statements that remove a guard or bypass them all; only a migration may use them.
_GUARDED = {
    driver.SQLITE_DROP_TRIGGER,
    driver.SQLITE_DROP_TABLE,
    driver.SQLITE_ALTER_TABLE,
    driver.SQLITE_ATTACH,
}
_GUARDED_PRAGMAS = {
    "writable_schema",
    "recursive_triggers",
    "foreign_keys",
    "ignore_check_constraints",
    "trusted_schema",
}
_DAMAGED = {driver.SQLITE_CORRUPT, driver.SQLITE_NOTADB}
_FULL = {driver.SQLITE_FULL}
_FORBIDDEN = {driver.SQLITE_READONLY, driver.SQLITE_CANTOPEN, driver.SQLITE_PERM}
_BUSY = {driver.SQLITE_BUSY, driver.SQLITE_LOCKED}


class Database:
    """One open database. Sessions may be used from any thread, each by one at a time."""

    def __init__(
        self, path: Path, key: bytes, *, is_read_only: bool = False, is_newer: bool = False
    ) -> None:
        """Open or create the file; nothing is read before the first session.

        Args:
            path: The database file.
            key: The raw 256-bit key.
            is_read_only: Open a file that cannot be written to, or whose folder cannot; it has no
                WAL.
            is_newer: Whether it is only read because a later version wrote it.

        Raises:
            StorageError: The driver's SQLite is too old.
        """
        require_sqlite(driver.sqlite_version_info)
        self.path = path
        self.is_read_only = is_read_only
        self._is_newer = is_newer
        self._identity: tuple[int, int] | None = None
        self.next_key: bytes | None = None
        """The key that the file gets once it is closed."""
        self._key = key
        self._may_change_schema = False
        self._engine: Engine = create_engine(
            "sqlite://",
            module=driver,
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=4,
            # Parameters are patients' names and reports: they must not appear in a traceback.
            hide_parameters=True,
        )
        event.listen(self._engine, "begin", _begin)

    @property
    def key(self) -> bytes:
        """The raw key, for backups and for keys derived from it."""
        return self._key

    @property
    def read_only_error(self) -> ReadOnlyError:
        """What a change raises while the database is only read."""
        return _later_version() if self._is_newer else not_writable()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent state of the database."""
        with translated(self.path), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are durable when the block ends; an exception undoes them all."""
        self._require_writable()
        with (
            translated(self.path),
            self._engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()

    @contextmanager
    def writing_schema(self) -> Iterator[Session]:
        """Like `writing`, for a migration, which may change or remove tables and guards."""
        self._may_change_schema = True
        try:
            with self.writing() as session:
                yield session
        finally:
            self._may_change_schema = False

    @contextmanager
    def driver_connection(self) -> Iterator[Any]:
        """The driver's own connection outside any transaction, for pragmas and backups."""
        with translated(self.path):
            connection = self._engine.raw_connection()
            try:
                yield connection.driver_connection
            finally:
                connection.close()

    def _connect(self) -> Any:
        if self.is_read_only:
            return connect_immutable(self.path, self._key)
        connection = connect(self.path, self._key)
        connection.set_authorizer(self._authorise)
        if self._identity is None:
            self._identity = _identity(self.path)
        return connection

    def _authorise(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        """SQLite's authoriser callback; replaces the defensive mode that the driver lacks (R17)."""
        is_guarded = action in _GUARDED or (
            action == driver.SQLITE_PRAGMA and second is not None and first in _GUARDED_PRAGMAS
        )
        is_barred = is_guarded and not self._may_change_schema
        return int(driver.SQLITE_DENY if is_barred else driver.SQLITE_OK)

    def _require_writable(self) -> None:
        """Raise before anything is written to where it would be lost."""
        if self.is_read_only:
            raise self.read_only_error
        if self._identity is not None and _identity(self.path) != self._identity:
            # The open file may have no name any more: whatever is written to it vanishes on
            # closing.
            raise StorageError(
                "The folder of the workspace was moved, deleted or replaced while it was open, "
                "so nothing can be saved.",
                what_to_do="Copy what you typed, close Negatoscope, and put the folder back.",
            )

    def close(self) -> None:
        """Close all connections; the last one writes the WAL into the file and removes it."""
        self._engine.dispose()


def connect_immutable(path: Path, key: bytes) -> Any:
    """A connection that only reads the file: it neither makes nor reads a WAL or its index."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    connection = driver.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in ("trusted_schema = OFF", "temp_store = MEMORY", "query_only = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect(path: Path, key: bytes) -> Any:
    """A driver connection with the key and all pragmas set."""
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        # Otherwise SQLCipher prints a line on standard error for every bad page.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in (*MEMORY_PRAGMAS, *_PRAGMAS):
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
    """Names and versions of the driver's components, for the log and the About box."""
    connection = driver.connect(":memory:")
    try:
        cipher = connection.execute("PRAGMA cipher_version").fetchone()[0]
    finally:
        connection.close()
    return {"SQLite": str(driver.sqlite_version), "SQLCipher": str(cipher)}


@contextmanager
def translated(path: Path | None = None) -> Iterator[None]:
    """Turn the driver's and the disk's errors into ours; `path` is the file being written."""
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
    if code in _FORBIDDEN:
        return not_writable()
    return StorageError("The database could not be read or written.")


def not_writable() -> ReadOnlyError:
    """The error where permissions, or a full disk, allow nothing but reading."""
    return ReadOnlyError(
        "This workspace can only be read: nothing can be written to its folder or database.",
        what_to_do="Make room on the disk, or ask whoever looks after this computer for the right "
        "to write there. Then open it again.",
    )


def _later_version() -> ReadOnlyError:
    return ReadOnlyError(
        "A later version of Negatoscope wrote this workspace, so it can only be read here.",
        what_to_do="Install that version or a newer one to go on writing.",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    # A writer takes its lock at once: two readers that upgrade later would deadlock.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _is_full(path: Path | None) -> bool:
    """Whether SQLite's I/O error means that there was no room for its shared memory."""
    try:
        return path is not None and shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES
    except OSError:
        return False
