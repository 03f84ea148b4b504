"""What one reader did with the model's drafts: counts for that reader's eyes only.

Made from the ledger of sentences. Nothing here names a patient or quotes a report, and nothing
ranks one reader against another.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from engine.domain.ledger import EditKind, LedgerEntry
from engine.domain.report import Report, ReportSentence, SentenceId, SentenceState

LONGEST_PAUSE = timedelta(minutes=2)
"""A longer time between two stored changes is a pause: only this much of it counts as work."""
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFate:
    """What became of one finding that the model or the reader asserted.

    Attributes:
        category: Name in the lexicon.
        was_drafted: The model asserted it.
        is_kept: The report asserts it in that sentence.
    """

    category: str
    was_drafted: bool
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """One report as one reader reviewed it.

    Attributes:
        day: Local day of the reader's first change.
        model: Name and version; empty for a report written without a draft.
        views: Views of the study, e.g. "frontal lateral".
        age_band: Decade of the patient's age, e.g. "60-69"; empty if it is not known.
        accepted: Sentences of the model that the reader took unchanged; edited, rejected likewise.
        added: The reader's own sentences.
        flipped: Edited sentences that assert what the model denied, or the reverse.
        reasons: Of rejections; empty where none was given.
        seconds: Between the reader's first and last change, pauses left out.
        edit_share: Changed words over all words, 0 to 1; None without a draft.
    """

    day: date
    model: str
    views: str
    age_band: str
    accepted: int
    edited: int
    rejected: int
    added: int
    flipped: int
    reasons: tuple[str, ...]
    seconds: float
    edit_share: float | None
    findings: tuple[FindingFate, ...] = ()

    @property
    def decided(self) -> int:
        """Sentences of the model that the reader decided about."""
        return self.accepted + self.edited + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole with its 95 % interval (Wilson 1927)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """0 to 1; 0 of nothing."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound, 0 to 1; all of it for nothing."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTally:
    """One finding over all reports: asserted by the model, kept of that, put in by the reader."""

    category: str
    drafted: int
    kept: int
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """All records together.

    Attributes:
        fates: Accepted, edited, rejected, each of all sentences decided about.
        reasons: Reasons of rejections with their count, most frequent first.
        seconds_drafted: Median seconds of reports with a draft; None if there are none.
        seconds_alone: Of reports without one.
        findings: Most drafted or added first.
        models: Records of each model.
    """

    reports: int
    fates: tuple[tuple[str, Share], ...]
    added: int
    flipped: int
    reasons: tuple[tuple[str, int], ...]
    seconds_drafted: float | None
    seconds_alone: float | None
    findings: tuple[FindingTally, ...]
    models: tuple[tuple[str, int], ...]


def summary_of(records: Sequence[ReviewRecord]) -> ReviewSummary:
    """Sum the records up."""
    decided = sum(record.decided for record in records)
    fates = tuple(
        (name, Share(count=sum(getattr(record, name) for record in records), total=decided))
        for name in ("accepted", "edited", "rejected")
    )
    reasons = Counter(reason for record in records for reason in record.reasons)
    return ReviewSummary(
        reports=len(records),
        fates=fates,
        added=sum(record.added for record in records),
        flipped=sum(record.flipped for record in records),
        reasons=tuple(reasons.most_common()),
        seconds_drafted=_median(r.seconds for r in records if r.model),
        seconds_alone=_median(r.seconds for r in records if not r.model),
        findings=_tallies(records),
        models=tuple(Counter(r.model for r in records if r.model).most_common()),
    )


def decided_by(actor: str, report: Report, log: Sequence[LedgerEntry]) -> list[ReportSentence]:
    """The report's sentences whose last change was that user's."""
    last: dict[SentenceId, str] = {}
    for entry in log:
        # A quick reader decides before the draft is stored: its first entry is the decision.
        if entry.edit.kind is not EditKind.MOVED:
            last[entry.edit.sentence.id] = entry.actor
    return [
        s
        for s in report.sentences
        if last.get(s.id) == actor and s.state is not SentenceState.AI_UNREVIEWED
    ]


def working_seconds(moments: Sequence[datetime]) -> float:
    """Time between the first and the last of them, of each pause only `LONGEST_PAUSE`."""
    ordered = sorted(moments)
    gaps = (after - before for before, after in pairwise(ordered))
    return sum((min(gap, LONGEST_PAUSE) for gap in gaps), timedelta()).total_seconds()


def _tallies(records: Sequence[ReviewRecord]) -> tuple[FindingTally, ...]:
    fates = [fate for record in records for fate in record.findings]
    found = [
        FindingTally(
            category=category,
            drafted=sum(f.was_drafted for f in fates if f.category == category),
            kept=sum(f.was_drafted and f.is_kept for f in fates if f.category == category),
            added=sum(f.is_kept and not f.was_drafted for f in fates if f.category == category),
        )
        for category in sorted({fate.category for fate in fates})
    ]
    return tuple(sorted(found, key=lambda tally: -(tally.drafted + tally.added)))


def _median(seconds: Iterable[float]) -> float | None:
    values = list(seconds)
    return median(values) if values else None
