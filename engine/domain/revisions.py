"""The saved revisions of a report, each with who, when, what for and what changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from engine.domain.difference import Fate, SentenceDifference, revision_differences
from engine.domain.report import Report, ReportStatus, SentenceState

_DECISIONS = {
    SentenceState.AI_ACCEPTED: "accepted",
    SentenceState.AI_EDITED: "edited",
    SentenceState.AI_REJECTED: "rejected",
    SentenceState.AI_UNREVIEWED: "drafted",
    SentenceState.AUTHOR: "written",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRevision:
    """A saved revision as it is stored.

    Attributes:
        author: Name of the user who saved or signed it.
        status: The report's status when it was saved.
        report_sha256: `Report.sha256` of that revision.
    """

    report: Report
    saved_at: datetime
    author: str
    status: ReportStatus
    report_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionStep:
    """One saved revision of a report, compared with the one before.

    Attributes:
        author: Name of the user who saved or signed it.
        what: What it was saved for, as a sentence: a signature with its meaning, or a plain save.
        changes: Sentences that were added, reworded or removed since the revision before.
    """

    revision: int
    saved_at: datetime
    author: str
    status: ReportStatus
    report_sha256: str
    what: str
    changes: tuple[SentenceDifference, ...] = ()


def step_changes(before: Report | None, after: Report) -> tuple[SentenceDifference, ...]:
    """What changed since the revision before; empty for the first revision."""
    if before is None:
        return ()
    rows = revision_differences(before, after)
    return tuple(row for row in rows if row.fate is not Fate.UNCHANGED)


def what_for(before: Report | None, after: Report) -> str:
    """What a revision was saved for, in words for the reader."""
    if after.withdrawal is not None:
        return f"Withdrawn: {after.withdrawal.reason}"
    if before is not None and len(after.addenda) > len(before.addenda):
        return f"Addendum: {after.addenda[-1].text}"
    if after.signature is not None:
        return f"Signed: {after.signature.meaning}"
    if after.preliminary is not None and (before is None or before.preliminary is None):
        return f"Signed as preliminary: {after.preliminary.meaning}"
    decided = _decisions(before, after)
    return f"Saved: {decided}." if decided else "Saved."


def _decisions(before: Report | None, after: Report) -> str:
    """How many sentences changed to each state, e.g. "3 accepted, 1 rejected"."""
    was = {} if before is None else {s.id: s.state for s in before.sentences}
    found = Counter(s.state for s in after.sentences if was.get(s.id) is not s.state)
    return ", ".join(f"{found[state]} {word}" for state, word in _DECISIONS.items() if found[state])
