"""The earlier report beside this one, by finding and by number."""

from __future__ import annotations

import pytest
from testkit.report_documents import report_of

from engine.domain.prior_difference import Course
from engine.language.prior_difference import prior_difference


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


@pytest.mark.parametrize(
    ("before", "after", "remarks"),
    [
        (
            ["There are bilateral opacities in the lower lobes."],
            ["There is patchy opacity at the left lung base."],
            ["bilateral, then left"],
        ),
        (
            ["Right pleural effusion."],
            ["Bilateral pleural effusions."],
            ["right, then bilateral"],
        ),
        (
            ["Bilateral pleural effusions."],
            ["Small left pleural effusion.", "Small right pleural effusion."],
            ["", ""],
        ),
        (
            ["Small left pleural effusion.", "Small right pleural effusion."],
            ["Bilateral pleural effusions."],
            ["", ""],
        ),
        (["Left lower lobe opacity."], ["Left basilar opacity."], [""]),
        (
            ["Left lower lobe consolidation."],
            ["Left basal opacity."],
            ["consolidation, then opacity"],
        ),
        (
            ["Left lower lobe consolidation.", "Left basal opacity."],
            ["Left basal opacity.", "Left lower lobe consolidation."],
            ["", ""],
        ),
        (["Right middle lobe opacity."], ["Right basal opacity."], [""]),
        (["Opacity in the left lung."], ["Opacity in the left upper lobe."], [""]),
    ],
)
def test_what_lies_partly_in_the_same_place_is_neither_new_nor_gone(
    before: list[str], after: list[str], remarks: list[str]
) -> None:
    found = prior_difference(report_of(*before), report_of(*after)).findings
    assert [row.course for row in found] == [Course.SAME] * len(remarks)
    assert [row.remark for row in found] == remarks


def test_another_lobe_and_another_kind_stay_new_and_gone() -> None:
    assert [row[0] for row in courses(["Right upper lobe nodule."], ["Right basal nodule."])] == [
        "new",
        "gone",
    ]
    assert [row[0] for row in courses(["Left effusion."], ["Left basal opacity."])] == [
        "new",
        "gone",
    ]
    assert [row[0] for row in courses(["Pneumonia."], ["Left basal opacity."])] == ["new", "gone"]


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


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Mass 5,2 cm in the RUL.", "Mass 5,4 cm in the RUL.", ("Mass", "5,2 cm", "5,4 cm")),
        (
            "ETT tip 4.5 cm above the carina. Nodule RUL 8 mm.",
            "ETT tip 2.0 cm above the carina. Nodule RUL 8 mm.",
            ("Nodule", "8 mm", "8 mm"),
        ),
        ("Nodule RUL 6 mm.", "Nodule RUL, previously 6 mm, now 8 mm.", ("Nodule", "6 mm", "8 mm")),
        ("Nodule RUL 6-7 mm.", "Nodule RUL 8 mm (previously 6 mm).", ("Nodule", "6-7 mm", "8 mm")),
    ],
)
def test_a_size_belongs_to_its_own_finding_and_to_this_film(before, after, expected) -> None:
    (row,) = prior_difference(report_of(before), report_of(after)).numbers
    assert (row.quantity.split(",")[0], row.before, row.after) == expected


@pytest.mark.parametrize(
    ("before", "after", "course"),
    [
        ("Large left pneumothorax.", "The left pneumothorax has not resolved.", "same"),
        ("Large left pneumothorax.", "The pneumothorax has almost completely resolved.", "same"),
        ("Left pneumothorax.", "The pneumothorax is no longer visible.", "gone"),
        ("No effusion.\nLeft pneumothorax", "No pneumothorax.", "gone"),
    ],
)
def test_a_change_that_is_denied_is_no_end(before, after, course) -> None:
    assert ("Pneumothorax", course) in [(row[1], row[0]) for row in courses([before], [after])]


def test_sizes_of_the_same_finding_are_compared() -> None:
    found = prior_difference(
        report_of("A 6 mm nodule in the right upper lobe."),
        report_of("A 9 mm nodule in the right upper lobe."),
    )
    (row,) = found.numbers
    assert (row.before, row.after) == ("6 mm", "9 mm")
    assert row.quantity.endswith("right upper lobe")
