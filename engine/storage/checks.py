"""Finding damage: pages, their authentication codes, references, stored hashes, the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.lifecycle import is_sound
from engine.domain.report import Report, ReportId
from engine.errors import WorkspaceDamagedError
from engine.storage import convert
from engine.storage.audit_chain import trail_problems
from engine.storage.database import Database, translated
from engine.storage.ledger import require_match
from engine.storage.migrate import guards
from engine.storage.repositories import Reports
from engine.storage.schema import DraftRow, ReportRow, RevisionRow, WorkingCopyRow
from engine.storage.trail_checks import record_problems

Row = TypeVar("Row", DraftRow, RevisionRow, WorkingCopyRow)

TAIL = 200
"""Audit entries that are checked when a workspace is opened after an unclean end."""

_ATTEMPTS = 20


def full_check(database: Database) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every check; returns what was checked and what is wrong, in plain sentences."""
    checks: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("Pages and their authentication codes", lambda: _file_problems(database)),
        ("Stored drafts and reports", lambda: _in_session(database, content_problems)),
        (
            "Audit trail",
            lambda: _in_session(database, lambda s: trail_problems(s, database.key)),
        ),
        ("What is stored against the trail", lambda: _in_session(database, record_problems)),
        ("Guards of what must not change", lambda: _guard_problems(database)),
    )
    problems: list[str] = []
    for _name, check in checks:
        try:
            problems += check()
        except WorkspaceDamagedError as error:
            problems.append(error.message)
    return tuple(name for name, _check in checks), tuple(dict.fromkeys(problems))


def recovery_problems(database: Database) -> list[str]:
    """The checks after an unclean end, in the order that gives no false alarm.

    The WAL goes into the file first: authentication codes of pages that still have newer frames
    in the WAL would be reported as wrong.
    """
    try:
        with database.driver_connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            problems = _pragma_problems(connection, "quick_check")
        return problems or _in_session(
            database, lambda session: trail_problems(session, database.key, last=TAIL)
        )
    except WorkspaceDamagedError as error:
        return [error.message]


def _guard_problems(database: Database) -> list[str]:
    """Triggers that somebody took away or changed: nothing else keeps a signed report as it is."""
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


def content_problems(session: Session) -> list[str]:
    """Stored drafts and reports that are not as they were saved."""
    found = (
        *_unreadable(session, DraftRow, convert.draft_of, "Draft {0.id}"),
        *_unreadable(
            session, RevisionRow, _require_sound, "Revision {0.revision} of report {0.report_id}"
        ),
        *_unreadable(
            session, WorkingCopyRow, convert.report_of, "The unsaved text of report {0.report_id}"
        ),
    )
    revisions = select(RevisionRow.report_id, RevisionRow.revision, RevisionRow.status)
    saved = {(r.report_id, r.revision): r.status for r in session.execute(revisions)}
    lost = (
        f"Report {report.id} lost its newest revision."
        for report in session.scalars(select(ReportRow).where(ReportRow.revision > 0))
        if saved.get((report.id, report.revision)) != report.stage
    )
    return [*found, *lost, *_ledger_problems(session)]


def _ledger_problems(session: Session) -> Iterator[str]:
    """Reports whose sentences are not what their ledger leads to."""
    reports = Reports(session)
    for report_id in session.scalars(select(ReportRow.id)):
        try:
            stored = reports.stored(ReportId(report_id))
            if stored is not None:
                require_match(reports.ledger.of(stored.id), stored)
        except WorkspaceDamagedError:
            yield f"The record of the changes of report {report_id} was changed."


def _unreadable(
    session: Session, table: type[Row], read: Callable[[Row], object], name: str
) -> Iterator[str]:
    for row in session.scalars(select(table)):
        try:
            read(row)
        except WorkspaceDamagedError:
            yield f"{name.format(row)} was changed."


def _require_sound(row: RevisionRow) -> Report:
    """The revision's report, if text, hash, number, state and signature fit together."""
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


def _file_problems(database: Database) -> list[str]:
    with database.driver_connection() as connection:
        for _attempt in range(_ATTEMPTS):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            # Writers wait while the pages are read; one may have slipped in before.
            connection.execute("BEGIN IMMEDIATE")
            try:
                wal = database.path.with_name(database.path.name + "-wal")
                if not wal.exists() or wal.stat().st_size == 0:
                    return page_problems(connection)
            finally:
                connection.execute("ROLLBACK")
    return ["The database was too busy to be checked."]


def _pragma_problems(connection: Any, structure: str) -> list[str]:
    problems = []
    with translated():
        # All rows: each names another page.
        wrong = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if wrong:
            problems.append(f"{len(wrong)} pages of the database are damaged ({wrong[0][0]}).")
        rows = connection.execute(f"PRAGMA {structure}").fetchall()
        if rows != [("ok",)]:
            problems.append("The structure of the database is damaged.")
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            problems.append("Entries of the database refer to others that are missing.")
    return problems


def _in_session(database: Database, check: Callable[[Session], list[str]]) -> list[str]:
    with database.reading() as session:
        return check(session)
