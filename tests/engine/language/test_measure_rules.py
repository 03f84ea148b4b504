"""Prose against measurement: what differs is told, what is only rounded is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from testkit.workspaces import any_report

from engine.domain.guard import GuardRule, Measured, StudyFacts
from engine.language.guards import guard_alerts
from engine.language.measure_rules import measure_alerts

WIDE = Measured(value=0.58, unit="", words="0.58", is_ratio=True, is_pa=True)
NARROW = replace(WIDE, value=0.42, words="0.42")
LENGTH = Measured(value=12.4, unit="mm", words="12.4 mm", sentence_id="s")


def told(text: str, *measured: Measured, age: int | None = 60) -> list[str]:
    report = any_report("1.2.3", text)
    linked = tuple(
        replace(one, sentence_id=report.sentences[0].id) if one.sentence_id else one
        for one in measured
    )
    facts = StudyFacts(age_years=age, measured=linked)
    return [alert.message for alert in measure_alerts(report.kept(), facts)]


def test_a_normal_heart_and_a_wide_ratio_do_not_go_together():
    (message,) = told("The heart is normal in size.", WIDE)
    assert message == "Your CTR is 0.58 (PA): enlarged."
    assert told("There is marked cardiomegaly.", WIDE) == []
    assert len(told("There is marked cardiomegaly.", NARROW)) == 1


@pytest.mark.parametrize(
    "measured",
    [replace(WIDE, is_pa=False), replace(WIDE, value=0.51, words="0.51"), NARROW],
)
def test_ap_films_and_ratios_near_the_limit_contradict_nothing(measured):
    assert told("The heart is normal in size.", measured) == []


def test_children_and_doubt_are_left_alone():
    assert told("The heart is normal in size.", WIDE, age=6) == []
    assert told("Possible cardiomegaly.", NARROW) == []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Length 12.4 mm (detector plane).", False),
        ("A nodule of 12 mm.", False),
        ("A nodule of 1.2 cm.", False),
        ("A nodule of 1.24 centimeters at T7.", False),
        ("A nodule of 14 mm.", True),
        ("A nodule of 2.1 cm.", True),
        ("A nodule of 1,2 cm.", False),
        ("A nodule of 2,1 cm.", True),
        ("A nodule of 12 mm, previously 30 mm.", False),
        ("A nodule of 1.2 x 0.9 cm.", False),
        ("A nodule in 3 lobes.", False),
        ("A nodule.", False),
    ],
)
def test_the_number_is_the_marks_as_far_as_it_is_written(text, is_told):
    assert bool(told(text, LENGTH)) is is_told


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Long axis 23.4 mm, short axis 15.1 mm (detector plane).", ""),
        ("A nodule of 23 x 15 mm, that is 23 mm by 15 mm.", ""),
        ("A nodule of 2.3 cm by 1.5 cm.", ""),
        ("A nodule of 23 mm.", ""),
        ("A nodule with a short axis of 15 mm.", ""),
        ("A nodule of 23 mm by 18 mm.", "18 mm"),
        ("A nodule of 25 mm by 15 mm.", "25 mm"),
        ("A nodule of 18 mm.", "18 mm"),
    ],
)
def test_each_axis_is_looked_for_where_both_are_written(text, number):
    axes = Measured(
        value=23.4, short_axis=15.1, unit="mm", words="23.4 mm × 15.1 mm", sentence_id="s"
    )
    expected = [f"The sentence says {number}, the measurement on the film is {axes.words}."]
    assert told(text, axes) == (expected if number else [])


def test_a_ratio_is_known_in_any_sentence_that_names_it():
    assert told("Cardiothoracic ratio 0.52 on a PA film.", WIDE)
    assert told("CTR 0.6.", WIDE) == []
    assert told("CTR 0.58.", WIDE) == []


def test_it_is_one_of_the_guards_rules():
    report = any_report("1.2.3", "The heart is normal in size.")
    (alert,) = guard_alerts(report, StudyFacts(measured=(WIDE,)))
    assert alert.rule is GuardRule.MEASURE
