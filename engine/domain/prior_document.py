"""Reports that other systems made of a patient's studies, found beside the films.

Structured reports (PS3.3 A.35) and PDF documents inside DICOM objects (PS3.3 A.45.1) are treated as
priors: shown, never changed, and only beside films of the same patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from engine.domain.presentation_state import Graphic
from engine.domain.study import Patient, SopUid, StudyUid


class DocumentKind(StrEnum):
    """What kind of object a document is."""

    STRUCTURED_REPORT = "structured report"
    PDF = "PDF"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorDocument:
    """A document: where its file is and which study it is about.

    Attributes:
        path: The file, or the ZIP archive that holds it.
        member: Name inside the ZIP archive; empty for a plain file.
        title: Its own title, e.g. "Diagnostic imaging report".
        study_date: Of the study that it is about, else the day it was written; None if neither is
            readable.
        completion: Completion Flag (0040,A491), "COMPLETE" or "PARTIAL"; empty if absent.
        verification: Verification Flag (0040,A493), "VERIFIED" or "UNVERIFIED"; empty if absent.
    """

    path: Path
    member: str = ""
    sop_uid: SopUid
    study_uid: StudyUid
    kind: DocumentKind
    patient: Patient
    title: str = ""
    study_date: date | None = None
    completion: str = ""
    verification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A heading or a sentence of a structured report.

    Attributes:
        level: Depth of a heading, from 1; 0 for a sentence.
    """

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirOutline:
    """What a report of others measured or marked on a film; never an annotation of a reader here.

    Attributes:
        words: What it says of the shape, e.g. "Length: 14.5 mm"; empty if nothing.
    """

    film: SopUid
    graphic: Graphic
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentContent:
    """What a document says.

    Attributes:
        lines: Of a structured report; empty for a PDF.
        pages: Number of pages of a PDF; 0 for a structured report.
        notes: Plain sentences about what was left out or should be known.
        outlines: On films, of a structured report.
    """

    lines: tuple[DocumentLine, ...] = ()
    pages: int = 0
    notes: tuple[str, ...] = ()
    outlines: tuple[TheirOutline, ...] = ()
