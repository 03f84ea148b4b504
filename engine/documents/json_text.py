"""A report as JSON, for scripts: its sentences with their origin, its signatures, its study."""

from __future__ import annotations

import json

from engine.domain.report import Draft, Report, Section
from engine.domain.signature import Signature
from engine.domain.study import Study


def json_text(report: Report, study: Study, draft: Draft | None) -> str:
    """The report with its patient and study, as indented JSON.

    `sections` is the text as the other documents have it, `sentences` each row as it was typed.
    """
    patient = study.patient
    content = {
        **report_object(report),
        "sections": {
            section.value: report.text(section) for section in Section if report.kept(section)
        },
        "patient": {
            "id": patient.patient_id,
            "name": patient.name,
            "birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
            "sex": patient.sex,
        },
        "study_date": study.study_date.isoformat() if study.study_date else "",
        "accession": study.accession,
        "model": f"{draft.bundle_id} {draft.bundle_version}" if draft is not None else None,
        "notice": "Research use only. Not a medical device.",
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def report_object(report: Report) -> dict[str, object]:
    """The report as an object of plain JSON values."""
    return {
        "report_id": report.id,
        "study_uid": report.study_uid,
        "draft_id": report.draft_id,
        "status": report.status.value,
        "revision": report.revision,
        "author": report.author,
        "sha256": report.sha256,
        "sentences": [
            {
                "number": number,
                "section": sentence.section.value,
                "state": sentence.state.value,
                "origin": sentence.origin.value,
                "text": sentence.text,
                "draft_text": sentence.draft_text,
            }
            for number, sentence in enumerate(report.sentences, start=1)
        ],
        "preliminary": _signature(report.preliminary),
        "signature": _signature(report.signature),
        "addenda": [
            {"text": addendum.text, "signature": _signature(addendum.signature)}
            for addendum in report.addenda
        ],
        "withdrawal": report.withdrawal
        and {
            "reason": report.withdrawal.reason,
            "signature": _signature(report.withdrawal.signature),
        },
    }


def _signature(signature: Signature | None) -> dict[str, str] | None:
    if signature is None:
        return None
    return {
        "signer": signature.signer,
        "role": signature.role,
        "meaning": signature.meaning,
        "signed_at": signature.signed_at.isoformat(),
        "report_sha256": signature.report_sha256,
    }
