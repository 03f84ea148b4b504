"""What is stored against what the audit trail says was stored.

Whoever has the database's key can take the triggers away and write other rows with fitting hashes,
but not without a new trail: each signature, revision, draft, communication and role has its entry
there, and the entries are chained (`audit_chain`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.domain.audit import AuditAction, AuditEvent
from engine.domain.report import Report, ReportId
from engine.domain.signature import Signature
from engine.errors import WorkspaceDamagedError
from engine.storage import convert
from engine.storage.people import CriticalLog
from engine.storage.schema import AuditRow, CriticalRow, DraftRow, RevisionRow, UserRow

_SIGNING = (
    AuditAction.REPORT_SIGNED_PRELIMINARY,
    AuditAction.REPORT_SIGNED,
    AuditAction.ADDENDUM_SIGNED,
    AuditAction.REPORT_WITHDRAWN,
)
_WATCHED = (
    *_SIGNING,
    AuditAction.REPORT_SAVED,
    AuditAction.DRAFT_STORED,
    AuditAction.CRITICAL_COMMUNICATED,
    AuditAction.USER_ADDED,
)
Entries = Mapping[str, Sequence[AuditEvent]]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the trail keeps of a signature; older entries lack the last three."""

    signer: str
    report_sha256: str
    meaning: str | None = None
    role: str | None = None
    at: datetime | None = None

    def covers(self, signature: Signature) -> bool:
        """Whether it is the entry of that signature."""
        pairs = (
            (self.meaning, signature.meaning),
            (self.role, signature.role),
            (self.at, signature.signed_at),
        )
        return (
            (self.signer, self.report_sha256) == (signature.signer, signature.report_sha256)
        ) and all(said in (None, found) for said, found in pairs)


def record_problems(session: Session) -> list[str]:
    """Rows that are not what the trail says, each in a plain sentence."""
    by_action = _entries(session)
    reports = _by_subject(by_action, (*_SIGNING, AuditAction.REPORT_SAVED))
    signings = _by_subject(by_action, _SIGNING)
    return [
        *_revision_problems(session, reports, signings),
        *_draft_problems(session, _by_subject(by_action, (AuditAction.DRAFT_STORED,))),
        *_critical_problems(session, _by_subject(by_action, (AuditAction.CRITICAL_COMMUNICATED,))),
        *_role_problems(session, by_action[AuditAction.USER_ADDED]),
    ]


def _entries(session: Session) -> dict[str, list[AuditEvent]]:
    found: dict[str, list[AuditEvent]] = defaultdict(list)
    watched = [action.value for action in _WATCHED]
    rows = select(AuditRow).where(AuditRow.action.in_(watched)).order_by(AuditRow.sequence)
    for row in session.scalars(rows):
        try:
            found[row.action].append(convert.audit_of(row))
        except ValueError:
            continue  # The check of the chain names it.
    return found


def _by_subject(
    by_action: Mapping[str, list[AuditEvent]], actions: Sequence[AuditAction]
) -> dict[str, list[AuditEvent]]:
    found: dict[str, list[AuditEvent]] = defaultdict(list)
    for action in actions:
        for event in by_action.get(action, ()):
            found[event.subject].append(event)
    return found


def _revision_problems(session: Session, entries: Entries, signings: Entries) -> Iterator[str]:
    rows = session.scalars(select(RevisionRow)).all()
    stored = {(row.report_id, row.revision) for row in rows}
    for report_id, events in entries.items():
        for event in events:
            number = event.details.get("revision")
            if (report_id, number) not in stored:
                yield f"Revision {number} of report {report_id} is missing."
    for row in rows:
        name = f"Revision {row.revision} of report {row.report_id}"
        said = [
            e for e in entries.get(row.report_id, ()) if e.details.get("revision") == row.revision
        ]
        if any(not _is_of(event, row) for event in said):
            yield f"{name} is not the one that the audit trail names."
        try:
            report = convert.report_of(row)
        except WorkspaceDamagedError:
            continue  # Said by the check of the rows.
        known = [_signed(event) for event in signings.get(row.report_id, ())]
        if any(not any(k.covers(s) for k in known) for s in _signatures(report)):
            yield f"{name} has a signature that nobody gave."


def _is_of(event: AuditEvent, row: RevisionRow) -> bool:
    content = event.details.get("content_sha256", row.sha256)
    said = (event.actor, event.details.get("report_sha256"), content)
    return said == (row.author, row.report_sha256, row.sha256)


def _signed(event: AuditEvent) -> _Signed:
    details = event.details
    at = details.get("local_time")
    return _Signed(
        signer=event.actor,
        report_sha256=details.get("signed_sha256", details.get("report_sha256", "")),
        meaning=details.get("meaning"),
        role=details.get("role"),
        at=datetime.fromisoformat(at) if at else None,
    )


def _signatures(report: Report) -> Iterator[Signature]:
    given = (report.preliminary, report.signature, *(a.signature for a in report.addenda))
    yield from (signature for signature in given if signature is not None)
    if report.withdrawal is not None:
        yield report.withdrawal.signature


def _draft_problems(session: Session, entries: Entries) -> Iterator[str]:
    stored = {row.id: row.sha256 for row in session.scalars(select(DraftRow))}
    for draft_id, events in entries.items():
        if draft_id not in stored:
            yield f"Draft {draft_id} is missing."
        elif events[0].details.get("content_sha256", stored[draft_id]) != stored[draft_id]:
            yield f"Draft {draft_id} is not the one that the audit trail names."


def _critical_problems(session: Session, entries: Entries) -> Iterator[str]:
    log = CriticalLog(session)
    stored = set(session.scalars(select(CriticalRow.report_id)))
    for report_id in sorted(stored | set(entries)):
        kept = log.of(ReportId(report_id))
        events = entries.get(report_id, ())
        said = Counter(e.details["sha256"] for e in events if "sha256" in e.details)
        found = Counter(entry.sha256 for entry in kept)
        if len(kept) != len(events) or said - found:
            yield f"Who was told of a critical finding of report {report_id} was changed."


def _role_problems(session: Session, events: Sequence[AuditEvent]) -> Iterator[str]:
    said = {event.details["user"]: event.details["role"] for event in events}
    stored = {row.name: row.role for row in session.scalars(select(UserRow))}
    if said != stored:
        names = sorted(name for name in said | stored if said.get(name) != stored.get(name))
        yield f"The role of {', '.join(names)} is not the one that was given."
