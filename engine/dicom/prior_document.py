"""Structured reports and encapsulated PDFs as priors: what they are, and their text.

The content tree (PS3.3 C.17.3) is flattened to headings and sentences in the order of the tree.
Loaded in the decode worker only; `document_pages` draws the pages of a PDF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    BasicTextSRStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    EnhancedSRStorage,
    ExtensibleSRStorage,
)

from engine.dicom.header import clean_text, date_of, name_of, patient_of, text_of, uid_of
from engine.dicom.stored import kind_of
from engine.domain.prior_document import (
    DocumentContent,
    DocumentKind,
    DocumentLine,
    PriorDocument,
)
from engine.domain.study import SopUid, StudyUid
from engine.errors import DamagedFileError, UnsupportedImageError

# Those that people write reports in; dose reports, CAD marks and logs are none.
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
MOST_CHARACTERS: Final = 500_000
_CUT: Final = "The report is longer than is shown here."
_DEEPEST_HEADING: Final = 6
# Who said it, in which language: context of the tree, not what the report says.
_CONTEXT: Final = frozenset({"HAS OBS CONTEXT", "HAS CONCEPT MOD", "HAS ACQ CONTEXT"})


def is_prior_document(dataset: Dataset) -> bool:
    """Whether a header is that of a report or of a PDF inside a DICOM object."""
    return text_of(dataset, "SOPClassUID") in {*_REPORTS, EncapsulatedPDFStorage}


def found_document(dataset: FileDataset, path: Path, member: str = "") -> PriorDocument:
    """Describe a document.

    Raises:
        UnsupportedImageError: It does not say whose it is, so no film can be its patient's.
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
        title=text_of(dataset, "DocumentTitle") or _concept(dataset),
        study_date=date_of(dataset, "StudyDate") or date_of(dataset, "ContentDate"),
        completion=text_of(dataset, "CompletionFlag").upper(),
        verification=text_of(dataset, "VerificationFlag").upper(),
    )


def document_text(dataset: FileDataset) -> DocumentContent:
    """A structured report as headings and sentences, its end cut off where it is without end."""
    lines: list[DocumentLine] = []
    room = MOST_CHARACTERS
    for line in _lines(dataset, 1):
        room -= len(line.text)
        if len(lines) == MOST_LINES or room < 0:
            return DocumentContent(lines=tuple(lines), notes=(_CUT,))
        lines.append(line)
    return DocumentContent(lines=tuple(lines))


def encapsulated_pdf(dataset: FileDataset) -> bytes:
    """The PDF inside the object; raises `DamagedFileError` if there is none."""
    content = dataset.get("EncapsulatedDocument")
    if not isinstance(content, bytes) or b"%PDF-" not in content[:1024]:
        raise DamagedFileError("There is no PDF inside the file.")
    return content


def _lines(container: Dataset, depth: int) -> Iterator[DocumentLine]:
    """Headings and sentences below a container, in order; the reader bounds the depth."""
    for item in _items(container):
        if text_of(item, "RelationshipType") in _CONTEXT:
            continue
        name = _concept(item)
        if text_of(item, "ValueType") == "CONTAINER":
            below = list(_lines(item, depth + 1))
            if name and below:
                yield DocumentLine(text=name, level=min(depth, _DEEPEST_HEADING))
            yield from below
            continue
        value = _value(item)
        if value:
            is_prose = text_of(item, "ValueType") == "TEXT"
            yield DocumentLine(text=value if is_prose or not name else f"{name}: {value}")
        yield from _lines(item, depth + 1)


def _items(container: Dataset) -> list[Dataset]:
    found = container.get("ContentSequence")
    return [item for item in found or () if isinstance(item, Dataset)]


def _value(item: Dataset) -> str:
    """A content item's value in words; empty where it refers to what is not text."""
    read = _READERS.get(text_of(item, "ValueType"))
    return "" if read is None else read(item)


def _prose(item: Dataset) -> str:
    """A text of any length with its line breaks; each line is cleaned like any other value."""
    raw = item.get("TextValue")
    lines = str(raw).splitlines() if isinstance(raw, str) else []
    return "\n".join(clean_text(line, MOST_CHARACTERS + 1) for line in lines).strip()


def _number(item: Dataset) -> str:
    measured: Any = next(iter(item.get("MeasuredValueSequence") or ()), None)
    if not isinstance(measured, Dataset):
        return ""
    unit = next(iter(measured.get("MeasurementUnitsCodeSequence") or ()), None)
    word = text_of(unit, "CodeValue") if isinstance(unit, Dataset) else ""
    return f"{text_of(measured, 'NumericValue')} {'' if word == '1' else word}".strip()


def _concept(item: Dataset) -> str:
    return _meaning(item.get("ConceptNameCodeSequence"))


def _meaning(codes: Any) -> str:
    code = next(iter(codes or ()), None)
    return text_of(code, "CodeMeaning") if isinstance(code, Dataset) else ""


def _day(item: Dataset) -> str:
    day = date_of(item, "Date")
    return "" if day is None else f"{day:%Y-%m-%d}"


# Images, waveforms and coordinates are no text, and what refers to them is left out.
_READERS: Final[dict[str, Callable[[Dataset], str]]] = {
    "TEXT": _prose,
    "CODE": lambda item: _meaning(item.get("ConceptCodeSequence")),
    "NUM": _number,
    "PNAME": lambda item: name_of(item, "PersonName"),
    "DATE": _day,
    "TIME": lambda item: text_of(item, "Time"),
    "DATETIME": lambda item: text_of(item, "DateTime"),
    "UIDREF": lambda item: text_of(item, "UID"),
}
