"""What receivers answered to deliveries, in one session."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from engine.domain.delivery import Acknowledgement, DeliveryState
from engine.domain.export import ExportForm
from engine.domain.incoming import FileStamp
from engine.domain.report import ReportId
from engine.storage.schema import AnswerFileRow, AnswerRow, DeliveryRow

_OURS = re.compile(r"[0-9a-f]{20}")


class Answers:
    """Answers to deliveries; the newest of each counts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stamps(self) -> dict[Path, FileStamp]:
        """Files that were read, as they were then."""
        rows = select(AnswerFileRow.path, AnswerFileRow.size, AnswerFileRow.modified)
        return {
            Path(os.fsdecode(path)): FileStamp(size=size, changed_ns=modified)
            for path, size, modified in self._session.execute(rows)
        }

    def keep_stamps(self, stamps: Mapping[Path, FileStamp]) -> None:
        """Note files as read."""
        for path, stamp in stamps.items():
            values = {"size": stamp.size, "modified": stamp.changed_ns}
            self._session.execute(
                insert(AnswerFileRow)
                .values(path=os.fsencode(path), **values)
                .on_conflict_do_update(index_elements=["path"], set_=values)
            )

    def add(self, said: Acknowledgement, read: datetime) -> ReportId | None:
        """Store an answer; returns its report, or None if it answers no message of ours."""
        if not _OURS.fullmatch(said.of):
            return None
        wanted = select(DeliveryRow).where(
            DeliveryRow.form == ExportForm.HL7.value,
            DeliveryRow.state == DeliveryState.DELIVERED.value,
            DeliveryRow.file_name.contains(f"-{said.of}-"),
        )
        delivery = self._session.scalar(wanted.limit(1))
        if delivery is None:
            return None
        self._session.add(
            AnswerRow(
                delivery_id=delivery.id,
                is_accepted=said.is_accepted,
                words=said.words,
                read=read.isoformat(),
            )
        )
        self._session.flush()
        return ReportId(delivery.report_id)

    def newest(self, reports: Collection[ReportId] | None = None) -> dict[int, tuple[bool, str]]:
        """Whether each answered delivery was accepted, and the receiver's words, by delivery.

        Args:
            reports: Only of these; None for all.
        """
        rows = select(AnswerRow).order_by(AnswerRow.id)
        if reports is not None:
            rows = rows.join(DeliveryRow).where(DeliveryRow.report_id.in_(reports))
        return {
            row.delivery_id: (row.is_accepted, row.words) for row in self._session.scalars(rows)
        }

    def refused_reports(self) -> frozenset[ReportId]:
        """Reports of which a receiver ever refused a result."""
        refused = select(AnswerRow.delivery_id).where(AnswerRow.is_accepted.is_(False))
        rows = select(DeliveryRow.report_id).where(DeliveryRow.id.in_(refused)).distinct()
        return frozenset(map(ReportId, self._session.scalars(rows)))
