"""A reader's decisions about the drafts, counted once for each report and stored.

The ledger is append-only, so the number of the last counted row tells where counting continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import ColumnClause, Integer, delete, literal_column, select
from sqlalchemy.orm import Session

from engine.domain.analytics import ReviewRecord
from engine.domain.report import ReportId
from engine.storage.schema import ReviewMarkRow, ReviewRow, SentenceEditRow

_RECORD = TypeAdapter(ReviewRecord)
_NUMBER: ColumnClause[int] = literal_column("sentence_edits.rowid", Integer)


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Reports with changes that are not counted yet.

    Attributes:
        reports: In the order of their changes.
        counted: The ledger's row up to which these reports count.
    """

    reports: tuple[ReportId, ...]
    counted: int


class Reviews:
    """Counted reviews of one reader.

    Args:
        session: The caller's session.
        actor: Name of the reader.
    """

    def __init__(self, session: Session, actor: str) -> None:
        self._session = session
        self._actor = actor

    def of(self, actor: str) -> Reviews:
        """Those of another reader."""
        return Reviews(self._session, actor)

    def readers(self) -> tuple[str, ...]:
        """Everybody who changed a report."""
        return tuple(self._session.scalars(select(SentenceEditRow.actor).distinct()))

    def kept(self) -> dict[ReportId, ReviewRecord]:
        """The stored records by report."""
        rows = select(ReviewRow.report_id, ReviewRow.record).where(ReviewRow.actor == self._actor)
        return {
            ReportId(report_id): _RECORD.validate_json(record)
            for report_id, record in self._session.execute(rows)
        }

    def uncounted(self, after: int | None, most: int) -> Uncounted:
        """The next reports to count.

        Args:
            after: The last counted row of the ledger; None for the stored one.
            most: Largest number of changes to read.
        """
        if after is None:
            mark = self._session.get(ReviewMarkRow, self._actor)
            after = 0 if mark is None else mark.counted
        edits = (
            select(_NUMBER, SentenceEditRow.report_id)
            .where(_NUMBER.op(">")(after))
            .order_by(_NUMBER)
            .limit(most)
        )
        found = self._session.execute(edits).all()
        reports = dict.fromkeys(ReportId(report_id) for _number, report_id in found)
        return Uncounted(tuple(reports), found[-1][0] if found else after)

    def keep(self, records: Mapping[ReportId, ReviewRecord | None], counted: int) -> None:
        """Store records, None if no decision of the reader remains, and the last counted row."""
        mine = ReviewRow.actor == self._actor
        self._session.execute(delete(ReviewRow).where(mine, ReviewRow.report_id.in_(records)))
        self._session.add_all(
            ReviewRow(
                actor=self._actor,
                report_id=report_id,
                record=_RECORD.dump_json(record).decode(),
            )
            for report_id, record in records.items()
            if record is not None
        )
        self._session.merge(ReviewMarkRow(actor=self._actor, counted=counted))
        self._session.flush()
