"""What stands in the letter, before it is laid out."""

from __future__ import annotations

import json

import pytest
from testkit.report_documents import (
    NOW,
    draft_of,
    drafted_report,
    image_ref,
    pixel_image,
    report_of,
    signed,
    study_of,
)

from engine.documents.letter import ReportDocument, ReportFilm, letter_content, printable
from engine.domain.report import Section


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two  words\n on\tlines ", "two words on lines"),
        ("Ame\u0301lie", "Amélie"),
        ("Doe\u202ecod.exe", "Doe[U+202E]cod.exe"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("bell\x07", "bell[U+0007]"),
        ("lone \ud800", "lone [U+D800]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ('#read("/etc/passwd")', '#read("/etc/passwd")'),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_sections_stand_in_reading_order_and_empty_ones_are_left_out() -> None:
    report = report_of("No change.", section=Section.IMPRESSION)
    report = report.with_sentence(Section.FINDINGS, "  ", NOW)
    report = report.with_sentence(Section.INDICATION, "Cough.", NOW)
    content = letter_content(ReportDocument(report=report, study=study_of()), [])
    assert [section["title"] for section in content["sections"]] == ["Indication", "Impression"]


def test_rejected_sentences_are_not_printed_but_counted() -> None:
    report = drafted_report()
    report = report.with_rejected(report.unreviewed[0].id, NOW)
    content = letter_content(ReportDocument(report=report, study=study_of(), draft=draft_of()), [])
    assert "pneumothorax" not in json.dumps(content["sections"])
    sentences = next(row for row in content["provenance"] if row["label"] == "Sentences")
    assert sentences["value"] == (
        "1 written by the author, 1 accepted from the draft unchanged, "
        "1 accepted from the draft with changes, 1 of the draft rejected"
    )


def test_unreviewed_sentences_are_marked_and_remarked() -> None:
    content = letter_content(ReportDocument(report=drafted_report(), study=study_of()), [])
    marks = [entry["reviewed"] for entry in content["sections"][0]["sentences"]]
    assert marks == [True, True, False]
    assert "1 sentence comes from the model" in content["remark"]
    assert content["status"] == "DRAFT, not signed"


def test_a_signed_letter_says_who_when_and_what_it_means() -> None:
    report = signed(drafted_report())
    content = letter_content(ReportDocument(report=report, study=study_of()), [])
    assert content["is-signed"]
    assert content["remark"] == ""
    assert content["signer"] == "Dr Ada Byron"
    meaning, moment = content["signing"]
    assert meaning == "I am the author of this report."
    assert "2026-03-18 10:44:05 UTC" in moment
    hashes = {row["value"] for row in content["provenance"]}
    assert report.sha256 in hashes


def test_the_draft_is_named_with_model_hash_provider_and_time() -> None:
    content = letter_content(
        ReportDocument(report=drafted_report(), study=study_of(), draft=draft_of()), []
    )
    values = " ".join(row["value"] for row in content["provenance"])
    for part in ("cmcrl-test 0.0", " on CPU, ", "2026-03-18 10:44:05 UTC", "ab" * 32):
        assert part in values
    assert "No lateral film." in values


def test_a_report_without_a_draft_says_so() -> None:
    content = letter_content(ReportDocument(report=report_of("Clear."), study=study_of()), [])
    assert content["provenance"][0]["value"] == "None: written without the model."


def test_films_carry_their_view_and_missing_ones_are_counted() -> None:
    film = ReportFilm(image=image_ref(), pixels=pixel_image())
    document = ReportDocument(
        report=report_of("Clear."), study=study_of(), films=(film,), unreadable_films=1
    )
    content = letter_content(document, ["film-1"])
    assert content["films"][0]["caption"].startswith("Frontal PA, 200 × 240 pixels")
    assert any("1 could not be read" in row["value"] for row in content["provenance"])


def test_a_right_to_left_section_is_set_that_way() -> None:
    report = report_of("الرئتان صافيتان.")
    report = report.with_sentence(Section.IMPRESSION, "2 views. Clear.", NOW)
    content = letter_content(ReportDocument(report=report, study=study_of()), [])
    assert [section["right-to-left"] for section in content["sections"]] == [True, False]
