"""How patients, dates and states are written in the window: one place, plain text only.

Dates are ISO 8601: the same order for every reader, and they sort.
"""

from __future__ import annotations

from datetime import date, datetime

from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.domain.report import Report, ReportStatus
from engine.domain.study import ImageRef, Patient, Study, StudyStatus, StudySummary, View

STATUS_WORDS = {
    StudyStatus.NEW: "New",
    StudyStatus.DRAFTED: "Drafted",
    StudyStatus.IN_REVIEW: "In review",
    StudyStatus.SIGNED: "Signed",
}
REPORT_STATUS_WORDS = {
    ReportStatus.DRAFT: "Draft",
    ReportStatus.PRELIMINARY: "Preliminary",
    ReportStatus.FINAL: "Signed",
    ReportStatus.ADDENDED: "Addended",
    ReportStatus.WITHDRAWN: "Withdrawn",
}
_VIEW_WORDS = {
    View.FRONTAL: "Frontal",
    View.LATERAL: "Lateral",
    View.OTHER: "Other view",
    View.UNKNOWN: "View unknown",
}
_SEX_WORDS = {"M": "M", "F": "F", "O": "O"}


_DOCUMENT_WORDS = {DocumentKind.STRUCTURED_REPORT: "Report", DocumentKind.PDF: "PDF"}
_FLAG_WORDS = {
    "COMPLETE": "complete",
    "PARTIAL": "partial",
    "VERIFIED": "verified",
    "UNVERIFIED": "not verified",
}


def document_kind_text(document: PriorDocument) -> str:
    """What a report of another system is made of."""
    return _DOCUMENT_WORDS[document.kind]


def document_state_text(document: PriorDocument) -> str:
    """Its completion and verification, e.g. "complete, verified"; empty if it does not say."""
    flags = (document.completion, document.verification)
    return ", ".join(_FLAG_WORDS[flag] for flag in flags if flag in _FLAG_WORDS)


def name_of(patient: Patient) -> str:
    """The patient's name, or words that say there is none."""
    return patient.name or "Name not given"


def first_writing(patient: Patient) -> str:
    """The name's first writing, where there is room for one line only."""
    return name_of(patient).split(" = ")[0]


def sex_and_age(patient: Patient, study_date: date | None, stated_age: str = "") -> str:
    """Sex and age on the day of the study, e.g. "F 63 y"; the age is computed if possible."""
    parts = [_SEX_WORDS.get(patient.sex, ""), _age(patient.birth_date, study_date, stated_age)]
    return " ".join(part for part in parts if part)


def date_text(value: date | None) -> str:
    """ISO date, or words that say there is none."""
    return value.isoformat() if value is not None else "No date"


def clock_text(value: datetime) -> str:
    """Local time of day with seconds."""
    return value.astimezone().strftime("%H:%M:%S")


def moment_text(value: datetime) -> str:
    """Local date and time to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def person_line(patient: Patient, study_date: date | None, stated_age: str = "") -> str:
    """Sex, age, birth date and id in one line."""
    born = f"born {patient.birth_date.isoformat()}" if patient.birth_date is not None else ""
    parts = [
        sex_and_age(patient, study_date, stated_age),
        born,
        f"ID {patient.patient_id}" if patient.patient_id else "No ID",
    ]
    return "  ·  ".join(part for part in parts if part)


def study_line(study: Study) -> str:
    """Description, date and accession in one line."""
    parts = [
        study.description or "Study",
        date_text(study.study_date),
        f"Acc {study.accession}" if study.accession else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def row_line(row: StudySummary) -> str:
    """Date, time and description of a row of the study list."""
    time_of_day = row.study_time.strftime("%H:%M") if row.study_time is not None else ""
    when = " ".join(part for part in (date_text(row.study_date), time_of_day) if part)
    return "  ·  ".join(part for part in (when, row.description) if part)


def views_words(row: StudySummary) -> str:
    """The kinds of view of a row of the study list, e.g. "Frontal, lateral"."""
    words = [_VIEW_WORDS[view] for view in row.views]
    return ", ".join(words[:1] + [word.lower() for word in words[1:]])


def view_word(image: ImageRef) -> str:
    """The film's view, e.g. "Frontal PA"."""
    word = _VIEW_WORDS[image.view]
    return f"{word} {image.view_position}".strip() if image.view is View.FRONTAL else word


def device_word(provider: str) -> str:
    """An ONNX Runtime execution provider as the reader knows it, e.g. "CPU"."""
    return provider.removesuffix("ExecutionProvider")


def signed_line(report: Report) -> str:
    """Who signed last and what; empty for a report that nobody has signed."""
    if report.withdrawal is not None:
        gone = report.withdrawal.signature
        return f"Withdrawn by {gone.signer}, {moment_text(gone.signed_at)}"
    if report.addenda:
        last = report.addenda[-1].signature
        return f"Addendum by {last.signer}, {moment_text(last.signed_at)}"
    if report.signature is not None:
        return f"Signed by {report.signature.signer}, {moment_text(report.signature.signed_at)}"
    return ""


def count_text(number: int, one: str, many: str) -> str:
    """A number with its noun, e.g. "1 file", "2 files"."""
    return f"{number} {one if number == 1 else many}"


def percent_text(share: float) -> str:
    """A factor or a share in whole percent, e.g. "150 %"."""
    return f"{100 * share:.0f} %"


def _age(birth_date: date | None, study_date: date | None, stated_age: str) -> str:
    if birth_date is None or study_date is None or study_date < birth_date:
        return stated_age
    had_birthday = (study_date.month, study_date.day) >= (birth_date.month, birth_date.day)
    years = study_date.year - birth_date.year - (0 if had_birthday else 1)
    if years >= 2:
        return f"{years} y"
    months = (study_date.year - birth_date.year) * 12 + study_date.month - birth_date.month
    months -= 0 if study_date.day >= birth_date.day else 1
    return f"{months} mo"


def short_name(patient: Patient) -> str:
    """Family name and initial for the corner of a film, e.g. "Okafor, A."."""
    family, _, given = first_writing(patient).partition(",")
    initial = given.strip()[:1]
    return f"{family.strip()}, {initial}." if initial else family.strip()
