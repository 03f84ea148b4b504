"""A watch over a model in daily work: what readers made of its drafts, month by month.

Counts of all readers together. They name nobody, and they say something about the model only: how a
reader works is nobody's figure here.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.domain.analytics import FindingFate, ReviewRecord

BASELINE = 200
"""Number of decided sentences that the first months must have before later ones are compared."""
FINDING_BASELINE = 20
"""The same for drafts of one finding."""
TAIL = 0.00135
"""Chance of a month outside the band at each side if nothing changed: that of three standard
deviations, as in Shewhart's control charts (ISO 7870-2)."""
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Smallest and largest number of accepted sentences that are no surprise."""

    low: int
    high: int

    def holds(self, count: int) -> bool:
        """Whether the count lies inside."""
        return self.low <= count <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMonth:
    """One month of one model.

    Attributes:
        month: E.g. "2026-11".
        reports: Number of reports reviewed.
        added: Number of the readers' own sentences.
        band: For `accepted`; None in the first months, which the others are compared with.
    """

    month: str
    reports: int
    accepted: int
    edited: int
    rejected: int
    added: int
    band: Band | None = None

    @property
    def decided(self) -> int:
        """Number of drafted sentences that readers decided on."""
        return self.accepted + self.edited + self.rejected

    @property
    def is_outside(self) -> bool:
        """Whether the month left the band."""
        return self.band is not None and not self.band.holds(self.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFinding:
    """One finding of one model, over all months.

    Attributes:
        accepted: Drafts of it whose sentence was accepted; so are `edited` and `rejected`.
        kept: Drafts of it that the report still asserts in that sentence.
        added: Reports in which readers added it to what the model had written.
        outside: Months in which the number that was kept left its band.
    """

    category: str
    accepted: int
    edited: int
    rejected: int
    kept: int
    added: int
    outside: tuple[str, ...] = ()

    @property
    def drafted(self) -> int:
        """Number of drafts that asserted it."""
        return self.accepted + self.edited + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWatch:
    """What readers made of one model's drafts."""

    model: str
    months: tuple[WatchedMonth, ...]
    findings: tuple[WatchedFinding, ...]

    @property
    def notices(self) -> tuple[str, ...]:
        """What left its band, in sentences; the newest month first."""
        found = [_notice(month) for month in reversed(self.months) if month.is_outside]
        for finding in self.findings:
            if finding.outside:
                months = ", ".join(reversed(finding.outside))
                found.append(
                    f"Drafts of “{finding.category}” were kept more or less often than in the "
                    f"first months: {months}."
                )
        return tuple(found)

    @property
    def news(self) -> str:
        """The notice about the newest month; empty if it stayed in its band."""
        newest = self.months[-1]
        return _notice(newest) if newest.is_outside else ""

    @property
    def is_outside(self) -> bool:
        """Whether the newest month, or a finding in it, left its band."""
        newest = self.months[-1]
        return newest.is_outside or any(newest.month in one.outside for one in self.findings)

    @property
    def is_compared(self) -> bool:
        """Whether any month is compared with the first ones yet."""
        return any(month.band is not None for month in self.months)


def watch_of(records: Iterable[ReviewRecord]) -> tuple[ModelWatch, ...]:
    """The watch over each model, the one reviewed last first; reports without a draft are left out.

    Args:
        records: A record for each report and reader; no reader is told from another.
    """
    by_model: defaultdict[str, list[ReviewRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one.day):
        if record.model and record.decided:
            by_model[record.model].append(record)
    newest = sorted(by_model.items(), key=lambda item: item[1][-1].day, reverse=True)
    return tuple(
        ModelWatch(model=model, months=_months(own), findings=_findings(own))
        for model, own in newest
    )


def expected(hits: int, of: int, count: int) -> Band:
    """How many hits in `count` trials are no surprise after `hits` in `of` trials.

    The beta-binomial predictive distribution with Jeffreys' prior, between its `TAIL` quantiles: it
    allows for the chance in the first months as well as in the later one, which the usual limits of
    a p chart do not.
    """
    a, b = hits + _PRIOR, of - hits + _PRIOR
    whole = _log_beta(a, b)
    low, high, total = 0, count, 0.0
    is_low = False
    for number in range(count + 1):
        total += math.exp(
            _log_choose(count, number) + _log_beta(number + a, count - number + b) - whole
        )
        if not is_low and total > TAIL:
            low, is_low = number, True
        if total >= 1.0 - TAIL:
            high = number
            break
    return Band(low=low, high=high)


def _months(records: Sequence[ReviewRecord]) -> tuple[WatchedMonth, ...]:
    found: list[WatchedMonth] = []
    hits = total = 0
    for month, own in _by_month(records).items():
        one = WatchedMonth(
            month=month,
            reports=len(own),
            accepted=sum(record.accepted for record in own),
            edited=sum(record.edited for record in own),
            rejected=sum(record.rejected for record in own),
            added=sum(record.added for record in own),
        )
        if total >= BASELINE:
            one = replace(one, band=expected(hits, total, one.decided))
        else:
            hits, total = hits + one.accepted, total + one.decided
        found.append(one)
    return tuple(found)


def _findings(records: Sequence[ReviewRecord]) -> tuple[WatchedFinding, ...]:
    fates = [fate for record in records for fate in record.findings]
    drafted = Counter((fate.category, fate.fate) for fate in fates if fate.was_drafted)
    kept = Counter(fate.category for fate in fates if fate.was_drafted and fate.is_kept)
    added = Counter(fate.category for fate in fates if fate.is_kept and not fate.was_drafted)
    months = _by_month(records)
    found = [
        WatchedFinding(
            category=name,
            accepted=drafted[name, "accepted"],
            edited=drafted[name, "edited"],
            rejected=drafted[name, "rejected"],
            kept=kept[name],
            added=added[name],
            outside=_outside(name, months),
        )
        for name in sorted({fate.category for fate in fates})
    ]
    return tuple(sorted(found, key=lambda one: -(one.drafted + one.added)))


def _outside(category: str, months: dict[str, list[ReviewRecord]]) -> tuple[str, ...]:
    hits = total = 0
    found = []
    for month, own in months.items():
        fates = [fate for record in own for fate in record.findings if _is_draft(fate, category)]
        kept = sum(fate.is_kept for fate in fates)
        if total < FINDING_BASELINE:
            hits, total = hits + kept, total + len(fates)
        elif not expected(hits, total, len(fates)).holds(kept):
            found.append(month)
    return tuple(found)


def _is_draft(fate: FindingFate, category: str) -> bool:
    return fate.was_drafted and fate.category == category


def _by_month(records: Sequence[ReviewRecord]) -> dict[str, list[ReviewRecord]]:
    months: dict[str, list[ReviewRecord]] = {}
    for record in records:
        months.setdefault(f"{record.day:%Y-%m}", []).append(record)
    return months


def _notice(month: WatchedMonth) -> str:
    told = f"In {month.month} {month.accepted} of {month.decided} drafted sentences were accepted"
    if month.band is None:
        return f"{told} unchanged."
    low, high = month.band.low, month.band.high
    return f"{told} unchanged; after the first months {low} to {high} were expected."


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_choose(count: int, number: int) -> float:
    return math.lgamma(count + 1) - math.lgamma(number + 1) - math.lgamma(count - number + 1)
