"""Compare the stored rows with what the audit trail says was stored.

Whoever has the database's key can remove the triggers and write other rows with matching hashes,
but not without a new trail: each signature, revision, draft, communication and role has its entry
there, and the entries are chained (`audit_chain`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.domain.audit import AuditAction, AuditEvent
from engine.domain.report import Report, ReportId
from engine.domain.signature import Signature
from engine.errors import WorkspaceDamagedError
from engine.storage import convert
from engine.storage.identity import identity_problems
from engine.storage.people import CriticalLog
from engine.storage.progress_tracker import ProgressTracker
from engine.storage.schema import (
    AuditRow,
    CriticalRow,
    DraftRow,
    ReportRow,
    RevisionRow,
    UserRow,
)

_SIGNING = (
    AuditAction.REPORT_SIGNED_PRELIMINARY,
    AuditAction.REPORT_SIGNED,
    AuditAction.ADDENDUM_SIGNED,
    AuditAction.REPORT_WITHDRAWN,
)
_ROLES = (AuditAction.USER_ADDED, AuditAction.USER_REMOVED)
_AT_ONCE = 200
Entries = Mapping[str, Sequence[AuditEvent]]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the trail says of a signature; older entries lack the last three."""

    signer: str
    report_sha256: str
    meaning: str | None = None
    role: str | None = None
    at: datetime | None = None

    def covers(self, signature: Signature) -> bool:
        """Whether this is the entry of that signature."""
        pairs = (
            (self.meaning, signature.meaning),
            (self.role, signature.role),
            (self.at, signature.signed_at),
        )
        return (
            (self.signer, self.report_sha256) == (signature.signer, signature.report_sha256)
        ) and all(recorded in (None, found) for recorded, found in pairs)


def record_problems(session: Session, tracker: ProgressTracker | None = None) -> list[str]:
    """Rows that differ from the trail, each in a plain sentence.

    Checked in batches: all reports, or the whole trail, would fill the memory.
    """
    tracker = tracker or ProgressTracker()
    reports = _named(session, (*_SIGNING, AuditAction.REPORT_SAVED), RevisionRow.report_id)
    drafts = _named(session, (AuditAction.DRAFT_STORED,), DraftRow.id)
    told = _named(session, (AuditAction.CRITICAL_COMMUNICATED,), CriticalRow.report_id)
    tracker.begin(len(reports) + len(drafts) + len(told))
    return [
        *_piecewise(session, reports, _report_problems, tracker),
        *_piecewise(session, drafts, _draft_problems, tracker),
        *_piecewise(session, told, _critical_problems, tracker),
        *_role_problems(session, _entries(session, _ROLES)),
    ]


def _named(
    session: Session, actions: Sequence[AuditAction], column: InstrumentedAttribute[str]
) -> list[str]:
    """Subjects that the trail or the table names, sorted."""
    in_trail = select(AuditRow.subject).where(AuditRow.action.in_(actions))
    return sorted(session.scalars(in_trail.union(select(column))))


def _piecewise(
    session: Session,
    names: Sequence[str],
    problems: Callable[[Session, Sequence[str]], Iterator[str]],
    tracker: ProgressTracker,
) -> Iterator[str]:
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        yield from problems(session, some)
        for _ in some:
            tracker.step()
        session.expunge_all()


def _entries(
    session: Session, actions: Sequence[AuditAction], names: Sequence[str] | None = None
) -> list[AuditEvent]:
    """Entries of those actions, in order; `names` limits them to those subjects."""
    wanted = select(AuditRow).where(AuditRow.action.in_(actions)).order_by(AuditRow.sequence)
    if names is not None:
        wanted = wanted.where(AuditRow.subject.in_(names))
    found = []
    for row in session.scalars(wanted):
        try:
            found.append(convert.audit_of(row))
        except ValueError:
            continue  # The check of the chain reports it.
    return found


def _by_subject(events: Sequence[AuditEvent]) -> dict[str, list[AuditEvent]]:
    found: dict[str, list[AuditEvent]] = defaultdict(list)
    for event in events:
        found[event.subject].append(event)
    return found


def _report_problems(session: Session, names: Sequence[str]) -> Iterator[str]:
    events = _entries(session, (*_SIGNING, AuditAction.REPORT_SAVED), names)
    signings = _by_subject([event for event in events if event.action in _SIGNING])
    yield from _revision_problems(session, names, _by_subject(events), signings)
    yield from _identity_problems(session, signings)


def _revision_problems(
    session: Session, names: Sequence[str], entries: Entries, signings: Entries
) -> Iterator[str]:
    rows = session.scalars(select(RevisionRow).where(RevisionRow.report_id.in_(names))).all()
    stored = {(row.report_id, row.revision) for row in rows}
    for report_id, events in entries.items():
        for event in events:
            number = event.details.get("revision")
            if (report_id, number) not in stored:
                yield f"Revision {number} of report {report_id} is missing."
    for row in rows:
        name = f"Revision {row.revision} of report {row.report_id}"
        recorded = [
            e for e in entries.get(row.report_id, ()) if e.details.get("revision") == row.revision
        ]
        if any(not _is_of(event, row) for event in recorded):
            yield f"{name} is not the one that the audit trail names."
        try:
            report = convert.report_of(row)
        except WorkspaceDamagedError:
            continue  # The check of the rows reports it.
        known = [_signed(event) for event in signings.get(row.report_id, ())]
        if any(not any(k.covers(s) for k in known) for s in _signatures(report)):
            yield f"{name} has a signature that nobody gave."


def _identity_problems(session: Session, signings: Entries) -> Iterator[str]:
    """Reports signed for another patient, order or films than the index says."""
    for row in session.scalars(select(ReportRow).where(ReportRow.id.in_(signings))):
        recorded = [e.details["study"] for e in signings[row.id] if "study" in e.details]
        if not recorded:
            continue
        if recorded[-1]["uid"] != row.study_uid:
            yield f"Report {row.id} hangs on another study than it was signed for."
            continue
        wrong = list(identity_problems(session, recorded[-1]))
        if wrong:
            yield f"Of report {row.id} the {', '.join(wrong)} changed since it was signed."


def _is_of(event: AuditEvent, row: RevisionRow) -> bool:
    content = event.details.get("content_sha256", row.sha256)
    recorded = (event.actor, event.details.get("report_sha256"), content)
    return recorded == (row.author, row.report_sha256, row.sha256)


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


def _draft_problems(session: Session, names: Sequence[str]) -> Iterator[str]:
    kept = session.execute(select(DraftRow.id, DraftRow.sha256).where(DraftRow.id.in_(names)))
    stored = {row.id: row.sha256 for row in kept}
    for event in _entries(session, (AuditAction.DRAFT_STORED,), names):
        if event.subject not in stored:
            yield f"Draft {event.subject} is missing."
            continue
        sha256 = stored[event.subject]
        if event.details.get("content_sha256", sha256) != sha256:
            yield f"Draft {event.subject} is not the one that the audit trail names."


def _critical_problems(session: Session, names: Sequence[str]) -> Iterator[str]:
    log = CriticalLog(session)
    entries = _by_subject(_entries(session, (AuditAction.CRITICAL_COMMUNICATED,), names))
    for report_id in names:
        kept = log.of(ReportId(report_id))
        events = entries.get(report_id, ())
        recorded = Counter(e.details["sha256"] for e in events if "sha256" in e.details)
        found = Counter(entry.sha256 for entry in kept)
        if len(kept) != len(events) or recorded - found:
            yield f"Who was told of a critical finding of report {report_id} was changed."


def _role_problems(session: Session, events: Sequence[AuditEvent]) -> Iterator[str]:
    recorded: dict[str, str] = {}
    for event in events:
        if event.action == AuditAction.USER_REMOVED:
            recorded.pop(event.details["user"], None)
        else:
            recorded[event.details["user"]] = event.details["role"]
    stored = {row.name: row.role for row in session.scalars(select(UserRow)) if not row.removed}
    if recorded != stored:
        names = sorted(name for name in recorded | stored if recorded.get(name) != stored.get(name))
        yield f"The role of {', '.join(names)} is not the one that was given."
