"""FHIR ServiceRequests as orders, alone or in a Bundle with their Patient (R4 and R5).

Runs in the decode worker only. The JSON is read leniently and not validated against the whole
specification: an extension of a vendor or a field of the other release must not cost the order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from engine.domain.order import Order, OrderState, order_text, told_once
from engine.domain.person_name import header_name, kept_name, shown_name
from engine.domain.study import Patient, StudyUid
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import DamagedFileError, InputError, UnsupportedImageError

_Object = Mapping[str, Any]
_STATES: Final = {
    "on-hold": OrderState.HELD,
    "revoked": OrderState.CANCELLED,
    "entered-in-error": OrderState.CANCELLED,
    "completed": OrderState.DONE,
}
_SEXES: Final = {"male": "M", "female": "F", "other": "O"}
# Codes of the system "identifier-type" (HL7 table 0203).
_PLACER, _FILLER, _ACCESSION = "PLAC", "FILL", "ACSN"
_DICOM_UIDS: Final = "urn:dicom:uid"
_MODALITIES: Final = "http://dicom.nema.org/resources/ontology/dcm"
_UID: Final = re.compile(r"(?:urn:oid:)?([0-9.]{1,64})")
MOST_RESOURCES: Final = 5_000


def fhir_orders(content: bytes) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """The orders of a file, and a sentence for each request that holds none.

    Raises `InputError` if there is no order at all.
    """
    try:
        whole = json.loads(content)
    except ValueError as error:
        raise DamagedFileError("The FHIR file is cut short or no JSON.") from error
    resources = _Resources(_object(whole))
    orders: list[Order] = []
    refused: list[InputError] = []
    for request in resources.requests():
        try:
            orders.append(_order(request, resources))
        except InputError as error:
            refused.append(error)
    if not orders:
        raise (
            refused[0]
            if refused
            else UnsupportedImageError(
                "It is JSON without a FHIR ServiceRequest, so it holds no order."
            )
        )
    return tuple(orders), tuple(error.message for error in refused)


class _Resources:
    """The resources of a file by what refers to them."""

    def __init__(self, whole: _Object) -> None:
        entries = _objects(whole.get("entry")) if whole.get("resourceType") == "Bundle" else []
        if len(entries) > MOST_RESOURCES:
            raise DamagedFileError("The FHIR bundle has too many entries for one file.")
        self._all = [_object(entry.get("resource")) for entry in entries] or [whole]
        self._by: dict[str, _Object] = {}
        for one in self._all:
            self._by[f"{one.get('resourceType')}/{one.get('id')}"] = one
        for entry in entries:
            self._by[str(entry.get("fullUrl"))] = _object(entry.get("resource"))

    def requests(self) -> Iterator[_Object]:
        return (one for one in self._all if one.get("resourceType") == "ServiceRequest")

    def find(self, reference: object, within: _Object) -> _Object:
        """What a Reference points to, in the file or in the resource; empty if it is not there."""
        target = _text(_object(reference).get("reference"))
        if target.startswith("#"):
            inside = _objects(within.get("contained"))
            return next((one for one in inside if one.get("id") == target[1:]), {})
        relative = "/".join(target.split("/")[-2:])
        return self._by.get(target) or self._by.get(relative) or {}


def _order(request: _Object, resources: _Resources) -> Order:
    patient = _patient(request, resources)
    numbers = _numbers(request)
    ids = _ids(request, resources)
    period = _object(request.get("occurrencePeriod"))
    timing = _texts(_object(request.get("occurrenceTiming")).get("event"))
    code = _object(request.get("code"))
    found = Order(
        patient=patient,
        issuer=ids[0][1] if ids else "",
        other_ids=tuple(number for number, _issuer in ids[1:]),
        accession=numbers.get(_ACCESSION, ""),
        placer=numbers.get(_PLACER, ""),
        filler=numbers.get(_FILLER, ""),
        study_uid=_study_uid(request),
        procedure=_concept(code.get("concept") or code),
        modality=_modality(request),
        reason=told_once(_reasons(request, resources)),
        history=told_once(_information(request, resources)),
        note=_notes(request),
        priority=OrderPriority.of(_text(request.get("priority"))),
        referrer=_referrer(request, resources),
        scheduled=_moment(request.get("occurrenceDateTime"), period.get("start"), *timing),
        due=_moment(period.get("end")),
        sent=_moment(_object(request.get("meta")).get("lastUpdated"), request.get("authoredOn")),
        state=_STATES.get(_text(request.get("status")), OrderState.WANTED),
    )
    if not (found.number or found.patient.patient_id):
        raise DamagedFileError("The order names neither a patient's ID nor an order number.")
    return found


def _patient(request: _Object, resources: _Resources) -> Patient:
    reference = _object(request.get("subject"))
    person = resources.find(reference, request)
    ids = _ids(request, resources)
    full = _human_name(person) or header_name(_text(reference.get("display")))
    born = _moment(person.get("birthDate"))
    return Patient(
        patient_id=ids[0][0] if ids else "",
        name=shown_name(full),
        birth_date=None if born is None else born.day,
        sex=_SEXES.get(_text(person.get("gender")), ""),
        header_name=full,
    )


def _ids(request: _Object, resources: _Resources) -> list[tuple[str, str]]:
    """The patient's ids and their systems; a medical record number comes first."""
    reference = _object(request.get("subject"))
    person = resources.find(reference, request)
    given = _objects(person.get("identifier")) or [_object(reference.get("identifier"))]
    given.sort(key=lambda one: "MR" not in _codes(one.get("type")))
    found = [(_text(one.get("value")), _text(one.get("system"))) for one in given]
    return [one for one in dict.fromkeys(found) if one[0]]


def _human_name(person: _Object) -> str:
    """A HumanName as DICOM writes it: its official one, else the first."""
    names = sorted(_objects(person.get("name")), key=lambda one: one.get("use") != "official")
    if not names:
        return ""
    name = names[0]
    first, *more = [*_texts(name.get("given")), ""]
    parts = (
        _text(name.get("family")),
        first,
        " ".join(more),
        " ".join(_texts(name.get("prefix"))),
        " ".join(_texts(name.get("suffix"))),
    )
    whole = "^".join(part.replace("^", " ").replace("=", " ").strip() for part in parts)
    return kept_name(whole.rstrip("^")) or header_name(_text(name.get("text")))


def _numbers(request: _Object) -> dict[str, str]:
    """Identifiers by type; the first without a known type is the placer's own."""
    found: dict[str, str] = {}
    for one in (*_objects(request.get("identifier")), _object(request.get("requisition"))):
        value = _text(one.get("value"))
        if not value or _text(one.get("system")) == _DICOM_UIDS:
            continue
        known = [code for code in (_PLACER, _FILLER, _ACCESSION) if code in _codes(one.get("type"))]
        found.setdefault(known[0] if known else "", value)
    found.setdefault(_PLACER, found.get("", ""))
    return found


def _notes(request: _Object) -> str:
    notes = (_text(one.get("text"), lines=True) for one in _objects(request.get("note")))
    return order_text("\n".join(notes), lines=True)


def _study_uid(request: _Object) -> StudyUid | None:
    for one in _objects(request.get("identifier")):
        match = _UID.fullmatch(_text(one.get("value")))
        if _text(one.get("system")) == _DICOM_UIDS and match:
            return StudyUid(match[1])
    return None


def _modality(request: _Object) -> str:
    code = _object(request.get("code"))
    details = _objects(request.get("orderDetail"))
    for concept in (_object(code.get("concept") or code), *details):
        for coding in _objects(concept.get("coding")):
            if _text(coding.get("system")).lower() == _MODALITIES:
                return _text(coding.get("code")).upper()[:16]
    return ""


def _reasons(request: _Object, resources: _Resources) -> Iterator[str]:
    """R4 has reasonCode and reasonReference, R5 has reason with either of them inside."""
    for concept in _objects(request.get("reasonCode")):
        yield _concept(concept)
    for reference in _objects(request.get("reasonReference")):
        yield _told_by(reference, request, resources)
    for reason in _objects(request.get("reason")):
        yield _concept(reason.get("concept"))
        yield _told_by(reason.get("reference"), request, resources)


def _information(request: _Object, resources: _Resources) -> Iterator[str]:
    for one in _objects(request.get("supportingInfo")):
        yield _concept(one.get("concept"))
        yield _told_by(one.get("reference") if "concept" in one else one, request, resources)


def _told_by(reference: object, request: _Object, resources: _Resources) -> str:
    """A Reference in words: its display, else the code or text of the resource it points to."""
    if not isinstance(reference, Mapping):
        return ""
    target = resources.find(reference, request)
    return (
        _text(reference.get("display"))
        or _concept(target.get("code"))
        or _text(target.get("valueString"))
    )


def _referrer(request: _Object, resources: _Resources) -> str:
    reference = _object(request.get("requester"))
    target = resources.find(reference, request)
    if target.get("resourceType") == "PractitionerRole":
        reference = _object(target.get("practitioner"))
        target = resources.find(reference, request)
    return shown_name(_human_name(target)) or _text(reference.get("display"))


def _concept(value: object) -> str:
    """A CodeableConcept in words: its text, else a display, else a code."""
    concept = _object(value)
    codings = _objects(concept.get("coding"))
    told = [concept.get("text"), *(one.get("display") for one in codings)]
    texts = [_text(one) for one in (*told, *(one.get("code") for one in codings))]
    return next((text for text in texts if text), "")


def _codes(value: object) -> set[str]:
    return {_text(one.get("code")).upper() for one in _objects(_object(value).get("coding"))}


def _moment(*values: object) -> Moment | None:
    """The first readable date, dateTime or instant; one without a day is none."""
    return next(filter(None, map(_moment_of, values)), None)


def _moment_of(value: object) -> Moment | None:
    text = _text(value)
    try:
        if "T" not in text:
            return Moment(day=date.fromisoformat(text))
        written = datetime.fromisoformat(text)
        if written.tzinfo is not None:
            written = written.astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return Moment(day=written.date(), clock=written.time().replace(microsecond=0))


def _object(value: object) -> _Object:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[_Object]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    found = value if isinstance(value, list) else []
    return [text for text in map(_text, found) if text]


def _text(value: object, *, lines: bool = False) -> str:
    return order_text(value, lines=lines) if isinstance(value, str) else ""
