"""Structured reports and encapsulated PDFs as priors: their description and text.

Loaded in the decode worker only; `content_tree` flattens the tree of a report, `document_pages`
draws the pages of a PDF.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    BasicTextSRStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    EnhancedSRStorage,
    ExtensibleSRStorage,
)

from engine.dicom.content_tree import MOST_CHARACTERS, concept_name, content_lines, content_notes
from engine.dicom.document_outlines import document_outlines
from engine.dicom.header import date_of, patient_of, text_of, uid_of
from engine.dicom.stored import kind_of
from engine.domain.prior_document import (
    DocumentContent,
    DocumentKind,
    DocumentLine,
    PriorDocument,
)
from engine.domain.study import SopUid, StudyUid
from engine.errors import DamagedFileError, UnsupportedImageError

# Reports written by people; dose reports, CAD marks and logs are not among them.
_REPORTS: Final = frozenset(
    {
        BasicTextSRStorage,
        EnhancedSRStorage,
        ComprehensiveSRStorage,
        Comprehensive3DSRStorage,
        ExtensibleSRStorage,
    }
)
MOST_LINES: Final = 5_000
_DRAWN: Final = "While this report is open, its outlines are drawn on their films, dashed."
_CUT: Final = "The report is longer than is shown here."


def is_prior_document(dataset: Dataset) -> bool:
    """Whether a header is that of a report or of a PDF inside a DICOM object."""
    return text_of(dataset, "SOPClassUID") in {*_REPORTS, EncapsulatedPDFStorage}


def found_document(dataset: FileDataset, path: Path, member: str = "") -> PriorDocument:
    """Describe a document.

    Raises:
        UnsupportedImageError: It lacks patient ID or birth date, so it cannot be matched to films.
        DamagedFileError: An identifier is missing.
    """
    patient = patient_of(dataset)
    if not patient.patient_id or patient.birth_date is None:
        raise UnsupportedImageError(
            f"It is a report ({kind_of(dataset)}) that names no patient by ID and birth date."
        )
    is_pdf = text_of(dataset, "SOPClassUID") == EncapsulatedPDFStorage
    return PriorDocument(
        path=path,
        member=member,
        sop_uid=SopUid(uid_of(dataset, "SOPInstanceUID")),
        study_uid=StudyUid(uid_of(dataset, "StudyInstanceUID")),
        kind=DocumentKind.PDF if is_pdf else DocumentKind.STRUCTURED_REPORT,
        patient=patient,
        title=text_of(dataset, "DocumentTitle") or concept_name(dataset),
        study_date=date_of(dataset, "StudyDate") or date_of(dataset, "ContentDate"),
        completion=text_of(dataset, "CompletionFlag").upper(),
        verification=text_of(dataset, "VerificationFlag").upper(),
    )


def document_text(dataset: FileDataset) -> DocumentContent:
    """A structured report as headings and sentences, cut off if it is too long."""
    lines: list[DocumentLine] = []
    room, found = MOST_CHARACTERS, document_outlines(dataset)
    drawn = (_DRAWN,) if found.outlines else ()
    for line in content_lines(dataset):
        room -= len(line.text)
        if len(lines) == MOST_LINES or room < 0:
            notes = (_CUT, *drawn, *content_notes(dataset, found.drawn))
            return DocumentContent(lines=tuple(lines), notes=notes, outlines=found.outlines)
        lines.append(line)
    notes = (*drawn, *content_notes(dataset, found.drawn))
    return DocumentContent(lines=tuple(lines), notes=notes, outlines=found.outlines)


def encapsulated_pdf(dataset: FileDataset) -> bytes:
    """The PDF inside the object; raises `DamagedFileError` if there is none."""
    content = dataset.get("EncapsulatedDocument")
    if not isinstance(content, bytes) or b"%PDF-" not in content[:1024]:
        raise DamagedFileError("There is no PDF inside the file.")
    return content
