"""Deliveries to the outbox in one session."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.delivery import Delivery, DeliveryState, file_name_of
from engine.domain.export import ExportForm
from engine.domain.report import Report, ReportId
from engine.storage.convert import moment_of
from engine.storage.schema import DeliveryRow

_OPEN = (DeliveryState.WAITING.value, DeliveryState.STAGED.value)


class Deliveries:
    """What goes to the outbox, and what was delivered. A settled delivery never changes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, report: Report, forms: Iterable[ExportForm]) -> None:
        """Add a delivery for each form of a signed revision."""
        self._session.add_all(
            DeliveryRow(
                report_id=report.id,
                revision=report.revision,
                form=form.value,
                file_name=file_name_of(report, form),
                made=report.updated.isoformat(),
                state=DeliveryState.WAITING.value,
                staged_in="",
                sha256="",
                tries=0,
                next_try="",
                reason="",
                settled="",
            )
            for form in forms
        )
        self._session.flush()

    def waiting(self) -> tuple[Delivery, ...]:
        """Deliveries that are not settled, in their order."""
        rows = select(DeliveryRow).where(DeliveryRow.state.in_(_OPEN)).order_by(DeliveryRow.id)
        return tuple(map(_delivery, self._session.scalars(rows)))

    def all(self, reports: Collection[ReportId] | None = None) -> tuple[Delivery, ...]:
        """Deliveries in their order.

        Args:
            reports: Only of these; None for all.
        """
        rows = select(DeliveryRow).order_by(DeliveryRow.id)
        if reports is not None:
            rows = rows.where(DeliveryRow.report_id.in_(reports))
        return tuple(map(_delivery, self._session.scalars(rows)))

    def has_delivered(self, delivery: Delivery, sha256: str) -> bool:
        """Whether that very file was delivered before for the report, in the same form."""
        rows = select(DeliveryRow.id).where(
            DeliveryRow.report_id == delivery.report_id,
            DeliveryRow.form == delivery.form.value,
            DeliveryRow.state == DeliveryState.DELIVERED.value,
            DeliveryRow.sha256 == sha256,
        )
        return self._session.scalar(rows.limit(1)) is not None

    def staged(self, delivery: Delivery, outbox: str, sha256: str) -> None:
        """Note that the file lies whole in an outbox under its hidden name."""
        row = self._session.get_one(DeliveryRow, delivery.id)
        row.state, row.staged_in, row.sha256 = DeliveryState.STAGED.value, outbox, sha256
        self._session.flush()

    def failed(self, delivery: Delivery, reason: str, next_try: datetime) -> None:
        """Note why this delivery failed, and when to try again."""
        row = self._session.get_one(DeliveryRow, delivery.id)
        row.tries, row.reason, row.next_try = row.tries + 1, reason, next_try.isoformat()
        self._session.flush()

    def settle(
        self, delivery: Delivery, state: DeliveryState, settled: datetime, reason: str = ""
    ) -> None:
        """Note that it was delivered or left out; it never changes again."""
        row = self._session.get_one(DeliveryRow, delivery.id)
        row.state, row.settled = state.value, settled.isoformat()
        row.reason, row.next_try = reason, ""
        self._session.flush()


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        report_id=ReportId(row.report_id),
        revision=row.revision,
        form=ExportForm(row.form),
        file_name=row.file_name,
        made=moment_of(row.made),
        state=DeliveryState(row.state),
        staged_in=row.staged_in,
        sha256=row.sha256,
        tries=row.tries,
        next_try=moment_of(row.next_try) if row.next_try else None,
        reason=row.reason,
        settled=moment_of(row.settled) if row.settled else None,
    )
