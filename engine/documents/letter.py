"""The content of a report's letter, as plain data for the page template.

Everything is text that the template prints literally; none of it is ever evaluated. Dates are ISO
8601, because countries differ in the order of day and month.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.documents.characters import printable, printable_lines
from engine.domain.audit import TrailMark
from engine.domain.critical import CriticalCommunication
from engine.domain.evidence import GRADE_WORDS, Evidence
from engine.domain.image import PixelImage
from engine.domain.person_name import as_read
from engine.domain.report import (
    Draft,
    Report,
    ReportSentence,
    ReportStatus,
    Section,
    SentenceSource,
    SentenceState,
)
from engine.domain.rows import finished, stands_apart
from engine.domain.signature import Signature
from engine.domain.study import ImageRef, Study, View

TITLE = "Chest radiograph report"
NOTICE = "Research use only. Not a medical device."
DEMO_NOTICE = "Demonstration, never for patient care."
NOT_GIVEN = "–"

_ORIGINS = {
    SentenceState.AUTHOR: "written by the author",
    SentenceState.AI_ACCEPTED: "accepted from the draft unchanged",
    SentenceState.AI_EDITED: "accepted from the draft with changes",
    SentenceState.AI_REJECTED: "of the draft rejected",
    SentenceState.AI_UNREVIEWED: "of the draft not reviewed yet",
}

_SOURCES = {
    SentenceSource.TEMPLATE: "of a template",
    SentenceSource.MACRO: "of a macro",
    SentenceSource.MEASUREMENT: "of a measurement",
    SentenceSource.PRIOR: "carried from a prior",
    SentenceSource.ORDER: "of the order",
}
STATUS_WORDS = {
    ReportStatus.DRAFT: "DRAFT, not signed",
    ReportStatus.PRELIMINARY: "PRELIMINARY, not final",
    ReportStatus.FINAL: "FINAL, signed",
    ReportStatus.ADDENDED: "FINAL, with addendum",
    ReportStatus.WITHDRAWN: "WITHDRAWN, not valid",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportFilm:
    """A film shown in the letter.

    Attributes:
        is_key: Whether the reader flagged it as a key image.
    """

    image: ImageRef
    pixels: PixelImage
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportEvidence:
    """Test result of a kept sentence of the draft.

    Attributes:
        text: The sentence as it stands in the report.
        film: The film that it looked at most, shown with the cells; None to give the grade only.
    """

    text: str
    evidence: Evidence
    film: ReportFilm | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportDocument:
    """Everything that a report's document is made from.

    Attributes:
        draft: The draft that the report's sentences come from, if there is one.
        films: In the order in which they are shown.
        institution: First line of the letterhead; may be empty.
        letterhead: Its further lines; may be empty.
        logo: SVG drawing above it; may be empty.
        is_demo: Whether it was made in the demo workspace.
        critical: Log of critical findings.
        evidence: Of kept sentences of the draft.
        unreadable_films: Number of the report's films that could not be read for the document.
        mark: The entry of the audit trail that stored this revision; None for one never stored.
    """

    report: Report
    study: Study
    draft: Draft | None = None
    films: tuple[ReportFilm, ...] = ()
    institution: str = ""
    letterhead: tuple[str, ...] = ()
    logo: str = ""
    is_demo: bool = False
    unreadable_films: int = 0
    critical: tuple[CriticalCommunication, ...] = ()
    evidence: tuple[ReportEvidence, ...] = ()
    mark: TrailMark | None = None


def letterhead_content(institution: str, lines: Sequence[str], logo: str) -> dict[str, Any]:
    """The head of a letter as JSON values, without the logo's drawing."""
    return {
        "institution": printable(institution),
        "letterhead": [printable(line) for line in lines if line.strip()],
        "has-logo": bool(logo),
    }


def letter_content(document: ReportDocument, film_names: Sequence[str]) -> dict[str, Any]:
    """The letter as JSON values; `film_names` are the template's names for the films, in order."""
    report, study = document.report, document.study
    return {
        "title": TITLE,
        "author": printable(_answerable(report)),
        "keywords": [document.mark.keyword] if document.mark is not None else [],
        "notice": NOTICE,
        "demo": DEMO_NOTICE if document.is_demo else "",
        **letterhead_content(document.institution, document.letterhead, document.logo),
        "is-signed": report.signature is not None,
        "status": STATUS_WORDS[report.status],
        "is-valid": report.withdrawal is None,
        "withdrawal": _withdrawal(report),
        "running": _running_head(study),
        "patient": printable(as_read(study.patient.name)) or "Name not given",
        "patient-facts": _patient_facts(study),
        "study-facts": _study_facts(study),
        "sections": _sections(report),
        "remark": _remark(report),
        **_signing(report),
        "additions": _additions(document),
        "films-title": _films_title(document.films),
        "films": [
            {"name": name, "caption": _caption(film)}
            for name, film in zip(film_names, document.films, strict=True)
        ],
        "evidence": [
            _evidence(number, one)
            for number, one in enumerate(document.evidence, 1)
            if GRADE_WORDS[one.film is not None, one.evidence.grade]
        ],
        "provenance": _provenance(document),
    }


def _running_head(study: Study) -> dict[str, str]:
    born = study.patient.birth_date
    name = as_read(study.patient.name)
    patient = [name, study.patient.patient_id, f"born {born}" if born else ""]
    taken = str(study.study_date) if study.study_date else ""
    return {
        "patient": " · ".join(printable(part) for part in patient if part.strip()),
        "study": " · ".join(printable(part) for part in (study.accession, taken) if part),
    }


def _patient_facts(study: Study) -> list[list[str]]:
    patient = study.patient
    sex = {"M": "male", "F": "female", "O": "other"}.get(patient.sex, "")
    return _facts(
        ("Patient ID", patient.patient_id),
        ("Born", str(patient.birth_date or "")),
        ("Sex", sex),
        ("Age", _age(study.patient_age)),
    )


def _study_facts(study: Study) -> list[list[str]]:
    taken = str(study.study_date or "")
    if study.study_date and study.study_time:
        taken += f" {study.study_time:%H:%M}"
    return _facts(
        ("Examination", study.description),
        ("Taken", taken),
        ("Accession", study.accession),
        ("Referred by", study.referring),
    )


def _facts(*rows: tuple[str, str]) -> list[list[str]]:
    return [[label, printable(value) or NOT_GIVEN] for label, value in rows]


def _age(age_string: str) -> str:
    """A DICOM Age String (PS3.5 6.2), "062Y", in words."""
    match = re.fullmatch(r"(\d{3})([DWMY])", age_string.strip())
    if match is None:
        return age_string
    unit = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}[match[2]]
    return f"{int(match[1])} {unit}"


def _sections(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "title": section.value,
            "right-to-left": _is_right_to_left(report.text(section)),
            "sentences": _rows(report.kept(section)),
        }
        for section in Section
        if report.kept(section)
    ]


def _rows(kept: Sequence[ReportSentence]) -> list[dict[str, Any]]:
    """Rows with what `joined` puts between them: a line break or a blank."""
    texts = [finished(sentence.text) for sentence in kept]
    return [
        {
            "text": printable_lines(text),
            "apart": bool(before) and stands_apart(before, text),
            "reviewed": sentence.state is not SentenceState.AI_UNREVIEWED,
        }
        for sentence, before, text in zip(kept, ["", *texts], texts, strict=False)
    ]


def _is_right_to_left(text: str) -> bool:
    """Direction of a paragraph by its first strong character (Unicode UAX 9, P2 and P3)."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((found for found in directions if found in ("L", "R", "AL")), "L") != "L"


def _remark(report: Report) -> str:
    count = len([s for s in report.kept() if s.state is SentenceState.AI_UNREVIEWED])
    if count == 0:
        return ""
    are = "sentence comes" if count == 1 else "sentences come"
    return f"Dotted underline: {count} {are} from the model and nobody has reviewed them yet."


def _signing(report: Report) -> dict[str, Any]:
    signature, preliminary = report.signature, report.preliminary
    prepared = []
    if preliminary is not None:
        since = ", changed since" if report.changed_since_preliminary else ""
        role = f" ({preliminary.role})" if preliminary.role else ""
        moment = _utc(preliminary.signed_at)
        prepared = [printable(f"Preliminary by {preliminary.signer}{role}, {moment}{since}.")]
    if signature is None:
        changed = f"Not signed as final. Last changed {_utc(report.updated)}."
        if preliminary is None:
            changed = f"Not signed. Last changed {_utc(report.updated)}."
        return {"signer": printable(report.author), "signing": [*prepared, changed]}
    return {
        "signer": printable(signature.name_and_role),
        "signing": [printable(signature.meaning), _signed_at(signature), *prepared],
    }


def _answerable(report: Report) -> str:
    """Who is responsible for the text: the last signer, else the user who began it."""
    signature = report.signature or report.preliminary
    return signature.signer if signature is not None else report.author


def _signed_at(signature: Signature) -> str:
    local = signature.signed_at.astimezone()
    return f"Signed {_utc(signature.signed_at)} (local time {local:%Y-%m-%d %H:%M:%S %z})."


def _withdrawal(report: Report) -> str:
    gone = report.withdrawal
    if gone is None:
        return ""
    moment = _utc(gone.signature.signed_at)
    return printable(
        f"Withdrawn by {gone.signature.signer}, {moment}. Not valid any more. Reason: {gone.reason}"
    )


def _additions(document: ReportDocument) -> list[dict[str, Any]]:
    """What stands below the signature: addenda and communications of critical findings."""
    found = [
        {
            "title": f"Addendum {number}",
            "text": printable_lines(finished(addendum.text)),
            "right-to-left": _is_right_to_left(addendum.text),
            "lines": [
                printable(addendum.signature.name_and_role),
                printable(addendum.signature.meaning),
                _signed_at(addendum.signature),
            ],
        }
        for number, addendum in enumerate(document.report.addenda, start=1)
    ]
    found += [
        {
            "title": "Critical finding communicated",
            "text": printable(entry.line),
            "right-to-left": False,
            "lines": [f"Recorded {_utc(entry.recorded_at)}."],
        }
        for entry in document.critical
    ]
    return found


def _films_title(films: Sequence[ReportFilm]) -> str:
    kind = "Key image" if any(film.is_key for film in films) else "Film"
    return kind if len(films) == 1 else f"{kind}s"


def evidence_name(number: int) -> str:
    """The template's name for the picture of the nth piece of evidence."""
    return f"evidence-{number}"


def _evidence(number: int, one: ReportEvidence) -> dict[str, Any]:
    grade = GRADE_WORDS[one.film is not None, one.evidence.grade]
    text = printable(one.text)
    return {
        "name": evidence_name(number) if one.film is not None else "",
        "text": text,
        "right-to-left": _is_right_to_left(one.text),
        "grade": grade,
        "alt": f"The film in small with the cells that this sentence looked at: {text} {grade}",
    }


def _caption(film: ReportFilm) -> str:
    image = film.image
    view = image.view.value.capitalize() if image.view is not View.UNKNOWN else "Film"
    parts = [
        f"{view} {image.view_position}".strip(),
        f"{image.columns} × {image.rows} pixels",
        "lossy" if image.lossy else "",
    ]
    facts = ", ".join(part for part in parts if part)
    return printable(f"{facts}. For orientation, not for reading.")


def _provenance(document: ReportDocument) -> list[dict[str, Any]]:
    report, draft = document.report, document.draft
    rows: list[tuple[str, str, bool]] = []
    if draft is None:
        rows.append(("Draft", "None: written without the model.", False))
    else:
        model = f"{draft.bundle_id} {draft.bundle_version}"
        rows += [
            ("Drafted by", f"{model} on {_device(draft)}, {_utc(draft.created)}", False),
            ("Model SHA-256", draft.bundle_sha256, True),
            ("Input SHA-256", draft.input_sha256, True),
            ("Draft ID", draft.id, True),
        ]
        rows += [("Note of the model", warning, False) for warning in draft.warnings]
    if document.unreadable_films:
        count = document.unreadable_films
        rows.append(("Films", f"{count} could not be read when this was written.", False))
    rows += [
        ("Sentences", _origins(report), False),
        ("Report ID", f"{report.id}, revision {report.revision}", True),
        ("Report SHA-256", report.sha256, True),
        ("Study UID", report.study_uid, True),
    ]
    if document.mark is not None:
        rows.append(
            ("Audit trail", f"entry {document.mark.sequence}, {document.mark.digest}", True)
        )
    return [{"label": label, "value": printable(text), "mono": mono} for label, text, mono in rows]


def _origins(report: Report) -> str:
    """How many sentences of the text have which origin, and how many were rejected."""
    rejected = [s for s in report.sentences if s.state is SentenceState.AI_REJECTED]
    counts = Counter(_ORIGINS[sentence.state] for sentence in (*report.kept(), *rejected))
    own = _ORIGINS[SentenceState.AUTHOR]
    for sentence in report.kept():
        if sentence.state is SentenceState.AUTHOR and sentence.source in _SOURCES:
            counts[own] -= 1
            counts[_SOURCES[sentence.source]] += 1
    words = (*_ORIGINS.values(), *_SOURCES.values())
    found = [f"{counts[word]} {word}" for word in words if counts[word]]
    return ", ".join(found) or "none"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _device(draft: Draft) -> str:
    """What the model ran on, e.g. "CPU"."""
    return draft.provider.removesuffix("ExecutionProvider")
