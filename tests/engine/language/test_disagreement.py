"""Where the other reports contradict the draft."""

from __future__ import annotations

import pytest

from engine.language.disagreement import alternative


@pytest.mark.parametrize(
    ("sentence", "others", "found"),
    [
        ("There is a pleural effusion.", ["no pleural effusion is seen ."], True),
        ("No pleural effusion is seen.", ["there is a pleural effusion ."], True),
        ("There is a pleural effusion.", ["there is a small pleural effusion ."], False),
        ("Left pleural effusion.", ["no right pleural effusion ."], False),
        ("Left pleural effusion.", ["right pleural effusion ."], True),
        ("Left pleural effusion.", ["left pleural effusion . right pleural effusion ."], False),
        ("Left pleural effusion.", ["bilateral pleural effusions ."], False),
        ("No left pleural effusion.", ["right pleural effusion ."], False),
        ("The heart is normal in size.", ["the lungs are clear . cardiomegaly ."], True),
        ("The heart is normal in size.", [], False),
    ],
)
def test_only_the_opposite_about_the_same_finding_or_its_other_side_counts(sentence, others, found):
    assert bool(alternative(sentence, others)) is found


def test_the_likeliest_rival_sentence_is_told():
    others = ["the lungs are clear . no effusion .", "no effusion at all ."]
    assert alternative("Large effusion.", others) == "no effusion"


@pytest.mark.parametrize(("against", "found"), [(1, False), (2, True)])
def test_a_tenth_of_the_others_has_to_say_the_opposite(against, found):
    others = ["no effusion ."] * against + ["the lungs are clear ."] * (20 - against)
    assert bool(alternative("Large effusion.", others)) is found
