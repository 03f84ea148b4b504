"""The sentence ledger in the database: appended with each stored state, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.audit import FIRST_LINK
from engine.domain.ledger import (
    EditKind,
    LedgerEntry,
    SentenceEdit,
    edits_between,
    entries,
    replay,
)
from engine.domain.report import Report, ReportId, ReportSentence
from engine.errors import ReportStateError, WorkspaceDamagedError
from engine.storage.schema import SentenceEditRow

_SENTENCE = TypeAdapter(ReportSentence)


class SentenceLedger:
    """Appends to the ledgers of reports in the caller's transaction.

    Args:
        session: Of the caller.
        actor: Name of the user who made the changes.
    """

    def __init__(self, session: Session, actor: str) -> None:
        self._session = session
        self._actor = actor

    def record(self, before: Report | None, after: Report, at: datetime) -> None:
        """Append the differences between two stored states of a report.

        Args:
            before: The state stored last, or None.
            after: The state being stored.
            at: UTC.
        """
        last = self._last(after.id)
        # A report older than the ledger has no entries: all of its sentences are recorded as new.
        known = before.sentences if before is not None and last is not None else ()
        edits = edits_between(known, after.sentences)
        link = (last.sequence, last.digest) if last is not None else (0, FIRST_LINK)
        for entry in entries(after.id, edits, after=link, at=at, actor=self._actor):
            self._session.add(_row(entry))
        self._session.flush()

    def of(self, report_id: ReportId) -> tuple[LedgerEntry, ...]:
        """All entries of a report, oldest first; raises `WorkspaceDamagedError`."""
        rows = self._session.scalars(
            select(SentenceEditRow)
            .where(SentenceEditRow.report_id == report_id)
            .order_by(SentenceEditRow.sequence)
        )
        found = tuple(_entry(row) for row in rows)
        previous = FIRST_LINK
        for number, entry in enumerate(found, start=1):
            if (entry.sequence, entry.previous) != (number, previous):
                raise _changed()
            previous = entry.digest
        return found

    def _last(self, report_id: ReportId) -> SentenceEditRow | None:
        return self._session.scalar(
            select(SentenceEditRow)
            .where(SentenceEditRow.report_id == report_id)
            .order_by(SentenceEditRow.sequence.desc())
            .limit(1)
        )


def require_match(found: Sequence[LedgerEntry], report: Report) -> None:
    """Raise `WorkspaceDamagedError` unless replaying the entries gives the report's sentences.

    A report older than the ledger has no entries and passes.
    """
    try:
        if found and replay(entry.edit for entry in found) != report.sentences:
            raise _changed()
    except ReportStateError as error:
        raise _changed() from error


def _row(entry: LedgerEntry) -> SentenceEditRow:
    return SentenceEditRow(
        report_id=entry.report_id,
        sequence=entry.sequence,
        at=entry.at.isoformat(),
        actor=entry.actor,
        kind=entry.edit.kind.value,
        position=entry.edit.position,
        sentence=_SENTENCE.dump_json(entry.edit.sentence).decode(),
        previous=entry.previous,
        digest=entry.digest,
    )


def _entry(row: SentenceEditRow) -> LedgerEntry:
    try:
        entry = LedgerEntry(
            report_id=ReportId(row.report_id),
            sequence=row.sequence,
            at=datetime.fromisoformat(row.at),
            actor=row.actor,
            edit=SentenceEdit(
                kind=EditKind(row.kind),
                position=row.position,
                sentence=_SENTENCE.validate_json(row.sentence),
            ),
            previous=row.previous,
        )
    except (ValueError, ValidationError) as error:
        raise _changed() from error
    if entry.digest != row.digest:
        raise _changed()
    return entry


def _changed() -> WorkspaceDamagedError:
    return WorkspaceDamagedError(
        "The record of a report's changes is not as it was written.",
        what_to_do="Check the workspace and open a backup.",
    )
