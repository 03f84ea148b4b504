"""What a damaged database holds and a backup lacks, as far as it can still be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver

from engine.domain.audit import AuditAction
from engine.storage.database import connect, connect_immutable

_COMPANIONS = ("", "-wal", "-shm", "-journal")
_OF_REPORTS = (
    AuditAction.REPORT_SAVED,
    AuditAction.REPORT_SIGNED_PRELIMINARY,
    AuditAction.REPORT_SIGNED,
    AuditAction.ADDENDUM_SIGNED,
    AuditAction.REPORT_WITHDRAWN,
    AuditAction.CRITICAL_COMMUNICATED,
)
_STATE = "id, study_uid, updated, status, revision"
_TYPED = "report_id, saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostReport:
    """A report that the backup has not, or in an earlier state only.

    Attributes:
        report_id: Identifier of the report.
        changed: When it was last stored, UTC; None if that cannot be read.
        patient: Name; empty if neither database tells it.
        study_date: ISO; empty if unknown.
        is_signed: Whether it was signed as final.
        is_new: Whether the backup has nothing of it.
    """

    report_id: str
    changed: datetime | None
    patient: str
    study_date: str
    is_signed: bool
    is_new: bool

    @property
    def line(self) -> str:
        """The report in one line."""
        parts = [
            self.patient or f"report {self.report_id}",
            self.study_date,
            "signed" if self.is_signed else "not signed",
            f"{self.changed.astimezone():%Y-%m-%d %H:%M}" if self.changed else "",
            "" if self.is_new else "the backup has an earlier state",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What a restore would lose.

    Attributes:
        reports: Most recently stored first.
        drafts: Number of the model's drafts.
        is_complete: Whether all that was looked at could be read; otherwise there may be more.
    """

    reports: tuple[LostReport, ...]
    drafts: int
    is_complete: bool


def losses(database: Path, key: bytes | None, backup: Path, backup_key: bytes) -> Losses:
    """Compare the damaged database with a backup; neither file is changed.

    Args:
        database: Read with what its WAL holds, from a copy beside it; the caller holds the lock.
        key: Opens the database; None if no key does.
        backup: A checked backup.
        backup_key: Opens the backup.
    """
    if key is None or not database.exists():
        return Losses(reports=(), drafts=0, is_complete=False)
    kept = _Source(backup, backup_key, is_fixed=True)
    with _readable(database, key) as damaged:
        return _compared(damaged, kept)


def _compared(damaged: _Source, kept: _Source) -> Losses:
    reports, in_backup = damaged.rows("reports", _STATE), kept.rows("reports", _STATE)
    typed, typed_in_backup = (one.rows("working_copies", _TYPED) for one in (damaged, kept))
    entries = damaged.entries_after(kept.last_entry())
    changed = {name: row[1] for name, row in reports.items() if in_backup.get(name) != row}
    changed |= {name: row[0] for name, row in typed.items() if typed_in_backup.get(name) != row}
    changed |= {name: at for action, name, at in entries if action in _OF_REPORTS}
    drafts = set(damaged.rows("drafts", "id, created"))
    drafts |= {name for action, name, _at in entries if action == AuditAction.DRAFT_STORED}
    found = []
    for name, at in sorted(changed.items(), key=lambda item: item[1], reverse=True):
        row = reports.get(name) or in_backup.get(name) or ("", "", "")
        patient, taken = _whose(str(row[0]), (damaged, kept))
        found.append(
            LostReport(
                report_id=name,
                changed=_moment(at),
                patient=patient,
                study_date=taken,
                is_signed=row[2] == "final",
                is_new=name not in in_backup,
            )
        )
    return Losses(
        reports=tuple(found),
        drafts=len(drafts - set(kept.rows("drafts", "id, created"))),
        is_complete=damaged.is_whole,
    )


class _Source:
    """Rows of a database, up to where they cannot be read.

    Args:
        path: The file.
        key: Opens it.
        is_fixed: Whether it is opened without looking for a WAL.
    """

    def __init__(self, path: Path, key: bytes, *, is_fixed: bool) -> None:
        self._path, self._key = path, key
        self._connect = connect_immutable if is_fixed else connect
        self.is_whole = True

    def rows(self, table: str, columns: str) -> dict[str, tuple[Any, ...]]:
        """Rows of a table by the first of the columns, read from both ends towards the damage."""
        found: dict[str, tuple[Any, ...]] = {}
        for order in ("ASC", "DESC"):
            asked = f"SELECT {columns} FROM {table} ORDER BY rowid {order}"  # noqa: S608  ours
            if self._read(asked, (), lambda row: found.update({row[0]: row[1:]})):
                break
        return found

    def one(self, asked: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The first row of an answer, or None."""
        found: list[tuple[Any, ...]] = []
        self._read(asked, values, found.append)
        return found[0] if found else None

    def last_entry(self) -> int:
        """Number of the last entry of the audit trail; 0 if it cannot be read."""
        row = self.one("SELECT sequence FROM audit_head", ())
        return int(row[0]) if row else 0

    def entries_after(self, sequence: int) -> list[tuple[str, str, str]]:
        """Action, subject and time of the entries after that one, oldest first."""
        found: dict[int, tuple[str, str, str]] = {}
        for order in ("ASC", "DESC"):
            wanted = "SELECT sequence, action, subject, at FROM audit_events WHERE sequence > ?"
            asked = f"{wanted} ORDER BY sequence {order}"
            if self._read(asked, (sequence,), lambda row: found.update({row[0]: row[1:]})):
                break
        return [found[number] for number in sorted(found)]

    def _read(
        self, asked: str, values: tuple[Any, ...], take: Callable[[tuple[Any, ...]], None]
    ) -> bool:
        """Whether every row could be read, by a connection of its own: a bad page ends it."""
        try:
            with closing(self._connect(self._path, self._key)) as connection:
                for row in connection.execute(asked, values):
                    take(row)
        except driver.Error:
            self.is_whole = False
            return False
        return True


@contextmanager
def _readable(database: Path, key: bytes) -> Iterator[_Source]:
    """The database with its WAL from a copy; without room for one, the file alone."""
    copy = database.with_name(f"{database.name}.unchecked")
    _remove(copy)
    try:
        try:
            for suffix in ("", "-wal"):
                source = database.with_name(database.name + suffix)
                if source.exists():
                    shutil.copyfile(source, copy.with_name(copy.name + suffix))
        except OSError:
            yield _Source(database, key, is_fixed=True)
        else:
            yield _Source(copy, key, is_fixed=False)
    finally:
        _remove(copy)


def _whose(study_uid: str, sources: tuple[_Source, ...]) -> tuple[str, str]:
    """Name and study date by the first database that can tell them."""
    for source in sources:
        study = source.one("SELECT patient, study_date FROM studies WHERE uid = ?", (study_uid,))
        person = study and source.one("SELECT name FROM patients WHERE id = ?", (study[0],))
        if study and person:
            return str(person[0]), str(study[1])
    return "", ""


def _moment(stored: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(stored)
    return None


def _remove(copy: Path) -> None:
    for suffix in _COMPANIONS:
        with suppress(OSError):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
