"""What a sentence says: category, polarity, doubt, side, place, degree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.finding import Certainty, Finding, Polarity, Severity, Side
from engine.language.findings import (
    NO_FINDING,
    all_categories,
    categories,
    chexpert_of,
    coded,
    findings_in,
    labels,
    mesh_heading,
    sentences_of,
)
from engine.language.lexicon import finding_lexicon

CHEXPERT = {
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
}


def said(sentence: str) -> dict[str, Finding]:
    return {finding.category: finding for finding in findings_in(sentence)}


def asserted(sentence: str) -> set[str]:
    return {finding.category for finding in findings_in(sentence) if finding.is_asserted}


def denied(sentence: str) -> set[str]:
    return {finding.category for finding in findings_in(sentence) if not finding.is_asserted}


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no pleural effusion.",
        "no evidence of pleural effusion",
        "Lungs are clear without effusion.",
        "Negative for pleural effusion.",
        "The left pleural space is free of effusion.",
        "Pleural effusion is not seen.",
        "The right pleural effusion has resolved.",
        "No pneumothorax or effusion.",
        "No pneumonia, effusions, edema, pneumothorax, adenopathy, nodules or masses.",
        "no focal consolidation pneumothorax or pleural effusion",
        "The pleural spaces are clear.",
    ],
)
def test_denied_effusion(sentence: str) -> None:
    assert "Pleural Effusion" in denied(sentence)
    assert "Pleural Effusion" not in asserted(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "There is a pleural effusion.",
        "No change in the left pleural effusion.",
        "No significant interval change of the effusion.",
        "Effusion cannot be excluded.",
        "Not only atelectasis, a pleural effusion as well.",
        "No pneumothorax, but a small pleural effusion.",
        "No pneumothorax; moderate effusion on the left.",
        "Without pneumothorax, there is an effusion.",
        "No pneumothorax and small pleural effusion.",
        "The lungs are not free of effusion.",
    ],
)
def test_asserted_effusion(sentence: str) -> None:
    assert "Pleural Effusion" in asserted(sentence)


@pytest.mark.parametrize(
    ("sentence", "category"),
    [
        ("Opacity in the left base may represent pneumonia.", "Pneumonia"),
        ("Atelectasis versus infiltrate.", "Pulmonary Atelectasis"),
        ("Atelectasis versus infiltrate.", "Infiltrate"),
        ("Scarring or atelectasis at the right base.", "Cicatrix"),
        ("Pneumothorax cannot be excluded.", "Pneumothorax"),
        ("Findings suspicious for edema.", "Pulmonary Edema"),
    ],
)
def test_doubt(sentence: str, category: str) -> None:
    finding = said(sentence)[category]
    assert finding.certainty is Certainty.UNCERTAIN
    assert finding.polarity is Polarity.ASSERTED


def test_what_stands_before_the_doubt_is_certain() -> None:
    assert said("Opacity which may represent pneumonia.")["Opacity"].certainty is Certainty.CERTAIN


def test_a_denial_with_a_reason_is_plain() -> None:
    finding = said("No focal opacity to suggest pneumonia.")["Pneumonia"]
    assert (finding.polarity, finding.certainty) == (Polarity.NEGATED, Certainty.CERTAIN)


def test_the_longer_phrase_hides_the_shorter() -> None:
    assert asserted("Calcified granuloma in the right lower lobe.") == {"Calcified Granuloma"}
    assert asserted("Subcutaneous emphysema.") == {"Subcutaneous Emphysema"}


@pytest.mark.parametrize(
    ("sentence", "category"),
    [
        ("The heart is normal in size.", "Cardiomegaly"),
        ("Heart size within normal limits.", "Cardiomegaly"),
        ("The lungs are clear.", "Consolidation"),
        ("Clear lungs.", "Pneumonia"),
        ("The osseous structures are intact.", "Fracture"),
        ("Normal mediastinal contours.", "Enlarged Cardiomediastinum"),
    ],
)
def test_normal_statements_deny(sentence: str, category: str) -> None:
    assert category in denied(sentence)
    assert not asserted(sentence)


def test_a_denied_normal_statement_says_that_something_is_wrong() -> None:
    assert asserted("The lungs are not clear.") == {finding_lexicon().overall}
    assert not labels("The lungs are not clear.")


@pytest.mark.parametrize(
    ("sentence", "sides"),
    [
        ("Left effusion and atelectasis.", [Side.LEFT, Side.LEFT]),
        ("Opacity and atelectasis in the left base.", [Side.LEFT, Side.LEFT]),
        (
            "Atelectasis in the right base and small left pleural effusion.",
            [Side.RIGHT, Side.LEFT],
        ),
        ("Opacities in the right and left bases.", [Side.BILATERAL]),
        ("Bibasilar opacities.", [Side.BILATERAL]),
        ("RLL consolidation.", [Side.RIGHT]),
        ("Lingular atelectasis.", [Side.LEFT]),
        ("Middle lobe consolidation.", [Side.RIGHT]),
        (
            "Lung volumes are low with elevation of the right hemidiaphragm.",
            [Side.NONE, Side.RIGHT],
        ),
        ("Cardiomegaly.", [Side.NONE]),
    ],
)
def test_sides(sentence: str, sides: list[Side]) -> None:
    assert [finding.side for finding in findings_in(sentence)] == sides


def test_place_degree_and_span() -> None:
    sentence = "There is moderate consolidation in the right lower lobe."
    (finding,) = findings_in(sentence)
    assert (finding.site, finding.severity) == ("lower lobe", Severity.MODERATE)
    assert sentence[finding.start : finding.end] == finding.term == "consolidation"


def test_the_degree_inside_the_phrase_counts() -> None:
    assert said("The heart is mildly enlarged.")["Cardiomegaly"].severity is Severity.MILD


@given(st.text(max_size=80))
def test_any_text_is_read_and_spans_fit(text: str) -> None:
    for finding in findings_in(text):
        assert text[finding.start : finding.end] == finding.term


@given(st.permutations(["İ", "no effusion", "pneumothorax", "Straße"]))
def test_offsets_survive_letters_that_change_length(words: list[str]) -> None:
    text = " ".join(words)
    assert {text[f.start : f.end].lower() for f in findings_in(text)} == {
        "effusion",
        "pneumothorax",
    }


def test_sentences_of_running_and_of_cleaned_text() -> None:
    assert sentences_of("1. Clear lungs. 2. No effusion.") == ("Clear lungs.", "No effusion.")
    assert sentences_of("clear lungs . no effusion .") == ("clear lungs", "no effusion")


def test_labels_of_a_report() -> None:
    report = "Mild cardiomegaly. No effusion. Opacity may be pneumonia. Possible atelectasis."
    assert labels(report) == {"Cardiomegaly", "Opacity", "Pulmonary Atelectasis"}
    assert labels("the heart is enlarged . no pneumothorax .") == {"Cardiomegaly"}


def test_codes_are_read_by_heading_and_qualifier() -> None:
    codes = ["Lung/hypoinflation/mild", "Pleural Effusion/left", "normal", "Lung/azygos lobe"]
    assert coded(codes) == {"Hypoinflation", "Pleural Effusion"}
    assert coded(["Aorta, Thoracic/tortuous"]) == {"Tortuous Aorta"}


def test_chexpert_categories() -> None:
    assert chexpert_of(labels("No acute disease. Left picc.")) == {"Support Devices", NO_FINDING}
    assert chexpert_of(labels("Right effusion.")) == {"Pleural Effusion"}
    assert {c.chexpert for c in finding_lexicon().categories} - {""} == CHEXPERT


def test_category_names_are_unique_and_every_denied_one_exists() -> None:
    lexicon = finding_lexicon()
    assert len(set(categories())) == len(categories())
    named = {name for names in lexicon.denied_by.values() for name in names} - {lexicon.overall}
    named |= {name for pair in lexicon.opposites for name in pair} | lexicon.never_alternatives
    assert named <= set(all_categories())


def test_a_category_is_filed_under_its_coders_heading():
    assert mesh_heading("Tortuous Aorta") == "Aorta"
    assert mesh_heading("Catheter") == "Catheters, Indwelling"
    with pytest.raises(KeyError):
        mesh_heading("no such thing")
