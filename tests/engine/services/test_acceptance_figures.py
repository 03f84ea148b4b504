"""The figures of an acceptance test on outcomes that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.acceptance import StudyOutcome
from engine.services.acceptance_figures import figures_of

EFFUSION, HEART, NODULE = "Pleural Effusion", "Cardiomegaly", "Nodule"


def outcome(number: int, drafted: str, reported: str, **groups: str) -> StudyOutcome:
    return StudyOutcome(
        drafted=tuple(filter(None, drafted.split(","))),
        reported=tuple(filter(None, reported.split(","))),
        is_abnormal=bool(reported),
        groups=tuple(groups.items()),
        seconds=float(number),
    )


OUTCOMES = [
    outcome(1, HEART, HEART, sex="F", month="2026-01"),
    outcome(2, EFFUSION, HEART, sex="F", month="2026-01"),
    outcome(3, f"{HEART},{EFFUSION}", f"{HEART},{EFFUSION},{NODULE}", sex="M", month="2026-01"),
    outcome(4, HEART, "", sex="M", month="2026-01"),
]


def test_agreement_is_counted_over_pairs_of_study_and_finding() -> None:
    whole = figures_of(OUTCOMES).whole
    assert (whole.studies, whole.reported, whole.drafted, whole.both) == (4, 5, 5, 3)
    assert (whole.precision.value, whole.recall.value) == (pytest.approx(0.6), pytest.approx(0.6))
    assert whole.f1.value == pytest.approx(0.6)
    assert whole.f1.low <= 0.6 <= whole.f1.high


def test_abnormal_studies_are_counted_by_themselves() -> None:
    abnormal = figures_of(OUTCOMES).abnormal
    assert abnormal is not None
    assert (abnormal.studies, abnormal.drafted, abnormal.both) == (3, 4, 3)
    assert figures_of(OUTCOMES[3:]).abnormal is None


def test_what_was_missed_and_added_is_counted_by_finding() -> None:
    heart, effusion, nodule = figures_of(OUTCOMES).findings
    assert (heart.category, heart.reported, heart.missed, heart.added) == (HEART, 3, 1, 1)
    assert (effusion.category, effusion.missed, effusion.added) == (EFFUSION, 0, 1)
    assert (nodule.category, nodule.missed, nodule.f1) == (NODULE, 1, 0.0)


def test_the_best_constant_names_what_pays() -> None:
    figures = figures_of(OUTCOMES)
    # Heart alone: 2*3/(4+5) = .667; with effusion: 2*4/(8+5) = .615.
    assert figures.constant_claims == (HEART,)
    assert figures.constant.f1.value == pytest.approx(6 / 9)
    assert figures.ahead_of_constant.value == pytest.approx(0.6 - 6 / 9)
    nothing = figures_of([replace(one, reported=()) for one in OUTCOMES])
    assert nothing.constant_claims == ()


def test_drafts_that_fit_their_own_films_lose_when_they_are_exchanged() -> None:
    outcomes = [
        outcome(number, name, name) for number, name in enumerate([HEART, EFFUSION, NODULE] * 20)
    ]
    figures = figures_of(outcomes)
    assert figures.whole.f1.value == 1.0
    assert 0.2 < figures.exchanged.f1.value < 0.45
    assert figures.exchanged.drafted == 60
    assert figures.ahead_of_exchanged.low > 0.4


def test_a_constant_writer_does_not_lose() -> None:
    figures = figures_of([outcome(number, HEART, HEART) for number in range(10)])
    assert figures.ahead_of_exchanged.value == 0.0


def test_groups_are_given_where_the_headers_tell_more_than_one() -> None:
    figures = figures_of([*OUTCOMES, outcome(5, "", "", month="2026-01")])
    ((kind, groups),) = figures.groups
    assert kind == "sex"
    assert [(one.name, one.studies) for one in groups] == [("F", 2), ("M", 2), ("not said", 1)]
    assert groups[0].f1.value == pytest.approx(0.5)


def test_the_time_is_a_median_and_a_slow_draft() -> None:
    assert figures_of(OUTCOMES).seconds == (2.5, pytest.approx(3.85))
