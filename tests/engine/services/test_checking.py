"""Questions about a report, answers, and a signature that waits for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from testkit.workspaces import NOW, any_draft, any_report, any_study

from engine.domain.guard import GuardRule
from engine.domain.ledger import EditKind, edits_between
from engine.domain.report import Report, Section, new_report
from engine.domain.study import StudyUid
from engine.errors import ReportStateError
from engine.language.normal_report import with_normal
from engine.language.template import shipped_templates
from engine.services.checking import (
    OpenKind,
    check,
    may_keep,
    open_points,
    require_settled,
    with_answer,
    with_side,
    without_words,
)

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
    (mark,) = check(report, STUDY).highlights[sentence.id].sides
    assert sentence.text[mark.start : mark.end] == "left"
    with pytest.raises(ReportStateError, match="Confirm the side"):
        require_settled(report, STUDY)
    settled = report.with_settled(sentence.id, GuardRule.LATERALITY.name, NOW)
    require_settled(settled, STUDY)
    assert check(settled, STUDY).highlights == {}


def test_other_words_ask_again():
    report = drafted("Large left effusion and right consolidation.")
    sentence = report.sentences[0]
    report = report.with_settled(sentence.id, GuardRule.LATERALITY.name, NOW)
    report = report.with_text(sentence.id, sentence.text + " Also.", NOW)
    assert check(report, STUDY).blocking


def test_only_a_linked_prior_lifts_a_comparison():
    report = drafted("The effusion is unchanged.")
    with pytest.raises(ReportStateError, match="no prior is linked"):
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
    (highlights,) = check(report, STUDY).highlights.values()
    assert without_words(text, (*highlights.priors, *highlights.numbers)) == left


@pytest.mark.parametrize(
    ("word", "text"),
    [("right", "Right effusion."), ("", "Effusion."), ("bilateral", "Bilateral effusion.")],
)
def test_a_side_is_replaced_in_its_own_case(word, text):
    report = drafted("Left effusion.")
    (highlights,) = check(report, STUDY).highlights.values()
    assert with_side("Left effusion.", highlights.sides[0], word) == text


LEFT, RIGHT = "There is a left pleural effusion.", "Right pleural effusion."


def contradicting(*more: str) -> Report:
    report = any_report("1.2.3", LEFT, *more)
    return report.with_sentence(Section.IMPRESSION, RIGHT, NOW)


def test_a_contradiction_stops_signing_until_it_is_kept_with_a_reason():
    report = contradicting()
    (alert,) = check(report, STUDY).blocking
    assert alert.rule is GuardRule.SIDE
    with pytest.raises(ReportStateError):
        require_settled(report, STUDY)
    with pytest.raises(ReportStateError, match="Say why"):
        with_answer(report, alert, " ", NOW)
    kept = with_answer(report, alert, "two films", NOW)
    require_settled(kept, STUDY)
    assert [one.reason for one in kept.sentences[0].kept] == ["two films"]
    (edit,) = edits_between(report.sentences, kept.sentences)
    assert edit.kind is EditKind.SETTLED


@pytest.mark.parametrize("changed", [0, 1])
def test_a_kept_contradiction_is_asked_again_when_either_sentence_changes(changed):
    report = contradicting()
    (alert,) = check(report, STUDY).blocking
    kept = with_answer(report, alert, "two films", NOW)
    sentence = kept.sentences[changed]
    other = kept.with_text(sentence.id, sentence.text.replace("effusion", "effusions"), NOW)
    assert [a.rule for a in check(other, STUDY).blocking] == [GuardRule.SIDE]


def test_each_pair_is_kept_by_itself():
    report = contradicting("No pneumothorax.").with_sentence(
        Section.IMPRESSION, "Small left pneumothorax.", NOW
    )
    first, second = check(report, STUDY).blocking
    kept = with_answer(report, first, "two films", NOW)
    assert check(kept, STUDY).blocking == (second,)


def test_of_three_sentences_each_two_are_kept_by_themselves():
    report = any_report("1.2.3", "There is a large left pleural effusion.", "No pleural effusion.")
    report = report.with_sentence(Section.IMPRESSION, "No effusion.", NOW)
    one, no, none = (s.id for s in report.sentences)
    first, second = check(report, STUDY).blocking
    assert [first.sentence_ids, second.sentence_ids] == [(one, no), (one, none)]
    assert "another sentence: “No pleural effusion”" in first.message
    assert second.brief == "Contradicts the impression: “No effusion”."
    kept = with_answer(report, first, "different time", NOW)
    assert check(kept, STUDY).blocking == (second,)
    assert check(with_answer(kept, second, "in doubt", NOW), STUDY).blocking == ()


def test_two_things_that_the_same_two_sentences_disagree_about_are_one_contradiction():
    report = any_report("1.2.3", "There is a left effusion and a consolidation.")
    report = report.with_sentence(Section.IMPRESSION, "No effusion or consolidation.", NOW)
    (alert,) = check(report, STUDY).blocking
    assert check(with_answer(report, alert, "different time", NOW), STUDY).blocking == ()


def test_each_side_to_confirm_and_each_sentence_with_a_field_counts():
    report = drafted("Large left effusion.", "Right pneumothorax.")
    report = report.with_sentence(Section.FINDINGS, "A [small|large] one.", NOW)
    report = report.with_sentence(Section.FINDINGS, "Another [small|large] one.", NOW)
    kinds = Counter(point.kind for point in open_points(report, check(report, STUDY)))
    assert (kinds[OpenKind.QUESTION], kinds[OpenKind.FIELD]) == (2, 2)


def test_a_field_of_ours_is_never_kept_and_brackets_that_are_meant_are():
    ours = any_report("1.2.3", "There is a [small|large] effusion.")
    (alert,) = check(ours, STUDY).blocking
    assert not may_keep(alert, ours)
    with pytest.raises(ReportStateError, match="filled"):
        with_answer(ours, alert, "", NOW)
    forced = ours.with_settled(ours.sentences[0].id, GuardRule.FIELD.name, NOW)
    assert check(forced, STUDY).blocking, "by no way round either"
    meant = any_report("1.2.3", "As described by Felson [3].")
    (alert,) = check(meant, STUDY).blocking
    require_settled(with_answer(meant, alert, "", NOW), STUDY)


def test_everything_that_is_left_to_do_is_named():
    report = drafted("Large left effusion.").with_sentence(
        Section.FINDINGS, "Size [size]. Consolidaton.", NOW
    )
    found = check(report, STUDY)
    points = open_points(report, found, [(report.sentences[1].id, "Consolidaton")])
    kinds = list(dict.fromkeys(point.kind for point in points))
    assert kinds == [
        OpenKind.QUESTION,
        OpenKind.FIELD,
        OpenKind.REMARK,
        OpenKind.IMPRESSION,
        OpenKind.SPELLING,
        OpenKind.AREA,
    ]
    assert {p.kind for p in points if p.stops} == {OpenKind.QUESTION, OpenKind.FIELD}
    unread = new_report(StudyUid("1.2.3"), "Dr Test", NOW).with_draft(
        any_draft("1.2.3", "Clear."), NOW
    )
    assert open_points(unread, check(unread, STUDY))[0].kind is OpenKind.REVIEW


def test_nothing_is_left_of_a_whole_report():
    (template, *_) = (t for t in shipped_templates() if t.id == "chest-pa")
    report = with_normal(any_report(), template, NOW)
    report = report.with_sentence(Section.FINDINGS, "There are no lines or tubes.", NOW)
    assert open_points(report, check(report, STUDY)) == ()
