"""Encapsulated PDF and Enhanced SR: judged by dciodvfy, read by a second toolkit."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from testkit.dicom_validator import complaints_of
from testkit.report_documents import NOW, drafted_report, report_of, signed, study_of

from engine.documents.dicom.encapsulated_pdf import encapsulated_pdf
from engine.documents.dicom.reference import ReportObject, StructuredReportClass
from engine.documents.dicom.structured_report import structured_report
from engine.domain.lifecycle import addition_sha256, signed_preliminary, with_addendum, withdrawn
from engine.domain.report import Report, Section
from engine.domain.signature import Signature
from engine.errors import ReportStateError

PDF = b"%PDF-1.7 not a whole one"


def signature(report: Report, sha256: str) -> Signature:
    return Signature(
        signer="Dr Ada Byron", meaning="x", signed_at=NOW, report_sha256=sha256, role="attending"
    )


def final() -> Report:
    return signed(report_of("Clear lungs.").with_sentence(Section.IMPRESSION, "Normal.", NOW))


def preliminary() -> Report:
    report = report_of("Clear lungs.")
    return signed_preliminary(report, signature(report, report.sha256))


def addended() -> Report:
    report, words = final(), "Old films came: 以前の写真と変わりない。"
    return with_addendum(report, words, signature(report, addition_sha256(report, words)))


def source(report: Report, name: str = "Núñez-Åberg, Matías") -> ReportObject:
    return ReportObject(
        report=report, study=study_of(name), institution="St. Example", software="0.1.0"
    )


SR_CLASSES = {
    StructuredReportClass.BASIC_TEXT: "1.2.840.10008.5.1.4.1.1.88.11",
    StructuredReportClass.ENHANCED: "1.2.840.10008.5.1.4.1.1.88.22",
    StructuredReportClass.COMPREHENSIVE: "1.2.840.10008.5.1.4.1.1.88.33",
}
REPORTS = {
    "draft": (drafted_report, "PARTIAL", "UNVERIFIED", "PRELIMINARY"),
    "preliminary": (preliminary, "COMPLETE", "UNVERIFIED", "PRELIMINARY"),
    "final": (final, "COMPLETE", "VERIFIED", "FINAL"),
    "addended": (addended, "COMPLETE", "VERIFIED", "FINAL"),
}


@pytest.mark.parametrize("kind", StructuredReportClass)
@pytest.mark.parametrize("name", REPORTS)
def test_a_structured_report_says_how_far_it_is(
    name: str, kind: StructuredReportClass, tmp_path: Path
) -> None:
    make, completion, verification, preliminary_flag = REPORTS[name]
    report = make()
    path = tmp_path / "sr.dcm"
    path.write_bytes(structured_report(source(report), kind))
    found = dcmread(path)
    assert found.SOPClassUID == found.file_meta.MediaStorageSOPClassUID == SR_CLASSES[kind]
    assert found.CompletionFlag == completion
    assert found.VerificationFlag == verification
    assert found.PreliminaryFlag == preliminary_flag
    if verification == "VERIFIED":
        observer = found.VerifyingObserverSequence[0]
        assert str(observer.VerifyingObserverName) == "Dr Ada Byron^"
        assert str(observer.VerificationDateTime).startswith("20260318104405")
    texts = [
        item.TextValue
        for section in found.ContentSequence
        for item in section.get("ContentSequence", [])
    ]
    assert texts == [s.text for s in report.kept()] + [a.text for a in report.addenda]
    assert found.StudyInstanceUID == report.study_uid
    assert complaints_of(path) == []


def test_a_withdrawn_report_has_no_structured_report() -> None:
    report = final()
    gone = withdrawn(report, "Wrong.", signature(report, addition_sha256(report, "Wrong.")))
    with pytest.raises(ReportStateError):
        structured_report(source(gone))


@pytest.mark.parametrize("pdf", [PDF, PDF + b"x"])
def test_the_pdf_comes_out_of_its_object_as_it_went_in(pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pdf.dcm"
    path.write_bytes(encapsulated_pdf(source(final()), pdf))
    found = dcmread(path)
    assert found.EncapsulatedDocument[: found.EncapsulatedDocumentLength] == pdf
    assert found.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert str(found.PatientName) == "Núñez-Åberg^Matías"
    assert complaints_of(path) == []


def test_the_same_revision_is_the_same_object_and_another_is_not() -> None:
    report = final()
    assert structured_report(source(report)) == structured_report(source(report))
    one = encapsulated_pdf(source(report), PDF)
    assert one == encapsulated_pdf(source(report), PDF)
    kinds = {dcm_uid(structured_report(source(report), kind)) for kind in StructuredReportClass}
    assert len(kinds) == len(StructuredReportClass)
    other = replace(report, revision=report.revision + 1)
    assert one != encapsulated_pdf(source(other), PDF)


@pytest.mark.parametrize("name", ["", "Only", "A, B = Ａ, Ｂ = C, D", "x" * 300, "a\\b^c=d"])
def test_any_name_gives_a_valid_object(name: str, tmp_path: Path) -> None:
    for number, content in enumerate(
        (structured_report(source(final(), name)), encapsulated_pdf(source(final(), name), PDF))
    ):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(content)
        assert complaints_of(path) == []


def dcm_uid(content: bytes) -> str:
    return str(dcmread(BytesIO(content)).SOPInstanceUID)


GDCM = """
import sys, gdcm
reader = gdcm.Reader()
reader.SetFileName(sys.argv[1])
assert reader.Read()
strings = gdcm.StringFilter()
strings.SetFile(reader.GetFile())
print(strings.ToString(gdcm.Tag(0x0008, 0x0016)).strip("\\0 "))
print(strings.ToString(gdcm.Tag(0x0010, 0x0020)).strip("\\0 "))
"""


def test_a_second_toolkit_opens_both(tmp_path: Path) -> None:
    pytest.importorskip("gdcm")
    contents = {
        **{SR_CLASSES[kind]: structured_report(source(final()), kind) for kind in SR_CLASSES},
        "1.2.840.10008.5.1.4.1.1.104.1": encapsulated_pdf(source(final()), PDF),
    }
    for sop_class, content in contents.items():
        path = tmp_path / "object.dcm"
        path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", GDCM, str(path)], capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [sop_class, "DEMO-0001"]


@pytest.mark.parametrize("kind", StructuredReportClass)
def test_dcmtk_reads_the_tree_of_a_structured_report(
    kind: StructuredReportClass, tmp_path: Path
) -> None:
    program = shutil.which("dsrdump")
    if program is None:
        pytest.skip("dsrdump is not installed (Debian: dcmtk)")
    path = tmp_path / "sr.dcm"
    path.write_bytes(structured_report(source(addended()), kind))
    command = [program, "+Pl", str(path)]  # whole texts
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in ("Verification Flag   : VERIFIED", '"Impression")="Normal."', "Addendum Document"):
        assert line in done.stdout
    assert not re.findall(r"^[WEF]: (?!The VR checker)", done.stderr, re.MULTILINE)
