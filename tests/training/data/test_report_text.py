import pytest

from training.data.report_text import Marks, clean, sentences, target_text, without_marks


@pytest.mark.parametrize(
    ("report", "cleaned"),
    [
        ("The heart is normal. Lungs clear.", "the heart is normal . lungs clear ."),
        ("No effusion", "no effusion ."),
        ("Right-sided effusion.", "right-sided effusion ."),
        ("A 5.2 cm mass.", "a 52 cm mass ."),
        ("20 cm/hr.", "20 cmhr ."),
        ("Clear lungs.. Normal heart..", "clear lungs . normal heart ."),
        ("1. Clear lungs. 2. Normal heart. 3. No mass.", "clear lungs . normal heart . no mass ."),
        ("Size: 3 [cm]; <b>@home?</b>", "size 3 cm bhomeb ."),
        ("The patient's XXXX-ray.", "the patients xxxx-ray ."),
        ("XXXX are normal.", "xxxx are normal ."),
        ("", ""),
        ("   ", ""),
    ],
)
def test_cleaning_keeps_the_published_quirks(report, cleaned):
    assert clean(report) == cleaned


def test_cleaning_a_clean_text_changes_nothing():
    text = clean("1. The heart (size) is normal. 2. There is 5.2 cm of fluid; see above.")
    assert clean(text.replace(" .", ".")) == text


def test_sentences_stand_without_their_stop():
    assert sentences("no mass . clear . cut off") == ("no mass", "clear", "cut off")


def test_sentences_with_a_removed_word_leave_the_target():
    assert without_marks("xxxx are normal . the lungs are clear .") == "the lungs are clear ."
    assert without_marks("xxxx .") == ""


def test_what_becomes_of_a_removed_word_in_a_target_is_a_choice():
    text = "there is xxxx scarring . xxxx . the lungs are clear ."
    assert target_text(text, Marks.LEAVE_OUT) == "the lungs are clear ."
    assert target_text(text, Marks.UNMARK) == "there is scarring . the lungs are clear ."
    assert target_text(text, Marks.KEEP) == text
