"""The guards over whole reports, and what of them a reader sees."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from testkit.report_documents import NOW, STUDY_UID, image_ref, study_of

from engine.domain.guard import AlertSeverity, GuardAlert, GuardRule, StudyFacts
from engine.domain.report import (
    Report,
    ReportSentence,
    Section,
    SentenceId,
    SentenceState,
    new_report,
)
from engine.domain.study import SopUid, View
from engine.language.alert_budget import LEAST_PRECISION, measured_precision, shown
from engine.language.areas import review_areas
from engine.language.guards import facts_of, guard_alerts
from engine.language.template import shipped_macros, shipped_templates

FACTS = StudyFacts(sex="F", age_years=61, frontal_films=1, lateral_films=1)


def sentence(
    number: int, section: Section, text: str, state: SentenceState = SentenceState.AUTHOR
) -> ReportSentence:
    draft = "" if state is SentenceState.AUTHOR else text
    return ReportSentence(
        id=SentenceId(f"s{number}"), section=section, text=text, state=state, draft_text=draft
    )


def report_of(
    findings: list[str],
    impression: list[str] | None = None,
    state: SentenceState = SentenceState.AUTHOR,
) -> Report:
    texts = [(Section.FINDINGS, text) for text in findings]
    texts += [(Section.IMPRESSION, text) for text in impression or []]
    sentences = tuple(sentence(i, section, text, state) for i, (section, text) in enumerate(texts))
    return replace(new_report(STUDY_UID, "Dr Ada Byron", NOW), sentences=sentences)


def rules(report: Report, facts: StudyFacts = FACTS) -> list[GuardRule]:
    return [alert.rule for alert in guard_alerts(report, facts)]


@pytest.mark.parametrize(
    ("findings", "impression", "rule"),
    [
        (["Small left effusion."], ["Right pleural effusion."], GuardRule.SIDE),
        (
            ["Left lower lobe consolidation."],
            ["Right lower lobe pneumonia."],
            GuardRule.SIDE,
        ),
        (["There is a pneumothorax."], ["No acute disease."], GuardRule.POLARITY),
        (["No pleural effusion."], ["Moderate pleural effusion."], GuardRule.POLARITY),
        (["Heart size is normal.", "Moderate cardiomegaly."], [], GuardRule.CONTRADICTION),
        (["The lungs are clear.", "Right consolidation."], [], GuardRule.CONTRADICTION),
        (["Hyperexpanded lungs.", "Low lung volumes."], [], GuardRule.CONTRADICTION),
        (["Right chest tube in place.", "There is no chest tube."], [], GuardRule.CONTRADICTION),
        (["The prostate is enlarged."], [], GuardRule.SEX),
        (["This 45-year-old has clear lungs."], [], GuardRule.AGE),
        (["Chest of an infant."], [], GuardRule.AGE),
        (["Single portable AP view."], [], GuardRule.VIEW),
    ],
)
def test_each_rule_finds_its_error(
    findings: list[str], impression: list[str], rule: GuardRule
) -> None:
    assert rules(report_of(findings, impression)) == [rule]


@pytest.mark.parametrize(
    ("findings", "impression"),
    [
        (["Small left effusion.", "No right effusion."], ["Left effusion."]),
        (["No large pleural effusion.", "Small left pleural effusion."], []),
        (["No acute fracture.", "Old healed rib fracture."], []),
        (["Opacity may be pneumonia.", "No definite pneumonia."], []),
        (["Bibasilar opacities."], ["Left opacity."]),
        (["Except for atelectasis the lungs are clear.", "Left consolidation."], []),
        (["Small effusion, unchanged."], ["No acute disease."]),
        (["Left lung is clear.", "Right consolidation."], []),
        (["She is 61 years old."], []),
        (["Recommend PA and lateral views."], []),
        (["Fracture of the lateral right rib."], []),
        (["The endotracheal tube is in good position.", "There is no chest tube."], []),
        (
            ["Mild central pulmonary vascular congestion."],
            ["Cardiomegaly with vascular congestion and no acute cardiopulmonary findings."],
        ),
        (["The aorta is ectatic."], ["Cardiomegaly without failure   Ectatic aorta"]),
        (["The lateral screw is fractured.", "No clavicle fracture is seen."], []),
        (
            ["The previous radiograph showed a left effusion.", "No pleural effusion."],
            ["No acute abnormality."],
        ),
    ],
)
def test_what_can_both_be_true_is_let_be(findings: list[str], impression: list[str]) -> None:
    assert rules(report_of(findings, impression)) == []


@pytest.mark.parametrize(
    "slipped",
    [
        "There is pneumothorax.",
        "There is consolidation, pleural effusion or pneumothorax.",
        "There is airspace opacity to suggest pneumonia.",
        "There is no a moderate sized right pneumothorax.",
        "No mild cardiomegaly.",
        "Acute cardiopulmonary disease.",
        "No pleural effusion is not seen.",
        "There is scarring with focal consolidation or effusion.",
        "The cardiac silhouette is abnormal in size.",
        "The lungs are not clear.",
        "The mediastinal contours are not unchanged.",
        "The aorta is not tortuous.",
        "There is no opacity in the left base causing volume loss.",
    ],
)
def test_a_sentence_whose_no_seems_lost_or_put_in_is_asked_about(slipped: str) -> None:
    (alert,) = guard_alerts(report_of([slipped]), FACTS)
    assert (alert.rule, alert.severity) == (GuardRule.NEGATION, AlertSeverity.WARNING)
    assert alert.sentence_ids == ("s0",)


@pytest.mark.parametrize(
    "plain",
    [
        "There is a small right pneumothorax.",
        "No pleural effusion or pneumothorax.",
        "No opacity to suggest pneumonia.",
        "No change in pneumothorax or effusion.",
        "Opacity that may be a mass or pneumonia.",
        "There is atelectasis or scarring in the left base.",
        "Consolidation may be pneumonia.",
        "The lungs are clear.",
        "The aorta is tortuous.",
        "No displaced rib fracture.",
        "The heart is not enlarged.",
    ],
)
def test_plain_denials_and_assertions_are_let_be(plain: str) -> None:
    assert rules(report_of([plain])) == []


def test_an_impression_that_leaves_out_what_matters_is_asked_about() -> None:
    findings = ["Large left pneumothorax.", "Right basal consolidation.", "The aorta is tortuous."]
    (alert,) = guard_alerts(report_of(findings, ["Right lower lobe pneumonia."]), FACTS)
    assert alert.rule is GuardRule.MISSING
    assert alert.sentence_ids == ("s0",)
    assert alert.message == "“Large left pneumothorax” is not in the impression."
    whole = ["Left pneumothorax.", "Right lower lobe pneumonia."]
    assert rules(report_of(findings, whole)) == []
    assert rules(report_of(findings)) == [], "nothing is missing before there is an impression"


@pytest.mark.parametrize(
    "left_out",
    [
        "Small left apical pneumothorax.",
        "Tiny right pneumothorax, unchanged.",
        "Right upper lobe mass.",
        "8 mm nodule in the left mid zone.",
        "Fracture of the left seventh rib.",
        "The tip of the endotracheal tube lies in the right main bronchus.",
        "NG tube in the left main bronchus.",
        "Multiple lung metastases.",
        "Left empyema.",
        "Free gas under the diaphragm.",
    ],
)
def test_what_must_not_be_left_out_is_asked_for_even_if_no_word_of_the_impression_is_read(
    left_out: str,
) -> None:
    assert rules(report_of([left_out], ["As above."])) == [GuardRule.MISSING]
    assert GuardRule.MISSING not in rules(report_of([left_out], [left_out]))
    assert rules(report_of([left_out])) == []


@pytest.mark.parametrize(
    ("findings", "impression"),
    [
        ("Calcified nodule in the right upper lobe.", "No acute disease."),
        ("Old healed fracture of the left clavicle.", "No acute disease."),
        ("Degenerative changes of the thoracic spine.", "As above."),
        ("ETT tip in the right main bronchus.", "The tube is misplaced: pull back."),
        ("Right upper lobe nodule.", "Right upper lobe lesion, CT advised."),
    ],
)
def test_what_need_not_be_told_again_is_not_asked_for(findings: str, impression: str) -> None:
    assert rules(report_of([findings], [impression])) == []


@pytest.mark.parametrize(
    ("findings", "impression", "rule"),
    [
        ("No effusion, large left pneumothorax.", "No pneumothorax.", GuardRule.POLARITY),
        ("The right effusion has not cleared.", "No effusion.", GuardRule.POLARITY),
        ("R pleural effusion.", "Left pleural effusion.", GuardRule.SIDE),
        (
            "Effusion on the right and pneumothorax on the left.",
            "Right effusion and right pneumothorax.",
            GuardRule.SIDE,
        ),
    ],
)
def test_the_guards_read_clause_by_clause(findings: str, impression: str, rule: GuardRule) -> None:
    assert rules(report_of([findings], [impression])) == [rule]


@pytest.mark.parametrize(
    ("findings", "impression"),
    [
        ("The right pneumothorax is no longer visible.", "No pneumothorax."),
        ("Pleural effusion: nil.", "No effusion."),
        ("Clearing of the left effusion.", "The left effusion has cleared."),
        ("Effusion on the right, pneumothorax on the left.", "Right effusion, left pneumothorax."),
        ("No pneumothorax.\nSmall left effusion", "Small left effusion."),
    ],
)
def test_what_agrees_is_let_be(findings: str, impression: str) -> None:
    assert rules(report_of([findings], [impression])) == []


def test_a_lateral_film_that_is_not_there() -> None:
    report = report_of(["PA and lateral views show clear lungs."])
    assert rules(report, replace(FACTS, lateral_films=0)) == [GuardRule.VIEW]
    assert rules(report, replace(FACTS, lateral_films=0, unknown_films=1)) == []
    assert rules(report) == []


def test_sides_of_the_draft_stop_signing_until_confirmed() -> None:
    report = report_of(["Left effusion.", "Clear lungs."], state=SentenceState.AI_ACCEPTED)
    (alert,) = guard_alerts(report, FACTS)
    assert (alert.rule, alert.severity) == (GuardRule.LATERALITY, AlertSeverity.STOP)
    assert alert.sentence_ids == ("s0",)
    assert guard_alerts(report, FACTS, confirmed_sides=frozenset({SentenceId("s0")})) == ()


def test_sides_that_the_reader_changed_or_wrote_are_not_asked_for() -> None:
    report = report_of(["Left effusion."], state=SentenceState.AI_UNREVIEWED)
    assert guard_alerts(report.with_text(SentenceId("s0"), "Right effusion.", NOW), FACTS) == ()
    assert guard_alerts(report_of(["Left effusion."]), FACTS) == ()
    edited = report.with_text(SentenceId("s0"), "Small left effusion.", NOW)
    assert [alert.rule for alert in guard_alerts(edited, FACTS)] == [GuardRule.LATERALITY]


def test_comparisons_of_the_draft_need_a_linked_prior() -> None:
    report = report_of(["Cardiomegaly, unchanged."], state=SentenceState.AI_UNREVIEWED)
    assert rules(report) == [GuardRule.PRIOR]
    assert rules(report, replace(FACTS, has_linked_prior=True)) == []
    assert rules(report_of(["Cardiomegaly, unchanged."])) == []


def test_numbers_and_dates_of_the_draft_are_asked_about_even_with_a_prior() -> None:
    report = report_of(["A 7 mm nodule."], state=SentenceState.AI_ACCEPTED)
    assert rules(report, replace(FACTS, has_linked_prior=True)) == [GuardRule.NUMBER]
    own = report.with_text(SentenceId("s0"), "A 9 mm nodule.", NOW)
    assert rules(own) == []


def test_rejected_sentences_are_left_out() -> None:
    report = report_of(["Left effusion of 7 mm, unchanged."], state=SentenceState.AI_REJECTED)
    assert guard_alerts(report, FACTS) == ()


def test_one_contradiction_gives_one_alert_with_all_its_sentences() -> None:
    report = report_of(["No pneumothorax.", "Right pneumothorax."], ["No pneumothorax."])
    (alert,) = guard_alerts(report, FACTS)
    assert alert.sentence_ids == ("s0", "s1", "s2")


def alert(rule: GuardRule) -> GuardAlert:
    severity = AlertSeverity.WARNING
    return GuardAlert(rule=rule, message=rule.value, sentence_ids=(), severity=severity)


def test_at_most_two_remarks_are_shown_those_that_are_most_often_right_first() -> None:
    remarks = [alert(GuardRule.NEGATION), alert(GuardRule.MISSING), alert(GuardRule.VIEW)]
    seen = shown(remarks, precision={GuardRule.NEGATION: 0.6, GuardRule.MISSING: 0.9})
    assert [a.rule for a in seen] == [GuardRule.VIEW, GuardRule.MISSING]


def test_every_rule_that_can_be_wrong_was_measured_and_may_speak() -> None:
    measured = measured_precision()
    asked_always = {GuardRule.LATERALITY, GuardRule.FIELD}
    assert set(measured) == set(GuardRule) - asked_always
    assert all(LEAST_PRECISION <= share <= 1 for share in measured.values())


def test_a_rule_that_is_mostly_wrong_is_mute() -> None:
    remarks = [alert(GuardRule.NEGATION), alert(GuardRule.VIEW)]
    seen = shown(remarks, precision={GuardRule.NEGATION: 0.4})
    assert [a.rule for a in seen] == [GuardRule.VIEW]


def test_facts_come_from_the_headers() -> None:
    images = (image_ref(), image_ref(SopUid("2.25.9"), view=View.LATERAL))
    facts = facts_of(study_of(images=images), has_linked_prior=True)
    assert (facts.sex, facts.age_years, facts.has_linked_prior) == ("M", 64, True)
    assert (facts.frontal_films, facts.lateral_films, facts.unknown_films) == (1, 1, 0)


def test_age_falls_back_to_the_header_field() -> None:
    study = study_of()
    study = replace(study, patient=replace(study.patient, birth_date=None), patient_age="018M")
    assert facts_of(study, has_linked_prior=False).age_years == 1


def test_no_sentence_that_ships_reads_wrong() -> None:
    shipped = [text for macro in shipped_macros() for text in macro.sentences]
    for template in shipped_templates():
        shipped += [text for texts in template.sections.values() for text in texts]
        shipped += template.normal.values()
    shipped += [area.normal for area in review_areas(report_of([]))]
    odd = [
        text
        for text in shipped
        if GuardRule.NEGATION in rules(report_of([re.sub(r"\[([^]|=]*)[^]]*\]", r"\1", text)]))
    ]
    assert odd == []
