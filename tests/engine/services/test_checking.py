"""Questions about a report, answers, and a signature that waits for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from testkit.workspaces import NOW, any_draft, any_report, any_study

from engine.domain.guard import GuardRule
from engine.domain.report import Report, new_report
from engine.domain.study import StudyUid
from engine.errors import ReportStateError
from engine.services.checking import check, require_settled, with_side, without_words

STUDY = any_study()


def drafted(*texts: str) -> Report:
    report = new_report(StudyUid("1.2.3"), "Dr Test", NOW)
    report = report.with_draft(any_draft("1.2.3", *texts), NOW)
    for sentence in report.sentences:
        report = report.with_accepted(sentence.id, NOW)
    return report


def test_a_side_stops_signing_until_it_is_confirmed():
    report = drafted("Large left effusion.")
    (sentence,) = report.sentences
    (mark,) = check(report, STUDY).marks[sentence.id].sides
    assert sentence.text[mark.start : mark.end] == "left"
    with pytest.raises(ReportStateError, match="confirm left or right"):
        require_settled(report, STUDY)
    settled = report.with_settled(sentence.id, GuardRule.LATERALITY.name, NOW)
    require_settled(settled, STUDY)
    assert check(settled, STUDY).marks == {}


def test_other_words_ask_again():
    report = drafted("Large left effusion and right consolidation.")
    sentence = report.sentences[0]
    report = report.with_settled(sentence.id, GuardRule.LATERALITY.name, NOW)
    report = report.with_text(sentence.id, sentence.text + " Also.", NOW)
    assert check(report, STUDY).blocking


def test_only_a_linked_prior_lifts_a_comparison():
    report = drafted("The effusion is unchanged.")
    with pytest.raises(ReportStateError, match="no earlier study is linked"):
        require_settled(report, STUDY)
    require_settled(report.with_prior(StudyUid("1.2.2"), NOW), STUDY)


def test_what_the_author_writes_is_the_authors():
    report = any_report("1.2.3", "The left effusion is unchanged, now 3 cm.")
    assert check(report, STUDY).blocking == ()


def test_a_header_that_disagrees_stops_signing_and_can_be_overruled():
    report = any_report("1.2.3", "Prostate calcification in this man.")
    (alert,) = check(report, STUDY).blocking
    assert alert.rule is GuardRule.SEX
    settled = report.with_settled(report.sentences[0].id, GuardRule.SEX.name, NOW)
    require_settled(settled, STUDY)
    assert check(report, replace(STUDY, patient=replace(STUDY.patient, sex="M"))).alerts == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Stable effusion.", "Effusion."),
        ("Effusion, unchanged.", "Effusion."),
        ("The 3 cm nodule.", "The nodule."),
    ],
)
def test_words_are_taken_out_with_their_commas(text, left):
    report = drafted(text)
    (marks,) = check(report, STUDY).marks.values()
    assert without_words(text, (*marks.priors, *marks.numbers)) == left


@pytest.mark.parametrize(
    ("word", "text"),
    [("right", "Right effusion."), ("", "Effusion."), ("bilateral", "Bilateral effusion.")],
)
def test_a_side_is_replaced_in_its_own_case(word, text):
    report = drafted("Left effusion.")
    (marks,) = check(report, STUDY).marks.values()
    assert with_side("Left effusion.", marks.sides[0], word) == text
