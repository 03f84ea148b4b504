"""How one reader dealt with the model's drafts: counts for that reader's eyes only.

The counts come from the sentence ledger. They name no patient, quote no report and rank no reader
against another.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from engine.domain.ledger import EditKind, LedgerEntry
from engine.domain.report import Report, ReportSentence, SentenceId, SentenceState
from engine.domain.study import Study

LONGEST_PAUSE = timedelta(minutes=2)
"""A longer gap between two stored changes is a pause; only this much of it counts as work."""
_Z = 1.959964  # z of a two-sided 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFate:
    """What became of one finding that the model or the reader asserted.

    Attributes:
        category: Name in the lexicon.
        was_drafted: The model asserted the finding.
        is_kept: The report asserts it in the same sentence.
        fate: Of that sentence: "accepted", "edited", "rejected", or "added" by the reader.
    """

    category: str
    was_drafted: bool
    is_kept: bool
    fate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """One report as one reader reviewed it.

    Attributes:
        day: Local day of the reader's first change.
        model: Name and version; empty for a report written without a draft.
        views: Views of the study, e.g. "frontal lateral".
        age_band: Decade of the patient's age, e.g. "60-69"; empty if unknown.
        accepted: Number of the model's sentences that the reader took unchanged.
        edited: Number that the reader reworded.
        rejected: Number that the reader rejected.
        added: Number of the reader's own sentences.
        flipped: Edited sentences that assert what the model denied, or the reverse.
        reasons: Reasons given for rejections.
        seconds: Working time between the reader's first and last change (`working_seconds`).
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
        """Number of the model's sentences that the reader decided on."""
        return self.accepted + self.edited + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A proportion with its 95 % Wilson interval (Wilson 1927)."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """0 to 1; 0 when the total is 0."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound, 0 to 1; (0, 1) when the total is 0."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTally:
    """One finding over all reports: asserted by the model, kept of those, added by the reader."""

    category: str
    drafted: int
    kept: int
    added: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary:
    """All records together.

    Attributes:
        fates: Accepted, edited and rejected, each as a share of all sentences decided on.
        reasons: Reasons for rejections with their counts, most frequent first.
        seconds_drafted: Median working time of reports with a draft; None if there are none.
        seconds_alone: Median working time of reports without a draft; None if there are none.
        findings: Most often drafted or added first.
        models: Number of records of each model.
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
    """Add the records up; shares are of all sentences decided on."""
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
    """The report's sentences that this user was the last to change."""
    last: dict[SentenceId, str] = {}
    for entry in log:
        # A quick reader decides before the draft is stored, so the first entry may be the decision.
        if entry.edit.kind is not EditKind.MOVED:
            last[entry.edit.sentence.id] = entry.actor
    return [
        s
        for s in report.sentences
        if last.get(s.id) == actor and s.state is not SentenceState.AI_UNREVIEWED
    ]


def working_seconds(moments: Sequence[datetime]) -> float:
    """Seconds from the first to the last moment; each gap counts for at most `LONGEST_PAUSE`."""
    ordered = sorted(moments)
    gaps = (after - before for before, after in pairwise(ordered))
    return sum((min(gap, LONGEST_PAUSE) for gap in gaps), timedelta()).total_seconds()


def age_band(study: Study) -> str:
    """Decade of the patient's age at the study, e.g. "60-69"; empty if unknown."""
    born, taken = study.patient.birth_date, study.study_date
    if born is not None and taken is not None:
        years = _years(born, taken)
    else:
        stated = re.fullmatch(r"(\d{3})Y", study.patient_age.strip())
        if stated is None:
            return ""
        years = int(stated[1])
    decade = max(0, years) // 10 * 10
    return f"{decade}-{decade + 9}"


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


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
