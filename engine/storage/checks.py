"""Integrity checks: pages and their HMACs, references, stored hashes, the audit trail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.domain.lifecycle import is_sound
from engine.domain.progress import CancelToken, ProgressSink, ignore_progress
from engine.domain.report import Report, ReportId
from engine.errors import CancelledError, StorageError, WorkspaceDamagedError
from engine.storage import convert
from engine.storage.audit_chain import trail_problems
from engine.storage.database import Database, translated
from engine.storage.ledger import require_match
from engine.storage.migrate import guards
from engine.storage.progress_tracker import ProgressTracker
from engine.storage.repositories import Reports
from engine.storage.schema import DraftRow, ReportRow, RevisionRow, WorkingCopyRow
from engine.storage.trail_checks import record_problems

Row = TypeVar("Row", DraftRow, ReportRow, RevisionRow, WorkingCopyRow)

TAIL = 200
"""Number of audit entries checked when a workspace is opened after an unclean end."""

_LOG = logging.getLogger(__name__)
_TOLD = 5
"""Most findings of SQLite that the log names."""
_ATTEMPTS = 20
_INSTRUCTIONS = 10_000
"""SQLite virtual machine instructions between two checks for cancellation."""
_AT_ONCE = 500


def full_check(
    database: Database,
    *,
    progress: ProgressSink = ignore_progress,
    cancel: CancelToken | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Run every check; returns what was checked and what is wrong, in plain sentences.

    No writer has to wait for the checks.

    Args:
        database: The open database.
        progress: Receives the name of each check and how far it is.
        cancel: Tested before each check and each stored text.

    Raises:
        CancelledError: `cancel` was set.
    """
    token = cancel or CancelToken()
    checks: dict[str, Callable[[ProgressTracker], list[str]]] = {
        "Pages and their authentication codes": lambda tracker: _file_problems(database, tracker),
        "Stored drafts and reports": lambda tracker: _in_session(
            database, content_problems, tracker
        ),
        "Audit trail": lambda tracker: _in_session(
            database,
            lambda session, own: trail_problems(session, database.key, tracker=own),
            tracker,
        ),
        "What is stored against the trail": lambda tracker: _in_session(
            database, record_problems, tracker
        ),
        "Guards of what must not change": lambda tracker: _guard_problems(database, tracker),
    }
    problems: list[str] = []
    for name, check in checks.items():
        try:
            problems += check(ProgressTracker(name, progress, token))
        except WorkspaceDamagedError as error:
            problems.append(error.message)
    return tuple(checks), tuple(dict.fromkeys(problems))


def recovery_problems(database: Database) -> list[str]:
    """The checks after an unclean end, in an order that raises no false alarm.

    The WAL is written into the file first: the HMACs of pages with newer frames in the WAL would be
    reported as wrong.
    """
    try:
        with database.driver_connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            problems = _pragma_problems(connection, "quick_check")
        if problems:
            return problems
        with database.reading() as session:
            return trail_problems(session, database.key, last=TAIL)
    except WorkspaceDamagedError as error:
        return [error.message]


def _guard_problems(database: Database, tracker: ProgressTracker) -> list[str]:
    """Triggers that were removed or changed: only they keep a signed report as it is."""
    tracker.begin()
    wanted, found = guards(database)
    wrong = sorted(name for name in wanted if found.get(name) != wanted[name])
    if not wrong:
        return []
    count = "A guard" if len(wrong) == 1 else f"{len(wrong)} guards"
    is_or_are = "is" if len(wrong) == 1 else "are"
    return [f"{count} of what must not change {is_or_are} missing (first: {wrong[0]})."]


def page_problems(connection: Any) -> list[str]:
    """Wrong pages and references of the database that a driver connection has open."""
    return _pragma_problems(connection, "integrity_check")


def content_problems(session: Session, tracker: ProgressTracker | None = None) -> list[str]:
    """Stored drafts and reports that are not as they were saved."""
    tracker = tracker or ProgressTracker()
    tracker.begin(_rows_of(session, DraftRow, RevisionRow, WorkingCopyRow, ReportRow, ReportRow))
    return [
        *_unreadable(session, DraftRow, convert.draft_of, "Draft {0.id}", tracker),
        *_unreadable(
            session,
            RevisionRow,
            _require_sound,
            "Revision {0.revision} of report {0.report_id}",
            tracker,
        ),
        *_unreadable(
            session,
            WorkingCopyRow,
            convert.report_of,
            "The unsaved text of report {0.report_id}",
            tracker,
        ),
        *_entry_problems(session, tracker),
        *_ledger_problems(session, tracker),
    ]


def _rows_of(session: Session, *tables: type[Any]) -> int:
    counts = (session.scalar(select(func.count()).select_from(table)) for table in tables)
    return sum(count or 0 for count in counts)


def _entry_problems(session: Session, tracker: ProgressTracker) -> Iterator[str]:
    """Reports whose row differs from the last stored state."""
    for row in _each(session, ReportRow, tracker):
        if not _is_its(session, row):
            yield f"The entry of report {row.id} is not the report's."
        newest = select(RevisionRow.status).where(
            RevisionRow.report_id == row.id, RevisionRow.revision == row.revision
        )
        if row.revision > 0 and session.scalar(newest) != row.stage:
            yield f"Report {row.id} lost its newest revision."


def _is_its(session: Session, row: ReportRow) -> bool:
    """Whether study, author and times in a report's row are those of its stored content."""
    kept = session.get(WorkingCopyRow, row.id) or session.get(RevisionRow, (row.id, row.revision))
    try:
        report = None if kept is None else convert.report_of(kept)
    except WorkspaceDamagedError:
        return True  # The check of revisions and working copies reports it.
    if report is None:
        return True  # The check of the newest revisions reports it.
    content = (report.study_uid, report.author, report.created, report.updated)
    times = convert.moment_of(row.created), convert.moment_of(row.updated)
    return content == (row.study_uid, row.author, *times)


def _ledger_problems(session: Session, tracker: ProgressTracker) -> Iterator[str]:
    """Reports whose sentences are not what replaying their ledger gives."""
    reports = Reports(session)
    for report_id in tracker.through(session.scalars(select(ReportRow.id)).all()):
        try:
            stored = reports.stored(ReportId(report_id))
            if stored is not None:
                require_match(reports.ledger.of(stored.id), stored)
        except WorkspaceDamagedError:
            yield f"The record of the changes of report {report_id} was changed."
        session.expunge_all()


def _unreadable(
    session: Session,
    table: type[Row],
    read: Callable[[Row], object],
    name: str,
    tracker: ProgressTracker,
) -> Iterator[str]:
    for row in _each(session, table, tracker):
        try:
            read(row)
        except WorkspaceDamagedError:
            yield f"{name.format(row)} was changed."


def _each(session: Session, table: type[Row], tracker: ProgressTracker) -> Iterator[Row]:
    """The rows of a table in batches: all at once would fill the memory."""
    rows = session.scalars(select(table).execution_options(yield_per=_AT_ONCE))
    return tracker.through(rows)


def _require_sound(row: RevisionRow) -> Report:
    """The revision's report; raises unless text, hash, number, status and signature agree."""
    report = convert.report_of(row)
    fits = (
        report.id == row.report_id
        and report.revision == row.revision
        and report.status.value == row.status
        and report.sha256 == row.report_sha256
        and is_sound(report)
    )
    if not fits:
        raise WorkspaceDamagedError("A revision does not fit its row.")
    return report


def _file_problems(database: Database, tracker: ProgressTracker) -> list[str]:
    tracker.begin()
    with database.driver_connection() as connection:
        if database.is_read_only:
            return page_problems(connection)
        connection.set_progress_handler(lambda: tracker.is_stopped, _INSTRUCTIONS)
        try:
            return _still_file_problems(database, connection)
        except StorageError as error:
            if tracker.is_stopped:
                raise CancelledError("Stopped as you asked.") from error
            raise
        finally:
            connection.set_progress_handler(None, 0)


def _still_file_problems(database: Database, connection: Any) -> list[str]:
    """Check the pages of the file while they cannot change; writers continue in the WAL.

    A reader that starts with an empty WAL prevents checkpoints into the file until it ends.
    """
    wal = database.path.with_name(database.path.name + "-wal")
    for _attempt in range(_ATTEMPTS):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("BEGIN")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            # If a writer got in between checkpoint and read, try again.
            if not wal.exists() or wal.stat().st_size == 0:
                return page_problems(connection)
        finally:
            connection.execute("ROLLBACK")
    return ["The database was too busy to be checked."]


def _pragma_problems(connection: Any, structure: str) -> list[str]:
    problems = []
    with translated():
        # Every row: each one names another page.
        wrong = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if wrong:
            problems.append(f"{len(wrong)} pages of the database are damaged ({wrong[0][0]}).")
        rows = connection.execute(f"PRAGMA {structure}").fetchall()
        if rows != [("ok",)]:
            # Names of tables and numbers of pages, no content.
            _LOG.warning("%s: %s", structure, "; ".join(str(row[0]) for row in rows[:_TOLD]))
            problems.append("The structure of the database is damaged.")
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            problems.append("Entries of the database refer to others that are missing.")
    return problems


def _in_session(
    database: Database,
    check: Callable[[Session, ProgressTracker], list[str]],
    tracker: ProgressTracker,
) -> list[str]:
    with database.reading() as session:
        return check(session, tracker)
