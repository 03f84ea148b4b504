"""Signed results on their way into the outbox: a delivery for each form of a signed revision.

A delivery is stored with the signature that it tells of, in one transaction, and settled once: it
is delivered, or left out because the report has nothing to say in that form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from engine.domain.export import ExportForm
from engine.domain.report import Report, ReportId

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_DOUBLINGS = 20


class DeliveryState(StrEnum):
    """How far a delivery is; the values are stored."""

    WAITING = "waiting"
    STAGED = "staged"
    """Whole on the disk of the outbox under a hidden name."""
    DELIVERED = "delivered"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One form of one signed revision of a report.

    Attributes:
        id: Counts up; deliveries are made in this order.
        file_name: Name in the outbox, without a word about the patient.
        made: Time of the signature that it tells of, UTC.
        staged_in: The outbox that holds the staged file (see `OutboxFolder.token`).
        sha256: Of the staged or delivered file, hex; empty before.
        tries: Failed tries of this delivery itself; those of the whole outbox do not count.
        next_try: Not to be tried earlier; None for at once.
        reason: Why it failed last or was left out, one sentence; empty otherwise.
        settled: When it was delivered or left out, UTC; None before.
        is_accepted: What its receiver answered last; None without an answer.
        answer: The receiver's words; often empty.
    """

    id: int
    report_id: ReportId
    revision: int
    form: ExportForm
    file_name: str
    made: datetime
    state: DeliveryState = DeliveryState.WAITING
    staged_in: str = ""
    sha256: str = ""
    tries: int = 0
    next_try: datetime | None = None
    reason: str = ""
    settled: datetime | None = None
    is_accepted: bool | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What a receiver says of a message (HL7 v2.5.1, 2.9.2).

    Attributes:
        of: Message control ID of the message.
        words: Its reason or remark; often empty.
    """

    of: str
    is_accepted: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStatus:
    """What is not delivered, and why, and what was refused.

    Attributes:
        waiting: Number of results that are not delivered.
        why: Reason of the first of them, one sentence; empty if it was not tried yet.
        delivered: Number of results that the last call delivered.
        refused: Number of results that the receiver refused, and no correction of which it
            accepted.
        refusal: The receiver's words about the first of them; may be empty.
        seconds_to_wait: When to try again; None if there is nothing to wait for.
    """

    waiting: int = 0
    why: str = ""
    delivered: int = 0
    refused: int = 0
    refusal: str = ""
    seconds_to_wait: float | None = None

    @property
    def line(self) -> str:
        """Counts and reasons; empty if nothing waits and nothing was refused."""
        lines = []
        if self.waiting:
            lines.append(f"{_results(self.waiting)} not delivered: {self.why or 'not tried yet.'}")
        if self.refused:
            words = f": {self.refusal}" if self.refusal else "."
            lines.append(f"{_results(self.refused)} refused by the receiver{words}")
        return " ".join(lines)


def refused_of(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Results that were refused and stand so: no later one of the report was accepted.

    Args:
        deliveries: In their order.
    """
    standing: dict[tuple[ReportId, ExportForm], list[Delivery]] = {}
    for delivery in deliveries:
        refused = standing.setdefault((delivery.report_id, delivery.form), [])
        if delivery.is_accepted:
            refused.clear()
        elif delivery.is_accepted is False:
            refused.append(delivery)
    return tuple(delivery for refused in standing.values() for delivery in refused)


def result_id(report: Report) -> str:
    """Identifier of one signed revision, 20 hex digits; the message control ID of its HL7 message.

    It covers text and time of the change, because a workspace that went back to a backup may give
    the same revision number to other words.
    """
    moment = report.updated.astimezone(UTC).isoformat()
    name = f"{report.id}/{report.revision}/{report.status}/{moment}/{report.sha256}"
    return hashlib.sha256(name.encode()).hexdigest()[:20]


def file_name_of(report: Report, form: ExportForm) -> str:
    """File name in the outbox: time of signature, `result_id`, form. Names sort by time."""
    moment = f"{report.updated.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{moment}-{result_id(report)}-{form.facts.option}{form.facts.suffix}"


def wait_after(tries: int) -> timedelta:
    """Time until the next try: 10 s after the first failed one, then twice as long, up to 1 h."""
    doublings = min(max(tries - 1, 0), _MOST_DOUBLINGS)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"
