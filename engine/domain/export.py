"""The forms in which a report can be exported; window and command line read this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExportForm(StrEnum):
    """A form of the whole report; the value is written to the audit trail."""

    PDF = "pdf"
    DICOM_PDF = "dicom pdf"
    STRUCTURED_REPORT = "dicom sr"
    BASIC_TEXT_SR = "dicom basic text sr"
    COMPREHENSIVE_SR = "dicom comprehensive sr"
    KEY_OBJECTS = "dicom key objects"
    MEASUREMENTS = "dicom measurements"
    AI_RESULT = "dicom ai result"
    REJECTION = "dicom rejection note"
    FHIR = "fhir"
    HL7 = "hl7 result"
    TEXT = "text"
    JSON = "json"

    @property
    def facts(self) -> ExportFacts:
        """This form's row of the table."""
        return _FACTS[self]


class Hl7CharacterSet(StrEnum):
    """Character sets of HL7 v2 messages, named as in MSH-18 (table 0211)."""

    UTF_8 = "UNICODE UTF-8"
    LATIN_1 = "8859/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """How a form is offered.

    Attributes:
        label: Name in the window.
        suffix: File suffix with the dot.
        option: Name on the command line.
        many: What several of its files are called; empty if a selection of reports cannot be
            exported in this form.
    """

    label: str
    suffix: str
    option: str
    many: str = ""


_FACTS = {
    ExportForm.PDF: ExportFacts(label="PDF", suffix=".pdf", option="pdf", many="PDF files"),
    ExportForm.DICOM_PDF: ExportFacts(
        label="DICOM with the PDF inside", suffix=".dcm", option="dicom-pdf"
    ),
    ExportForm.STRUCTURED_REPORT: ExportFacts(
        label="DICOM Enhanced SR", suffix=".dcm", option="sr"
    ),
    ExportForm.BASIC_TEXT_SR: ExportFacts(
        label="DICOM Basic Text SR", suffix=".dcm", option="sr-basic"
    ),
    ExportForm.COMPREHENSIVE_SR: ExportFacts(
        label="DICOM Comprehensive SR", suffix=".dcm", option="sr-comprehensive"
    ),
    ExportForm.KEY_OBJECTS: ExportFacts(
        label="DICOM key images (KO)", suffix=".dcm", option="key-objects"
    ),
    ExportForm.MEASUREMENTS: ExportFacts(
        label="DICOM measurements (TID 1500)", suffix=".dcm", option="measurements"
    ),
    ExportForm.AI_RESULT: ExportFacts(
        label="DICOM result of the model (TID 1500)", suffix=".dcm", option="ai-result"
    ),
    ExportForm.REJECTION: ExportFacts(
        label="DICOM Rejection Note of a withdrawn report", suffix=".dcm", option="rejection"
    ),
    ExportForm.FHIR: ExportFacts(label="FHIR bundle", suffix=".json", option="fhir"),
    ExportForm.HL7: ExportFacts(label="HL7 v2 result (ORU)", suffix=".hl7", option="hl7"),
    ExportForm.TEXT: ExportFacts(
        label="Plain text", suffix=".txt", option="text", many="text files"
    ),
    ExportForm.JSON: ExportFacts(label="JSON", suffix=".json", option="json", many="JSON files"),
}

SELECTION_FORMS = tuple(form for form in ExportForm if form.facts.many)
"""Forms in which several reports at once can be exported into a folder."""


def forms_by_option(forms: tuple[ExportForm, ...] = tuple(ExportForm)) -> dict[str, ExportForm]:
    """Forms by their command-line name, in order; the first is the default."""
    return {form.facts.option: form for form in forms}
