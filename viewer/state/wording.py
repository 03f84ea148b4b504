"""How the window writes patients, dates and states, as plain text.

Dates are ISO 8601: the same order for every reader, and sortable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from engine.domain.evidence import NO_AREAS_DRAWN
from engine.domain.order import Order, OrderState
from engine.domain.person_name import as_read
from engine.domain.prior_document import DocumentKind, PriorDocument
from engine.domain.report import Draft, Report, ReportStatus
from engine.domain.study import ImageRef, Patient, Study, StudyStatus, StudySummary, View
from engine.domain.urgency import ROUTINE_RANK, Moment, OrderPriority
from engine.services.checking import OpenKind, OpenPoint

RESEARCH_USE = "Research use only. Not a medical device."
STATUS_WORDS = {
    StudyStatus.NEW: "New",
    StudyStatus.DRAFTED: "Drafted",
    StudyStatus.IN_REVIEW: "In review",
    StudyStatus.SIGNED: "Signed",
    StudyStatus.ADDENDED: "Addended",
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
URGENCY_WORDS = {
    OrderPriority.STAT: "Stat",
    OrderPriority.URGENT: "Urgent",
    OrderPriority.ROUTINE: "Routine",
    OrderPriority.UNSAID: "",
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
    """The kind of another system's report."""
    return _DOCUMENT_WORDS[document.kind]


def document_state_text(document: PriorDocument) -> str:
    """A document's completion and verification, e.g. "complete, verified"; empty if not stated."""
    flags = (document.completion, document.verification)
    return ", ".join(_FLAG_WORDS[flag] for flag in flags if flag in _FLAG_WORDS)


def name_of(patient: Patient) -> str:
    """The patient's name, or words for a missing one."""
    return as_read(patient.name) or "Name not given"


def first_writing(patient: Patient) -> str:
    """The first writing of a name that has several, for one-line uses."""
    return patient.name.split(" = ")[0] or name_of(patient)


def sex_and_age(patient: Patient, study_date: date | None, stated_age: str = "") -> str:
    """Sex and age on the study date, e.g. "F 63 y"; the age is computed if possible."""
    parts = [_SEX_WORDS.get(patient.sex, ""), _age(patient.birth_date, study_date, stated_age)]
    return " ".join(part for part in parts if part)


def date_text(value: date | None) -> str:
    """ISO date, or words for a missing one."""
    return value.isoformat() if value is not None else "No date"


def clock_text(value: datetime) -> str:
    """Local time of day with seconds."""
    return value.astimezone().strftime("%H:%M:%S")


def moment_text(value: datetime) -> str:
    """Local date and time to the minute."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def person_line(patient: Patient, study_date: date | None, stated_age: str = "") -> str:
    """Sex, age, birth date and ID in one line."""
    born = f"born {patient.birth_date.isoformat()}" if patient.birth_date is not None else ""
    parts = [
        sex_and_age(patient, study_date, stated_age),
        born,
        f"ID {patient.patient_id}" if patient.patient_id else "No ID",
    ]
    return "  ·  ".join(part for part in parts if part)


def patient_line(study: Study, *, hides_names: bool) -> str:
    """Whose study it is: name, or the file of a picture, with ID and date."""
    name = "" if hides_names else study.file_name
    parts = (
        name or name_of(study.patient),
        study.patient.patient_id,
        date_text(study.study_date),
    )
    return "  ·  ".join(part for part in parts if part)


def study_line(study: Study) -> str:
    """Description, date and accession number in one line."""
    parts = [
        study.description or "Study",
        date_text(study.study_date),
        f"Acc {study.accession}" if study.accession else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def row_line(row: StudySummary) -> str:
    """Date, time and description of a row of the study list."""
    has_time = row.study_date is not None and row.study_time is not None
    time_of_day = row.study_time.strftime("%H:%M") if has_time and row.study_time else ""
    when = " ".join(part for part in (date_text(row.study_date), time_of_day) if part)
    return "  ·  ".join(part for part in (when, row.description) if part)


def order_mark_text(row: StudySummary) -> str:
    """What a row of the study list says of its order; empty for a routine one."""
    mark = row.order
    if mark is None:
        return ""
    if mark.is_cancelled:
        return "Order cancelled"
    if mark.is_asked:
        return "Order?"
    urgency = URGENCY_WORDS[mark.priority] if row.urgency < ROUTINE_RANK else ""
    due = "" if mark.due is None else _due_text(mark.due, row.study_date)
    parts = [urgency, "" if row.is_signed else due]
    return ", ".join(part for part in parts if part).capitalize()


def _due_text(due: Moment, study_date: date | None) -> str:
    """The time alone on the study's own day."""
    is_alone = due.clock is not None and due.day == study_date
    return f"due {due.clock:%H:%M}" if is_alone else f"due {order_moment_text(due)}"


def order_moment_text(moment: Moment) -> str:
    """Day, and time to the minute if it is known."""
    clock = "" if moment.clock is None else f" {moment.clock:%H:%M}"
    return f"{moment.day.isoformat()}{clock}"


def urgency_text(order: Order) -> str:
    """How urgent an order is and when its result is due; empty if it says neither."""
    parts = [
        URGENCY_WORDS[order.priority],
        "" if order.due is None else f"due {order_moment_text(order.due)}",
        "on hold" if order.state is OrderState.HELD else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def order_line(order: Order) -> str:
    """What is asked for, who asks, and when the films are planned."""
    parts = [
        order.procedure,
        order.referrer,
        "" if order.scheduled is None else f"planned {order_moment_text(order.scheduled)}",
    ]
    return "  ·  ".join(part for part in parts if part)


_FINDING_WORDS = {
    "Airspace Disease": "Airspace opacity",
    "Calcinosis": "Calcification",
    "Cicatrix": "Scar",
    "COPD": "COPD",
    "Enlarged Cardiomediastinum": "Widened mediastinum",
    "Granulomatous Disease": "Old granulomatous disease",
    "Hernia, Diaphragmatic": "Diaphragmatic hernia",
    "Hernia, Hiatal": "Hiatal hernia",
    "Hypoinflation": "Low lung volumes",
    "Markings": "Prominent markings",
    "Pulmonary Atelectasis": "Atelectasis",
    "Right Aortic Arch": "Right aortic arch",
    "Surgical Instruments": "Surgical material",
}
"""Words for MeSH headings that nobody says at the workstation."""


def finding_word(category: str) -> str:
    """A lexicon category in a radiologist's words, e.g. "Scar" for "Cicatrix"."""
    return _FINDING_WORDS.get(category, category.capitalize())


def row_status(row: StudySummary, *, is_drafting: bool, put_off: str = "") -> str:
    """How far a study of the list is, e.g. "Drafted", "Drafting", "Not drafted"."""
    if row.status is StudyStatus.NEW and is_drafting:
        return "Drafting"
    if row.status is StudyStatus.NEW and (row.not_drafted or put_off):
        return "Not drafted"
    return STATUS_WORDS[row.status]


def why_not_drafted(row: StudySummary, put_off: str = "") -> str:
    """Why a new study that came in by itself has no draft, a plain sentence; empty otherwise."""
    return (row.not_drafted or put_off) if row.status is StudyStatus.NEW else ""


def away_text(folder: Path) -> str:
    """That a watched folder cannot be read, by its name."""
    return f"The folder {folder.name or folder} is away."


def row_title(row: StudySummary) -> str:
    """Title of a row of the study list: the patient's name, or the file name of a picture."""
    return row.file_name or name_of(row.patient)


def films_words(row: StudySummary) -> str:
    """Contents of a row of the study list, e.g. "DX  ·  2 films  ·  Frontal, lateral"."""
    views = [_VIEW_WORDS[view] for view in row.views]
    parts = (
        "Picture" if row.file_name else ", ".join(row.modalities),
        count_text(row.image_count, "film", "films"),
        ", ".join(views[:1] + [word.lower() for word in views[1:]]),
    )
    return "  ·  ".join(part for part in parts if part)


def view_word(image: ImageRef) -> str:
    """The film's view, e.g. "Frontal PA"."""
    word = _VIEW_WORDS[image.view]
    return f"{word} {image.view_position}".strip() if image.view is View.FRONTAL else word


def device_word(provider: str) -> str:
    """Short name of an ONNX Runtime execution provider, e.g. "CPU"."""
    return provider.removesuffix("ExecutionProvider")


def origin_text(draft: Draft) -> str:
    """The model of a draft, date and time taken, then its general notes; two paragraphs."""
    model = f"Draft by {draft.bundle_id} {draft.bundle_version} on {device_word(draft.provider)}"
    made = "  ·  ".join((model, moment_text(draft.created), f"{draft.seconds.total:.1f} s"))
    notes = [RESEARCH_USE, *draft.warnings]
    if draft.evidence and not draft.draws_cells:
        notes.append(NO_AREAS_DRAWN)
    reworded = sum(sentence.is_reworded for sentence in draft.sentences)
    if reworded:
        counted = count_text(reworded, "sentence", "sentences")
        notes.append(f"{counted} reworded; hover for the original.")
    return f"{made}\n{' '.join(notes)}"


def signed_line(report: Report) -> str:
    """The last signature and its kind; empty for an unsigned report."""
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


_OPEN_WORDS = {
    OpenKind.REVIEW: ("sentence to review", "sentences to review"),
    OpenKind.QUESTION: ("question", "questions"),
    OpenKind.HEADER: ("mismatch with the header", "mismatches with the header"),
    OpenKind.FIELD: ("unfilled field", "unfilled fields"),
    OpenKind.CONTRADICTION: ("contradiction", "contradictions"),
    OpenKind.REMARK: ("remark", "remarks"),
    OpenKind.SPELLING: ("misspelled word", "misspelled words"),
    OpenKind.AREA: ("area not mentioned", "areas not mentioned"),
}


_SHORT_WORDS = {
    OpenKind.REVIEW: ("to review", "to review"),
    OpenKind.HEADER: ("mismatch", "mismatches"),
    OpenKind.FIELD: ("field", "fields"),
    OpenKind.SPELLING: ("misspelled", "misspelled"),
    OpenKind.AREA: ("area", "areas"),
}


def open_text(points: Sequence[OpenPoint]) -> str:
    """Open points, counted: "No impression  ·  2 remarks"; empty if there are none."""
    return _counted(points, _OPEN_WORDS)


def shorter_open_texts(points: Sequence[OpenPoint]) -> tuple[str, ...]:
    """The same for less room: in fewer words, then with the last kinds counted together."""
    words = _OPEN_WORDS | _SHORT_WORDS
    kinds = tuple(dict.fromkeys(point.kind for point in points))
    texts = [_counted(points, words)]
    for number in range(len(kinds) - 1, 0, -1):
        named = [point for point in points if point.kind in kinds[:number]]
        texts.append(f"{_counted(named, words)}  ·  {len(points) - len(named)} more")
    return tuple(texts)


def _counted(points: Sequence[OpenPoint], words: Mapping[OpenKind, tuple[str, str]]) -> str:
    parts = []
    for kind in dict.fromkeys(point.kind for point in points):
        count = sum(point.kind is kind for point in points)
        parts.append(count_text(count, *words[kind]) if kind in words else kind.value)
    text = "  ·  ".join(parts)
    return text[:1].upper() + text[1:]


def open_lines(points: Sequence[OpenPoint]) -> tuple[str, ...]:
    """Open points as sentences, one per kind, naming every word, area and remark."""
    lines = []
    for kind in dict.fromkeys(point.kind for point in points):
        details = dict.fromkeys(p.detail for p in points if p.kind is kind and p.detail)
        if kind is OpenKind.SPELLING:
            lines.append(f"Not in the word lists: {', '.join(details)}.")
        elif kind is OpenKind.AREA:
            lines.append(f"Not mentioned: {', '.join(details)}.")
        else:
            lines += details or [f"{kind.value.capitalize()}."]
    return tuple(lines)


def percent_text(share: float) -> str:
    """A factor in whole percent, e.g. "150 %"."""
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
