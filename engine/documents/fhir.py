"""A report as a FHIR R4B bundle: DiagnosticReport, Patient, ImagingStudy, people, the model."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from fhir.resources.R4B.bundle import Bundle

from engine.documents.characters import visible
from engine.domain.report import Draft, Report, ReportStatus, Section
from engine.domain.study import Study

_STATUS = {
    ReportStatus.DRAFT: "partial",
    ReportStatus.PRELIMINARY: "preliminary",
    ReportStatus.FINAL: "final",
    ReportStatus.ADDENDED: "appended",
    ReportStatus.WITHDRAWN: "entered-in-error",
}
_GENDER = {"M": "male", "F": "female", "O": "other"}
_FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_NOTICE = "Research use only. Not a medical device."


def fhir_bundle(
    report: Report, study: Study, draft: Draft | None, *, text: str, pdf: bytes
) -> bytes:
    """The bundle as JSON; raises `ValueError` for what the library's model of FHIR refuses.

    Args:
        report: In any state; the status says which.
        study: The report's study.
        draft: The model's draft, if there is one.
        text: The report as plain text, for systems that show nothing else.
        pdf: The letter.
    """
    resources = [
        _diagnostic_report(report, study, text, pdf),
        _patient(study),
        _imaging_study(study),
        *_people(report),
        *([_device(draft)] if draft is not None else []),
    ]
    content: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(report.updated),
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            for resource in resources
        ],
    }
    checked = Bundle.model_validate(content)
    return json.dumps(
        json.loads(checked.model_dump_json(exclude_none=True)), indent=2, ensure_ascii=False
    ).encode(errors="replace")


def _diagnostic_report(report: Report, study: Study, text: str, pdf: bytes) -> dict[str, Any]:
    signers = [person["id"] for person in _people(report)]
    found: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": _id(f"report/{report.id}"),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{report.id}"}],
        "meta": {
            "versionId": str(max(1, report.revision)),
            "lastUpdated": _instant(report.updated),
        },
        "status": _STATUS[report.status],
        "category": [{"coding": [_code("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD")]}],
        "code": {"coding": [_code("http://loinc.org", "18748-4", "Diagnostic imaging study")]},
        "subject": {"reference": f"urn:uuid:{_id(_patient_name(study))}"},
        "issued": _instant(report.updated),
        "resultsInterpreter": [{"reference": f"urn:uuid:{signer}"} for signer in signers],
        "imagingStudy": [{"reference": f"urn:uuid:{_id(f'study/{study.uid}')}"}],
        "presentedForm": [
            _attachment("application/pdf", pdf),
            _attachment("text/plain; charset=utf-8", text.encode(errors="replace")),
        ],
    }
    if study.study_date is not None:
        found["effectiveDateTime"] = study.study_date.isoformat()
    if conclusion := report.text(Section.IMPRESSION):
        found["conclusion"] = visible(conclusion)
    return found


def _patient(study: Study) -> dict[str, Any]:
    patient = study.patient
    found: dict[str, Any] = {"resourceType": "Patient", "id": _id(_patient_name(study))}
    if patient_id := _string(patient.patient_id):
        found["identifier"] = [{"value": patient_id}]
    if name := _string(patient.name):
        found["name"] = [{"text": name}]
    if patient.sex in _GENDER:
        found["gender"] = _GENDER[patient.sex]
    if patient.birth_date is not None:
        found["birthDate"] = patient.birth_date.isoformat()
    return found


def _imaging_study(study: Study) -> dict[str, Any]:
    identifiers = [{"system": "urn:dicom:uid", "value": _string(f"urn:oid:{study.uid}")}]
    if accession := _string(study.accession):
        identifiers.append({"value": accession})
    return {
        "resourceType": "ImagingStudy",
        "id": _id(f"study/{study.uid}"),
        "identifier": identifiers,
        "status": "available",
        "subject": {"reference": f"urn:uuid:{_id(_patient_name(study))}"},
        "series": [
            {
                "uid": series.uid,
                "modality": _code(
                    "http://dicom.nema.org/resources/ontology/DCM", _string(series.modality)
                ),
                "instance": [
                    {
                        "uid": image.uid_in_file,
                        "sopClass": {
                            "system": "urn:ietf:rfc:3986",
                            "code": _string(f"urn:oid:{image.sop_class}"),
                        },
                    }
                    for image in series.images
                    if _FHIR_ID.fullmatch(image.uid_in_file)
                ],
            }
            for series in study.series
            if _string(series.modality) and _FHIR_ID.fullmatch(series.uid)
        ],
    }


def _people(report: Report) -> list[dict[str, Any]]:
    signatures = [report.preliminary, report.signature, *(a.signature for a in report.addenda)]
    names = dict.fromkeys(s.signer for s in signatures if s is not None)
    return [
        {
            "resourceType": "Practitioner",
            "id": _id(f"person/{name}"),
            **({"name": [{"text": _string(name)}]} if _string(name) else {}),
        }
        for name in names or (report.author,)
    ]


def _device(draft: Draft) -> dict[str, Any]:
    return {
        "resourceType": "Device",
        "id": _id(f"model/{draft.bundle_sha256}"),
        "deviceName": [{"name": _string(draft.bundle_id), "type": "model-name"}],
        "version": [{"value": _string(draft.bundle_version)}],
        "note": [
            {"text": f"Drafted the report at {_instant(draft.created)}. {_NOTICE}"},
            {"text": f"SHA-256: model {draft.bundle_sha256}, input {draft.input_sha256}"},
        ],
    }


def _attachment(kind: str, content: bytes) -> dict[str, Any]:
    return {"contentType": kind, "data": b64encode(content).decode("ascii")}


def _code(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _patient_name(study: Study) -> str:
    patient = study.patient
    return f"patient/{patient.patient_id}/{patient.name}/{patient.birth_date}"


def _string(text: str) -> str:
    """Text as FHIR's strings and codes allow: single blanks, nothing invisible."""
    return visible(" ".join(text.split()))


def _id(name: str) -> str:
    # A name from a damaged file may hold a lone surrogate, which UTF-8 cannot encode.
    whole = name.encode("utf-8", "replace").decode("utf-8")
    return str(uuid5(NAMESPACE_OID, f"negatoscope/{whole}"))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
