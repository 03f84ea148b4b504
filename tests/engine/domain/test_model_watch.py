"""The watch over a model: bands that chance seldom leaves, and a notice when something did."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from engine.domain.analytics import FindingFate, ReviewRecord
from engine.domain.model_watch import Band, expected, watch_of

NODULE = "Nodule"


def record(
    month: int, accepted: int, rejected: int, *, model: str = "m 1", kept: tuple[int, int] = (0, 0)
) -> ReviewRecord:
    """A month's work in one record; `kept` and dropped drafts of a nodule."""
    fates = [(True, "accepted")] * kept[0] + [(False, "rejected")] * kept[1]
    return ReviewRecord(
        day=date(2026, month, 10),
        model=model,
        views="frontal",
        age_band="60-69",
        accepted=accepted,
        edited=0,
        rejected=rejected,
        added=0,
        flipped=0,
        reasons=(),
        seconds=60.0,
        edit_share=0.0,
        findings=tuple(
            FindingFate(category=NODULE, was_drafted=True, is_kept=is_kept, fate=fate)
            for is_kept, fate in fates
        ),
    )


@pytest.mark.parametrize(("hits", "of", "count"), [(160, 200, 80), (5, 200, 40), (200, 200, 300)])
def test_a_band_holds_what_chance_gives(hits: int, of: int, count: int) -> None:
    band = expected(hits, of, count)
    random = np.random.default_rng(1)
    shares = random.beta(hits + 0.5, of - hits + 0.5, 20_000)
    drawn = random.binomial(count, shares)
    outside = ((drawn < band.low) | (drawn > band.high)).mean()
    assert outside < 0.005
    assert 0 <= band.low <= count * hits / of <= band.high <= count


def test_a_band_grows_where_less_is_known() -> None:
    known, unknown = expected(1600, 2000, 80), expected(16, 20, 80)
    assert known.high - known.low < unknown.high - unknown.low
    assert expected(0, 0, 0) == Band(low=0, high=0)


def test_months_are_compared_with_the_first_ones() -> None:
    (watch,) = watch_of(
        [record(1, 90, 20), record(2, 85, 25), record(3, 80, 20), record(4, 40, 60)]
    )
    first, second, third, fourth = watch.months
    assert (first.band, second.band) == (None, None)
    assert third.band is not None
    assert not third.is_outside
    assert fourth.is_outside
    (notice,) = watch.notices
    assert notice.startswith("In 2026-04 40 of 100 drafted sentences were accepted unchanged;")
    assert f"{fourth.band.low} to {fourth.band.high} were expected" in notice  # type: ignore[union-attr]


def test_before_enough_was_decided_nothing_is_compared() -> None:
    (watch,) = watch_of([record(1, 50, 10), record(2, 0, 60)])
    assert not watch.is_compared
    assert watch.notices == ()


def test_a_finding_that_is_suddenly_rejected_is_told() -> None:
    (watch,) = watch_of(
        [record(1, 1, 0, kept=(22, 2)), record(2, 1, 0, kept=(8, 1)), record(3, 1, 0, kept=(1, 9))]
    )
    (finding,) = watch.findings
    assert (finding.drafted, finding.accepted, finding.rejected) == (43, 31, 12)
    assert finding.outside == ("2026-03",)
    assert "“Nodule”" in watch.notices[0]


def test_each_model_has_its_own_first_months() -> None:
    newer, older = watch_of(
        [record(1, 200, 50), record(2, 10, 40, model="m 2"), record(2, 5, 0, model="")]
    )
    assert (newer.model, older.model) == ("m 2", "m 1")
    assert newer.notices == ()
