"""Rejection Notes of withdrawn reports: judged by dciodvfy, read by DCMTK."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from testkit.dicom_validator import complaints_of
from testkit.report_documents import report_of, signed, study_of
from testkit.sr_readers import dumped, items

from engine.documents.dicom.encapsulated_pdf import encapsulated_pdf, pdf_identity
from engine.documents.dicom.reference import ReportObject, StructuredReportClass
from engine.documents.dicom.rejection_note import rejection_note
from engine.documents.dicom.structured_report import sr_identity, structured_report
from engine.domain.lifecycle import addition_sha256, withdrawn
from engine.domain.report import Report
from engine.errors import ReportStateError


def source(report: Report) -> ReportObject:
    return ReportObject(report=report, study=study_of(), software="0.1.0")


def taken_back(report: Report) -> Report:
    assert report.signature is not None
    hashed = addition_sha256(report, "Wrong patient")
    gone = withdrawn(report, "Wrong patient", replace(report.signature, report_sha256=hashed))
    return replace(gone, revision=report.revision + 1)


def test_it_names_the_very_objects_that_were_handed_out(tmp_path: Path) -> None:
    report = signed(report_of("Clear lungs."))
    earlier, kind = source(report), StructuredReportClass.BASIC_TEXT
    path = tmp_path / "rejected.dcm"
    gone = [sr_identity(earlier, kind), pdf_identity(earlier)]
    path.write_bytes(rejection_note(source(taken_back(report)), gone))
    assert complaints_of(path) == []
    found = dcmread(path)
    assert found.ConceptNameCodeSequence[0].CodeValue == "113037"
    named = {
        (str(ref.ReferencedSOPClassUID), str(ref.ReferencedSOPInstanceUID))
        for item in items(found, "COMPOSITE")
        for ref in item.ReferencedSOPSequence
    }
    made = (structured_report(earlier, kind), encapsulated_pdf(earlier, b"%PDF-1.7"))
    objects = [dcmread(BytesIO(content)) for content in made]
    assert named == {(each.SOPClassUID, each.SOPInstanceUID) for each in objects}
    series = {
        one.SeriesInstanceUID
        for study in found.CurrentRequestedProcedureEvidenceSequence
        for one in study.ReferencedSeriesSequence
    }
    assert series == {each.SeriesInstanceUID for each in objects}
    dump = dumped(path)
    assert "The report was withdrawn: Wrong patient" in dump
    assert "Dr Ada Byron" in dump


def test_a_report_that_stands_is_not_rejected() -> None:
    report = signed(report_of("Clear lungs."))
    with pytest.raises(ReportStateError, match="not withdrawn"):
        rejection_note(source(report), [pdf_identity(source(report))])
    with pytest.raises(ReportStateError, match="was handed out"):
        rejection_note(source(taken_back(report)), [])
