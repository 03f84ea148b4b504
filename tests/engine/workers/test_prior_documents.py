"""Reports of other systems through the real worker: found, read, drawn, and hostile ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import KeyObjectSelectionDocumentStorage
from testkit.dicom_files import write_film
from testkit.prior_documents import (
    foreign_report,
    hostile_pdfs,
    own_measurements,
    own_pdf,
    own_report,
    printed,
    write_document,
)
from testkit.report_documents import FILM_UID, report_of, signed

from engine.dicom.document_pages import MOST_SIDE
from engine.domain.annotation import Point
from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.errors import InputError
from engine.workers.decode_client import DecodeClient


@pytest.fixture(scope="module")
def client() -> Iterator[DecodeClient]:
    with DecodeClient() as shared:
        yield shared


def found(client: DecodeClient, *paths: Path) -> list[PriorDocument]:
    documents: list[PriorDocument] = []
    client.scan(paths, on_document=documents.append)
    return documents


def test_measurements_of_others_are_listed_and_read_as_theirs(
    client: DecodeClient, tmp_path: Path
) -> None:
    path = write_document(tmp_path / "measured.dcm", own_measurements(), Manufacturer="Another")
    (document,) = found(client, path)
    assert document.kind is DocumentKind.STRUCTURED_REPORT
    assert document.title == "Imaging Measurement Report"
    assert (document.completion, document.verification) == ("COMPLETE", "UNVERIFIED")
    content = client.document(document)
    length, angle = content.outlines
    assert (length.film, length.words) == (FILM_UID, "Length: 9.0 pixels")
    assert length.graphic.points == (Point(x=10.0, y=12.0), Point(x=17.0, y=18.0))
    assert len(angle.graphic.points) == 3
    assert content.notes == (
        "While this report is open, its outlines are drawn on their films, dashed.",
    )
    lines = [line.text for line in content.lines]
    for line in ("Procedure reported: Plain chest X-ray", "Length: 9.0 pixels"):
        assert line in lines
    assert any(re.fullmatch(r"Angle: \d+\.\d deg", line) for line in lines)
    assert "How the film's scale is known: no scale" in lines
    assert "Measured by Dr Ada Byron, Negatoscope, Negatoscope, research use only" in lines


def test_documents_are_found_beside_films(client: DecodeClient, tmp_path: Path) -> None:
    write_film(tmp_path / "film.dcm")
    write_document(tmp_path / "report.dcm", own_report())
    write_document(tmp_path / "scan.dcm", own_pdf())
    documents: list[PriorDocument] = []
    result = client.scan([tmp_path], on_document=documents.append)
    assert len(result.studies) == 1
    assert result.skipped == ()
    report, pdf = documents
    assert (report.kind, pdf.kind) == (DocumentKind.STRUCTURED_REPORT, DocumentKind.PDF)
    assert report.title == "Diagnostic imaging report"
    assert (report.completion, report.verification) == ("COMPLETE", "VERIFIED")
    assert pdf.title == "Chest radiograph report"
    assert report.study_date == date(2020, 2, 3)
    assert report.patient.is_same_person(result.studies[0].patient)


def test_our_own_export_reads_as_it_was_written(client: DecodeClient, tmp_path: Path) -> None:
    (document,) = found(client, write_document(tmp_path / "report.dcm", own_report()))
    lines = [(line.level, line.text) for line in client.document(document).lines]
    assert lines == [
        (1, "Findings"),
        (0, "The lungs are clear."),
        (0, "There is no effusion."),
    ]


def test_a_text_in_html_is_read_without_its_tags(client: DecodeClient, tmp_path: Path) -> None:
    html = (
        "<html><head><style>p {}</style></head><body><p>No effusion,<br/>5 &lt; 6&nbsp;mm.</p>"
        "<table><tr><td>Heart</td><td>normal</td></tr></table>Unchanged."
    )
    plain = "Ratio a <b and c> 5 < 6 mm <0.5>."
    content = own_report(signed(report_of(html, plain)))
    (document,) = found(client, write_document(tmp_path / "report.dcm", content))
    _heading, first, second = client.document(document).lines
    lines = [" ".join(line.split()) for line in first.text.split("\n")]
    assert lines == ["No effusion,", "5 < 6 mm.", "Heart normal", "Unchanged."]
    assert second.text == plain


def test_a_foreign_tree_becomes_headings_and_sentences(
    client: DecodeClient, tmp_path: Path
) -> None:
    (document,) = found(client, write_document(tmp_path / "report.dcm", foreign_report()))
    assert (document.title, document.completion) == ("X-Ray Report", "PARTIAL")
    lines = [(line.level, line.text) for line in client.document(document).lines]
    assert lines == [
        (1, "Findings"),
        (0, "One nodule\nin the right upper lobe."),
        (0, "Finding: Pneumothorax"),
        (2, "Nodule"),
        (0, "Distance: 14.5 mm"),
    ]


def test_a_long_text_is_whole_and_an_endless_one_says_that_it_was_cut(
    client: DecodeClient, tmp_path: Path
) -> None:
    dataset = dcmread(BytesIO(own_report()))
    words = "word " * 4_000
    section = dataset.ContentSequence[-1].ContentSequence
    section[0].TextValue = words
    path = write_document(
        tmp_path / "report.dcm", own_report(), ContentSequence=dataset.ContentSequence
    )
    (document,) = found(client, path)
    assert client.document(document).lines[1].text == words.strip()
    section[1].TextValue = "word " * 200_000
    write_document(
        path,
        own_report(),
        ContentSequence=dataset.ContentSequence,
        SOPInstanceUID=document.sop_uid,
        StudyInstanceUID=document.study_uid,
    )
    content = client.document(document)
    assert len(content.lines) == 2
    assert "longer" in content.notes[0]


@pytest.mark.parametrize("missing", ["PatientID", "PatientBirthDate"])
def test_a_report_of_nobody_is_left_out_with_a_sentence(
    client: DecodeClient, tmp_path: Path, missing: str
) -> None:
    path = write_document(tmp_path / "report.dcm", own_report(), **{missing: None})
    documents: list[PriorDocument] = []
    (skipped,) = client.scan([path], on_document=documents.append).skipped
    assert documents == []
    assert "names no patient" in skipped.reason


def test_other_trees_are_no_reports(client: DecodeClient, tmp_path: Path) -> None:
    path = write_document(
        tmp_path / "keys.dcm", own_report(), SOPClassUID=KeyObjectSelectionDocumentStorage
    )
    (skipped,) = client.scan([path]).skipped
    assert "Key Object Selection" in skipped.reason


def test_a_file_of_another_patient_in_its_place_is_not_shown(
    client: DecodeClient, tmp_path: Path
) -> None:
    path = write_document(tmp_path / "report.dcm", own_report())
    (document,) = found(client, path)
    write_document(
        path,
        own_report(),
        SOPInstanceUID=document.sop_uid,
        StudyInstanceUID=document.study_uid,
        PatientID="SOMEBODY-ELSE",
    )
    with pytest.raises(InputError, match="changed"):
        client.document(document)
    path.unlink()
    with pytest.raises(InputError, match="cannot be found"):
        client.document(document)


def test_a_senseless_tree_is_a_sentence_or_nothing(client: DecodeClient, tmp_path: Path) -> None:
    bad = Dataset()
    bad.ValueType, bad.RelationshipType = "NUM", "CONTAINS"
    bad.add_new("MeasuredValueSequence", "SQ", [Dataset()])
    deep = Dataset()
    deep.ValueType, deep.RelationshipType = "CONTAINER", "CONTAINS"
    level = deep
    for _ in range(200):
        below = Dataset()
        below.ValueType, below.RelationshipType = "CONTAINER", "CONTAINS"
        level.ContentSequence = Sequence([below])
        level = below
    path = write_document(tmp_path / "bad.dcm", own_report(), ContentSequence=Sequence([bad]))
    (document,) = found(client, path)
    assert client.document(document).lines == ()
    deep_file = write_document(
        tmp_path / "deep.dcm", own_report(), ContentSequence=Sequence([deep])
    )
    (skipped,) = client.scan([deep_file]).skipped
    assert "nested" in skipped.reason


def test_pages_are_drawn_as_wide_as_asked(client: DecodeClient, tmp_path: Path) -> None:
    content = own_pdf(printed("First", "#set page(fill: rgb(255, 0, 0))\nSecond"))
    (document,) = found(client, write_document(tmp_path / "scan.dcm", content))
    assert client.document(document).pages == 2
    first, second = (client.page(document, page, 300) for page in (0, 1))
    assert first.shape[1] == second.shape[1] == 300
    assert first.shape[0] == pytest.approx(300 * 841.9 / 595.3, abs=2)
    assert tuple(first[0, 0]) == (255, 255, 255)
    assert tuple(second[0, 0]) == (255, 0, 0), "red, green, blue in this order"
    assert np.any(first < 128), "there are letters"
    with pytest.raises(InputError, match="fewer pages"):
        client.page(document, 2, 300)


def test_a_hostile_pdf_is_a_sentence_or_a_bounded_picture(
    client: DecodeClient, tmp_path: Path
) -> None:
    told: dict[str, str] = {}
    client.start()
    process = client.pid
    for name, content in hostile_pdfs().items():
        (document,) = found(client, write_document(tmp_path / f"{name}.dcm", own_pdf(content)))
        try:
            assert client.document(document).pages == 1
            picture = client.page(document, 0, 1_000)
            assert max(picture.shape) <= MOST_SIDE
            told[name] = "drawn"
        except InputError as error:
            told[name] = error.message
    assert client.pid == process, "no document may end the worker"
    assert all(words.endswith(".") for words in told.values() if words != "drawn")
    drawn = {name for name, words in told.items() if words == "drawn"}
    assert {"runs code", "page in itself"} <= drawn
    assert not {"nothing", "web page", "head only", "locked", "no pages"} & drawn
    assert "password" in told["locked"]
