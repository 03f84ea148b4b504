"""Any text in any document: none is refused, none glues or loses a word."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from io import BytesIO

import pydicom
import pypdfium2
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from testkit.report_documents import draft_of, report_of, signed, study_of

from engine.documents import pdf as pdf_module
from engine.documents.characters import printable_lines, visible, with_known_glyphs
from engine.documents.dicom.reference import ReportObject
from engine.documents.dicom.structured_report import structured_report
from engine.documents.fhir import fhir_bundle
from engine.documents.json_text import json_text
from engine.documents.letter import ReportDocument, letter_content
from engine.documents.pdf import render_pdf
from engine.documents.plain_text import plain_text
from engine.domain.report import Report, Section
from engine.domain.rows import finished
from engine.domain.study import Study

ANY = st.text(st.characters(), max_size=40)
ROWS = st.lists(ANY, min_size=1, max_size=4)


def _words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join("".join(pages).split())


def _study(name: str, other: str) -> Study:
    study = study_of(name)
    return replace(
        study,
        patient=replace(study.patient, patient_id=other),
        accession=other,
        description=other,
        referring=name,
    )


def _letter(report: Report, name: str = "Test, Person") -> bytes:
    return render_pdf(ReportDocument(report=report, study=study_of(name)))


@settings(deadline=None, max_examples=30)
@given(ROWS, ANY, ANY)
def test_every_text_becomes_a_pdf(rows: list[str], name: str, other: str) -> None:
    document = ReportDocument(
        report=report_of(*rows), study=_study(name, other), institution=other, letterhead=(name,)
    )
    content = letter_content(document, ())
    # By the compiler itself: a glyph that was missing would send the letter to the ASCII one.
    assert pdf_module._compile(with_known_glyphs(content), {}, timestamp=0)


@pytest.mark.parametrize(
    "text",
    [
        "Seen by me 👍🏽.",
        "👩🏽‍⚕️ and 👨‍👩‍👧‍👦 🇩🇪",
        "g\u1ab0 a\u0363 \u20dd5 e\u0301\u0323\u0308",
        "\u0301 alone, \u200d\u200d, ﷺ, ȩ́",
        "\U0001f3fd",
        "\ufeff\ufffd\ufffe\U000f0000",
    ],
)
def test_tones_and_marks_are_printed_or_named_by_number(text: str) -> None:
    content = letter_content(ReportDocument(report=report_of(text), study=study_of(text)), ())
    assert pdf_module._compile(with_known_glyphs(content), {}, timestamp=0)


def test_three_hundred_unknown_letters_take_one_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[int] = []
    compile_ = pdf_module._compile

    def counted(*args: object, **options: object) -> bytes:
        compiled.append(1)
        return compile_(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pdf_module, "_compile", counted)
    letters = "".join(chr(code) for code in range(0x13000, 0x13000 + 300))
    words = _words(_letter(report_of(letters)))
    assert len(compiled) == 1
    assert "[U+13000]" in words.replace(" ", "")
    assert "[U+1312B]" in words.replace(" ", "")


def test_a_letter_that_the_layout_refuses_is_printed_in_ascii(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_module, "with_known_glyphs", lambda content: content)
    words = _words(_letter(report_of("Seen by 👍🏽 Müller")))
    assert "Seen by [U+1F44D][U+1F3FD] M[U+00FC]ller." in words


def test_a_letter_keeps_the_marks_that_its_font_has() -> None:
    assert with_known_glyphs(["e\u0301\u1ab0 5\u20e3"]) == ["e\u0301[U+1AB0] 5[U+20E3]"]


def test_every_form_parts_rows_alike() -> None:
    report = report_of("No effusion", "Left pneumothorax", section=Section.IMPRESSION)
    parted = "No effusion. Left pneumothorax."
    study = study_of()
    assert parted in plain_text(report)
    assert json.loads(json_text(report, study, None))["sections"] == {"Impression": parted}
    bundle = json.loads(fhir_bundle(report, study, None, text="", pdf=b""))
    assert bundle["entry"][0]["resource"]["conclusion"] == parted
    assert parted in _words(_letter(report))
    assert _texts_of(structured_report(ReportObject(report=report, study=study))) == [
        "No effusion.",
        "Left pneumothorax.",
    ]


def test_lists_and_addenda_keep_their_lines_in_the_letter() -> None:
    report = report_of("1. Old fracture", "2. No mass", "Heart normal")
    rows = letter_content(ReportDocument(report=report, study=study_of()), ())["sections"][0]
    assert [row["apart"] for row in rows["sentences"]] == [False, True, True]
    words = _letter(report)
    with pypdfium2.PdfDocument(words) as document:
        lines = document[0].get_textpage().get_text_range().splitlines()
    assert [line for line in lines if line.startswith(("1. ", "2. "))] == [
        "1. Old fracture.",
        "2. No mass.",
    ]


def _texts_of(content: bytes) -> list[str]:
    dataset = pydicom.dcmread(BytesIO(content))
    return [
        text.TextValue
        for section in dataset.ContentSequence
        if section.ValueType == "CONTAINER"
        for text in section.ContentSequence
    ]


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_a_structured_report_holds_every_row(rows: list[str]) -> None:
    report = report_of(*rows)
    if not report.kept():
        return
    found = _texts_of(structured_report(ReportObject(report=report, study=study_of())))
    # DICOM takes blanks at a text's end for padding, and bytes come back as they were written.
    assert found == [visible(finished(s.text)) for s in report.kept()]


@settings(deadline=None, max_examples=60)
@given(ROWS, ANY, ANY)
def test_every_text_becomes_fhir_and_json(rows: list[str], name: str, other: str) -> None:
    report = signed(report_of(*rows)) if any(row.strip() for row in rows) else report_of(*rows)
    report = replace(report, author=name)
    study = _study(name, other)
    text = plain_text(report)
    Bundle.model_validate_json(fhir_bundle(report, study, draft_of(), text=text, pdf=b"%PDF"))
    assert json.loads(json_text(report, study, None))["patient"]["name"] == name
    for row in report.kept():
        assert finished(row.text) in text


@given(ANY)
def test_every_visible_character_is_printed(text: str) -> None:
    shown = printable_lines(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in shown if c != "\n")
