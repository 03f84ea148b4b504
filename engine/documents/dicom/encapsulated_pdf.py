"""A report's PDF inside a DICOM object (PS3.3 A.45.1, Encapsulated PDF)."""

from __future__ import annotations

from pydicom import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from engine.documents.dicom.reference import (
    MANUFACTURER,
    MODEL_NAME,
    ReportObject,
    as_file,
    day,
    described,
    time_of_day,
)

TITLE = "Chest radiograph report"


def encapsulated_pdf(source: ReportObject, pdf: bytes) -> bytes:
    """The PDF as a DICOM file of the report's study."""
    report, study = source.report, source.study
    made = pdf_identity(source)
    made.Modality = "DOC"
    made.SeriesNumber = 9000
    made.InstanceNumber = max(1, report.revision)
    made.Manufacturer = MANUFACTURER
    made.ManufacturerModelName = MODEL_NAME
    made.SoftwareVersions = source.software
    made.ConversionType = "WSD"
    made.ContentDate, made.ContentTime = day(report.updated), time_of_day(report.updated)
    made.AcquisitionDateTime = ""
    made.BurnedInAnnotation = "YES"
    made.DocumentTitle = TITLE
    made.ConceptNameCodeSequence = [_report_code()]
    sources = {image.uid_in_file: image.sop_class for image in study.images}
    made.SourceInstanceSequence = [_reference(kind, uid) for uid, kind in sources.items()]
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocument = pdf if len(pdf) % 2 == 0 else pdf + b"\0"
    made.EncapsulatedDocumentLength = len(pdf)
    return as_file(made)


def pdf_identity(source: ReportObject) -> Dataset:
    """Patient, study and identifiers of the object."""
    return described(
        source.study, EncapsulatedPDFStorage, source.uid("pdf"), source.uid("pdf series")
    )


def _report_code() -> Dataset:
    code = Dataset()
    code.CodeValue = "18748-4"
    code.CodingSchemeDesignator = "LN"
    code.CodeMeaning = "Diagnostic imaging report"
    return code


def _reference(sop_class: str, sop_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = sop_uid
    return item
