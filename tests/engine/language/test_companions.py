"""Which sentences of a model may stand in one draft."""

from __future__ import annotations

import pytest

from engine.language.companions import (
    denies_both,
    has_disputed_side,
    may_be_drafted,
    may_stand_together,
    sided_claims,
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("the heart is enlarged", "heart size is normal"),
        ("there is a small right pleural effusion", "there is no pleural effusion"),
        ("no large pleural effusion", "there is a small left pleural effusion"),
        ("the lungs are hyperinflated", "lung volumes are low"),
        ("there is consolidation in the left lower lobe", "the lungs are clear"),
    ],
)
def test_what_contradicts_does_not_stand_together(first: str, second: str) -> None:
    assert not may_stand_together(first, second)
    assert not may_stand_together(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("no pneumothorax", "no pneumothorax"),
        ("no pneumothorax is seen", "there is no pneumothorax"),
        ("there is no pneumothorax", "there is no pneumothorax or pleural effusion"),
        ("there is a small right pleural effusion", "there is a large pleural effusion"),
        ("there are small bilateral pleural effusions", "right pleural effusion and cardiomegaly"),
    ],
)
def test_what_only_says_it_again_does_not_stand_beside_it(first: str, second: str) -> None:
    assert not may_stand_together(first, second)
    assert not may_stand_together(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("there is a small right pleural effusion", "there is no left pleural effusion"),
        ("the heart is enlarged", "the lungs are clear"),
        ("small right pleural effusion", "large left pleural effusion"),
        ("a tracheostomy tube is in place", "there is a right chest tube"),
        ("no pleural effusion", "no pneumothorax"),
        ("there is no focal consolidation", "the lungs are clear"),
        ("there is no focal consolidation or effusion", "there is no effusion or pneumothorax"),
    ],
)
def test_what_says_something_else_may_stand_beside_it(first: str, second: str) -> None:
    assert may_stand_together(first, second)
    assert may_stand_together(second, first)


@pytest.mark.parametrize(
    ("sentence", "may"),
    [
        ("the heart is normal in size", True),
        ("the heart is unchanged in size", False),
        ("compared to the prior examination the effusion has resolved", False),
        ("there is a 9 mm nodule in the right upper lobe", False),
        ("degenerative changes of the spine at t8", True),
        ("left lung base", False),
        ("there is a right lung base in the right lung volumes", False),
        ("there are bibasilar airspace opacities left greater than left", False),
        ("there are bibasilar airspace opacities left greater than right", True),
        ("this may represent atelectasis or scarring", False),
        ("compatible with scarring are noted", False),
        ("there is airspace disease compatible with pneumonia", True),
        ("areas of atelectasis are noted", True),
        ("right lung small right pleural effusion", False),
        ("right base airspace disease and right pleural effusion", True),
        ("the left base opacity", False),
        ("the left base opacity is small", True),
        ("there is bibasilar airspace opacities", False),
        ("there is scarring of the lung bases", True),
        ("there is atelectasis", True),
        ("there are small right pleural effusion", False),
        ("there are small pleural effusions", True),
        ("low lung volumes with patchy basilar patchy airspace disease", False),
    ],
)
def test_what_one_study_cannot_show_and_what_says_nothing_is_not_drafted(
    sentence: str, *, may: bool
) -> None:
    assert may_be_drafted(sentence) is may


def test_a_side_that_as_many_reports_see_on_the_other_side_is_disputed() -> None:
    right, left = "small right pleural effusion", "small left pleural effusion"
    even = sided_claims([[right], [left], [right, right], [left]])
    assert has_disputed_side(right, even)
    most_right = sided_claims([[right], [right], [left]])
    assert not has_disputed_side(right, most_right)
    assert has_disputed_side(left, most_right)


def test_a_denial_has_no_disputed_side() -> None:
    claims = sided_claims([["large left pleural effusion"]])
    assert not has_disputed_side("no right pleural effusion", claims)
    assert not has_disputed_side("small pleural effusions", claims)


def test_one_sentence_denies_what_two_deny_only_by_name_and_only_both() -> None:
    both, air, fluid = "no pneumothorax or effusion", "no pneumothorax", "no pleural effusion"
    assert denies_both(both, air, fluid)
    assert not denies_both(both, air, "there is a small pleural effusion")
    assert not denies_both(both, air, "no consolidation")
    assert not denies_both("the lungs are clear", air, fluid)
