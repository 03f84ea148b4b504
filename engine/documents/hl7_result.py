"""A report as an HL7 v2.5.1 result message: ORU^R01, chapter 7 of the standard.

One observation (OBX) for each section, then one with the letter as PDF. MSH-18 declares the
characters.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from engine.documents.characters import visible
from engine.domain.delivery import result_id
from engine.domain.export import Hl7CharacterSet
from engine.domain.report import Draft, Report, ReportStatus, Section
from engine.domain.rows import finished
from engine.domain.study import Patient, Study
from engine.errors import ExportError

NOTICE = "Drafted with a model: research use only, not a medical device."
_WHOLE = "18748-4^Diagnostic imaging study^LN"
_WITHDRAWAL = "8251-1^Service comment^LN"
_ADDENDUM = "55107-7^Addendum Document^LN"
_SECTIONS = {
    Section.INDICATION: "18785-6^Radiology Reason for study^LN",
    Section.TECHNIQUE: "55111-9^Current imaging procedure descriptions^LN",
    Section.COMPARISON: "18834-2^Radiology Comparison study^LN",
    Section.FINDINGS: "59776-5^Procedure findings^LN",
    Section.IMPRESSION: "19005-8^Radiology Imaging study [Impression]^LN",
}
# Table 0123, status of the order's results (OBR-25), and table 0085, status of each observation
# (OBX-11). C replaces a final result. W is "Post original as wrong, e.g., transmitted for wrong
# patient"; D would only delete the OBX, and table 0123 has no code for a result taken back.
_STATUS = {
    ReportStatus.DRAFT: ("R", "R"),
    ReportStatus.PRELIMINARY: ("P", "P"),
    ReportStatus.FINAL: ("F", "F"),
    ReportStatus.ADDENDED: ("C", "C"),
    ReportStatus.WITHDRAWN: ("C", "W"),
}
_ESCAPES = str.maketrans(
    {
        "\\": "\\E\\",
        "|": "\\F\\",
        "^": "\\S\\",
        "&": "\\T\\",
        "~": "\\R\\",
        "\n": "\\.br\\",
    }
)
"""Section 2.7: escapes for delimiters and for line breaks of formatted text."""
_PLAIN_SIGNS = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
)
"""Typographic signs that mean the same without their form."""
_GROUPS = "AIP"
"""Name representation codes (table 0465) in the order of a DICOM name's groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a message, and how.

    Attributes:
        institution: MSH-4.
        is_demo: Whether MSH-11 says "training".
        characters: Of the message.
    """

    institution: str = ""
    is_demo: bool = False
    characters: Hl7CharacterSet = Hl7CharacterSet.UTF_8


def result_message(
    report: Report,
    study: Study,
    draft: Draft | None,
    *,
    pdf: bytes,
    sender: Sender,
) -> bytes:
    """The message with segments separated by CR; equal reports give equal messages.

    Args:
        report: In any state; OBR-25 and OBX-11 give it.
        study: The report's study.
        draft: The model's draft, if there is one.
        pdf: The letter.
        sender: Of the message.

    Raises:
        ExportError: The character set lacks a letter of the message.
    """
    of_results, of_each = _STATUS[report.status]
    observations = [
        *((kind, "FT", _text(text)) for kind, text in _texts(report)),
        (_WHOLE, "ED", f"^application^pdf^Base64^{b64encode(pdf).decode('ascii')}"),
    ]
    segments = [
        _header(report, sender),
        _patient(study.patient),
        _segment("ORC", {1: "RE", 3: _text(study.accession)}),
        _request(report, study, of_results),
        *([_segment("NTE", {1: "1", 3: _text(NOTICE)})] if draft is not None else []),
        *(
            _segment("OBX", {1: str(number), 2: form, 3: kind, 5: value, 11: of_each})
            for number, (kind, form, value) in enumerate(observations, start=1)
        ),
    ]
    return _encoded("".join(f"{segment}\r" for segment in segments), sender.characters)


def _encoded(message: str, characters: Hl7CharacterSet) -> bytes:
    if characters is Hl7CharacterSet.UTF_8:
        return message.encode(errors="replace")
    try:
        return message.translate(_PLAIN_SIGNS).encode("latin-1")
    except UnicodeEncodeError as error:
        # A question mark in its place could change what the report says.
        raise ExportError(
            "The result has letters that ISO 8859-1 lacks.",
            what_to_do="Set hl7_character_set to UNICODE UTF-8.",
        ) from error


def _header(report: Report, sender: Sender) -> str:
    fields = {
        # MSH-1 is the field separator itself, so MSH-2 is the first of the fields.
        1: "^~\\&",
        2: "NEGATOSCOPE",
        3: _text(sender.institution),
        6: _moment(report.updated),
        8: "ORU^R01^ORU_R01",
        9: result_id(report),
        10: "T" if sender.is_demo else "P",
        11: "2.5.1",
        17: sender.characters.value,
    }
    return _segment("MSH", fields)


def _patient(patient: Patient) -> str:
    born = patient.birth_date
    fields = {
        1: "1",
        3: _text(patient.patient_id),
        5: _name(patient),
        7: "" if born is None else f"{born:%Y%m%d}",
        8: patient.sex,
    }
    return _segment("PID", fields)


def _request(report: Report, study: Study, status: str) -> str:
    fields = {
        1: "1",
        3: _text(study.accession),
        4: _WHOLE,
        7: _taken(study),
        22: _moment(report.updated),
        24: "RAD",
        25: status,
        32: "" if report.signature is None else f"&{_text(report.signature.signer)}",
    }
    return _segment("OBR", fields)


def _texts(report: Report) -> Iterator[tuple[str, str]]:
    if report.withdrawal is not None:
        yield _WITHDRAWAL, f"WITHDRAWN, not valid: {report.withdrawal.reason}"
    for section, kind in _SECTIONS.items():
        if report.kept(section):
            yield kind, report.text(section)
    for addendum in report.addenda:
        yield _ADDENDUM, finished(addendum.text)


def _name(patient: Patient) -> str:
    """XPN: family, given, further, suffix, prefix; DICOM has prefix before suffix (PS3.5 6.2.1)."""
    whole = patient.header_name or patient.name
    found = []
    for group, code in zip(whole.split("="), _GROUPS, strict=False):
        given = group.split("^") if patient.header_name else [group]
        family, first, more, prefix, suffix = (
            _text(part or "") for part, _ in zip_longest(given[:5], range(5))
        )
        if group:
            found.append("^".join((family, first, more, suffix, prefix, "", "", code)))
    return "~".join(found)


def _taken(study: Study) -> str:
    if study.study_date is None:
        return ""
    clock = "" if study.study_time is None else f"{study.study_time:%H%M%S}"
    return f"{study.study_date:%Y%m%d}{clock}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}+0000"


def _text(text: str) -> str:
    return visible(text).translate(_ESCAPES)


def _segment(name: str, fields: dict[int, str]) -> str:
    """A segment from its fields by number; trailing empty fields are left out."""
    row = [fields.get(number, "") for number in range(1, max(fields) + 1)]
    return "|".join([name, *row]).rstrip("|")
