"""The audit trail in the database: appending to it, and detecting tampering.

The chain reveals edits, removals and swaps; the head, stored with a keyed hash, reveals a tail that
was cut off. Somebody who has the database's key can write a whole new trail, which only copies
elsewhere (backups) reveal.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.audit import FIRST_LINK, AuditAction, AuditEvent
from engine.errors import WorkspaceDamagedError
from engine.storage.convert import audit_of, audit_row
from engine.storage.key_locks import derive
from engine.storage.progress_tracker import ProgressTracker
from engine.storage.schema import AuditHeadRow, AuditRow

_CLOCK_TOLERANCE = timedelta(minutes=2)
_PURPOSE = "negatoscope audit head"


class AuditTrail:
    """Appends to the trail, and reads it, in the caller's transaction."""

    def __init__(
        self, session: Session, key: bytes, actor: str, clock: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._mac_key = derive(key, _PURPOSE)
        self._actor = actor
        self._clock = clock

    def record(
        self, action: AuditAction, subject: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """Append an entry; before it one that notes a clock set back by more than two minutes."""
        now = self._clock()
        head = self._session.get(AuditHeadRow, 1)
        if head is not None and head.sequence:
            last = self._session.get(AuditRow, head.sequence)
            if last is not None and now < datetime.fromisoformat(last.at) - _CLOCK_TOLERANCE:
                went_back = {"from": last.at}
                self._append(head, AuditAction.CLOCK_WENT_BACK, "", went_back, now)
        head = self._session.get(AuditHeadRow, 1)
        self._append(head, action, subject, details or {}, now)

    def about(self, action: AuditAction, subject: str) -> tuple[AuditEvent, ...]:
        """Entries of one action about one subject, oldest first."""
        rows = self._session.scalars(
            select(AuditRow)
            .where(AuditRow.subject == subject, AuditRow.action == action.value)
            .order_by(AuditRow.sequence)
        )
        return tuple(audit_of(row) for row in rows)

    def at(self, sequence: int) -> AuditEvent | None:
        """The entry of that number, or None."""
        row = self._session.get(AuditRow, sequence)
        return None if row is None else audit_of(row)

    def newest(self, *actions: AuditAction) -> AuditAction | None:
        """The most recently recorded of these actions, or None."""
        wanted = select(AuditRow.action).where(AuditRow.action.in_(actions))
        found = self._session.scalar(wanted.order_by(AuditRow.sequence.desc()).limit(1))
        return None if found is None else AuditAction(found)

    def entries(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        newest_first: bool = False,
    ) -> Iterator[AuditEvent]:
        """Entries at or after `since` and before `until`, oldest first by default."""
        order = AuditRow.sequence.desc() if newest_first else AuditRow.sequence
        wanted = select(AuditRow).order_by(order).execution_options(yield_per=500)
        if since is not None:
            wanted = wanted.where(AuditRow.at >= since.astimezone(UTC).isoformat())
        if until is not None:
            wanted = wanted.where(AuditRow.at < until.astimezone(UTC).isoformat())
        for row in self._session.scalars(wanted):
            yield audit_of(row)

    def _append(
        self,
        head: AuditHeadRow | None,
        action: AuditAction,
        subject: str,
        details: Mapping[str, Any],
        now: datetime,
    ) -> None:
        event = AuditEvent(
            sequence=head.sequence + 1 if head else 1,
            at=now,
            actor=self._actor,
            action=action.value,
            subject=subject,
            details=details,
            previous=head.digest if head else FIRST_LINK,
        )
        row = audit_row(event)
        mac = _mac(self._mac_key, event.sequence, row.digest)
        self._session.add(row)
        if head is None:
            self._session.add(
                AuditHeadRow(id=1, sequence=event.sequence, digest=row.digest, mac=mac)
            )
        else:
            head.sequence, head.digest, head.mac = event.sequence, row.digest, mac
        self._session.flush()


def trail_problems(
    session: Session, key: bytes, *, last: int | None = None, tracker: ProgressTracker | None = None
) -> list[str]:
    """What is wrong with the trail, in sentences; the first bad entry is named.

    Args:
        session: Any session.
        key: The database's key.
        last: How many of the newest entries to check; None checks all.
        tracker: Receives progress.
    """
    tracker = tracker or ProgressTracker()
    head = session.get(AuditHeadRow, 1)
    if head is None:
        return ["The head of the audit trail is missing."]
    if not hmac.compare_digest(head.mac, _mac(derive(key, _PURPOSE), head.sequence, head.digest)):
        return ["The head of the audit trail was changed."]
    first = 1 if last is None else max(1, head.sequence - last + 1)
    expected, previous = first, FIRST_LINK if first == 1 else None
    tracker.begin(head.sequence - first + 1)
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.sequence >= first)
        .order_by(AuditRow.sequence)
        .execution_options(yield_per=500)
    )
    for row in tracker.through(rows):
        problem = _entry_problem(row, expected, previous)
        if problem:
            return [problem]
        expected, previous = expected + 1, row.digest
    if expected - 1 > head.sequence:
        return [f"Entry {head.sequence + 1} of the audit trail was added from outside."]
    if expected - 1 < head.sequence or (previous or head.digest) != head.digest:
        return [f"The audit trail was cut off: entry {expected} of {head.sequence} is missing."]
    return []


def seal_head(session: Session, old: bytes, new: bytes) -> None:
    """Replace the head's keyed hash by one under a new key.

    Raises:
        WorkspaceDamagedError: The head does not have the hash of the old key.
    """
    head = session.get_one(AuditHeadRow, 1)
    if not hmac.compare_digest(head.mac, _mac(derive(old, _PURPOSE), head.sequence, head.digest)):
        raise WorkspaceDamagedError("The head of the audit trail was changed.")
    head.mac = _mac(derive(new, _PURPOSE), head.sequence, head.digest)
    session.flush()


def _entry_problem(row: AuditRow, expected: int, previous: str | None) -> str:
    if row.sequence != expected:
        return f"Entry {expected} of the audit trail is missing."
    changed = f"Entry {row.sequence} of the audit trail was changed."
    try:
        as_made = audit_row(audit_of(row))
    except ValueError:
        return changed
    is_same = (as_made.digest, as_made.at, as_made.details) == (row.digest, row.at, row.details)
    if not is_same or (previous is not None and row.previous != previous):
        return changed
    return ""


def _mac(key: bytes, sequence: int, digest: str) -> str:
    return hmac.new(key, f"{sequence}:{digest}".encode(), hashlib.sha256).hexdigest()
