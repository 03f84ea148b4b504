"""The earlier report beside this one, by finding and by number."""

from __future__ import annotations

import pytest
from testkit.report_documents import report_of

from engine.domain.prior_difference import Course
from engine.report.prior_difference import prior_difference


def courses(before: list[str], after: list[str]) -> list[tuple[str, str, str]]:
    found = prior_difference(report_of(*before), report_of(*after)).findings
    return [(row.course.value, row.category, row.where) for row in found]


def test_new_gone_and_same_in_that_order() -> None:
    before = ["There is a small left pleural effusion.", "Mild cardiomegaly."]
    after = ["Moderate cardiomegaly.", "A right lower lobe opacity."]
    found = prior_difference(report_of(*before), report_of(*after)).findings
    assert [row.course for row in found] == [Course.NEW, Course.GONE, Course.SAME]
    new, gone, same = found
    assert new.where == "right lower lobe"
    assert new.remark == "not mentioned before"
    assert (gone.category, gone.where) == ("Pleural Effusion", "left pleura")
    assert gone.before == before[0]
    assert gone.remark == "not mentioned now"
    assert same.remark == "mild, then moderate"


def test_a_denial_is_shown_as_what_the_other_report_says() -> None:
    found = prior_difference(
        report_of("No pneumothorax.", "Left pleural effusion."),
        report_of("Small right pneumothorax.", "No pleural effusion."),
    ).findings
    new, gone = found
    assert new.before == "No pneumothorax."
    assert gone.after == "No pleural effusion."
    assert not new.remark
    assert not gone.remark


def test_the_other_side_is_another_finding() -> None:
    assert courses(["Left pleural effusion."], ["Right pleural effusion."]) == [
        ("new", "Pleural Effusion", "right pleura"),
        ("gone", "Pleural Effusion", "left pleura"),
    ]


def test_a_side_that_only_one_names_is_no_difference() -> None:
    assert courses(["Pleural effusion."], ["Left pleural effusion."]) == [
        ("same", "Pleural Effusion", "left pleura")
    ]


def test_nothing_asserted_gives_nothing() -> None:
    assert courses(["The lungs are clear."], ["No effusion.", "Normal heart."]) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "Cardiothoracic ratio 0.51 on a PA film.",
            "Cardiothoracic ratio 0.56 on a PA film.",
            ("Cardiothoracic ratio", "0.51", "0.56", ""),
        ),
        (
            "Cardiothoracic ratio 0.51 on a PA film.",
            "Cardiothoracic ratio 0.56 on an AP film, which magnifies the heart.",
            ("Cardiothoracic ratio", "0.51", "0.56", "not comparable: PA, then AP"),
        ),
        ("Clear lungs.", "Cobb angle 14.2°.", ("Cobb angle", "", "14.2", "")),
    ],
)
def test_numbers_are_set_side_by_side(before, after, expected) -> None:
    (row,) = prior_difference(report_of(before), report_of(after)).numbers
    assert (row.quantity, row.before, row.after, row.remark) == expected


def test_sizes_of_the_same_finding_are_compared() -> None:
    found = prior_difference(
        report_of("A 6 mm nodule in the right upper lobe."),
        report_of("A 9 mm nodule in the right upper lobe."),
    )
    (row,) = found.numbers
    assert (row.before, row.after) == ("6 mm", "9 mm")
    assert row.quantity.endswith("right upper lobe")
