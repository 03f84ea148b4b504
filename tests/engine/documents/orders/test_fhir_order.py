"""FHIR ServiceRequests of both releases, alone and in bundles."""

from __future__ import annotations

from datetime import date, time

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from testkit.orders import bundle, fhir, message, patient, request

from engine.documents.orders.fhir_order import fhir_orders
from engine.documents.orders.hl7_order import hl7_orders
from engine.domain.order import Order, OrderState
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import InputError


def only(resource: dict[str, object]) -> Order:
    (order,), problems = fhir_orders(fhir(resource))
    assert problems == ()
    return order


def test_it_says_the_same_as_the_hl7_order_of_the_same_examination() -> None:
    ServiceRequest.model_validate(request(authoredOn="2020-02-03T07:00:00Z"))
    order, other = only(request()), hl7_orders(message())[0][0]
    assert order.patient == other.patient
    for name in ("accession", "placer", "procedure", "reason", "priority", "referrer", "sent"):
        assert getattr(order, name) == getattr(other, name), name


def test_a_bundle_finds_patient_practitioner_and_condition() -> None:
    asks = request(
        contained=None,
        subject={"reference": "Patient/who"},
        requester={"reference": "urn:uuid:role"},
        reasonReference=[{"reference": "https://his.example/fhir/Condition/cough"}],
        supportingInfo=[{"display": "Smoker"}],
    )
    role = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"reference": "Practitioner/doctor"},
    }
    doctor = {
        "resourceType": "Practitioner",
        "id": "doctor",
        "name": [{"family": "Ahrens", "given": ["Ute"]}],
    }
    cough = {"resourceType": "Condition", "id": "cough", "code": {"text": "Cough"}}
    order = only(bundle(patient(), asks, role, doctor, cough))
    assert order.patient.name == "Weber, Dr Jonas K Jr"
    assert order.referrer == "Ahrens, Ute"
    assert (order.reason, order.history) == ("Pneumonia?; Cough", "Smoker")


def test_the_fifth_release_is_read_too() -> None:
    order = only(
        request(
            code={"concept": {"coding": [{"display": "Chest radiograph", "code": "36643-5"}]}},
            reasonCode=None,
            reason=[{"concept": {"text": "Pneumonia?"}}, {"reference": {"display": "Fever"}}],
            supportingInfo=[{"concept": {"text": "Smoker"}}],
            note=[{"text": "In a\nchair"}],
        )
    )
    assert (order.procedure, order.reason) == ("Chest radiograph", "Pneumonia?; Fever")
    assert (order.history, order.note) == ("Smoker", "In a\nchair")


def test_times_states_and_numbers() -> None:
    order = only(
        request(
            status="revoked",
            priority="asap",
            occurrencePeriod={"start": "2020-02-03T08:00:00", "end": "2020-02-04"},
            identifier=[
                {"system": "urn:dicom:uid", "value": "urn:oid:1.2.7"},
                {"value": "own"},
                {"type": {"coding": [{"code": "FILL"}]}, "value": "F1"},
            ],
            orderDetail=[
                {
                    "coding": [
                        {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "DX"}
                    ]
                }
            ],
        )
    )
    assert (order.state, order.priority) == (OrderState.CANCELLED, OrderPriority.URGENT)
    assert order.scheduled == Moment(day=date(2020, 2, 3), clock=time(8))
    assert order.due == Moment(day=date(2020, 2, 4))
    assert (order.study_uid, order.placer, order.filler) == ("1.2.7", "own", "F1")
    assert order.modality == "DX"


def test_a_patient_known_only_by_reference_is_named_as_the_reference_does() -> None:
    order = only(
        request(
            contained=None,
            subject={"display": "Weber, Jonas", "identifier": {"value": "17"}},
        )
    )
    assert (order.patient.patient_id, order.patient.name) == ("17", "Weber, Jonas")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "cut short"),
        (fhir(request())[:-20], "cut short"),
        (b"[]", "without a FHIR ServiceRequest"),
        (fhir(patient()), "without a FHIR ServiceRequest"),
        (fhir({"resourceType": "Bundle", "entry": [1, None, {"resource": 2}]}), "without a FHIR"),
        (fhir(request(identifier=None, subject={}, contained=None)), "neither a patient's ID"),
    ],
)
def test_what_is_no_order_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        fhir_orders(content)


def test_values_of_wrong_types_cost_themselves() -> None:
    order = only(
        request(
            priority=7,
            note="words",
            reasonCode={"text": "not a list"},
            occurrenceDateTime=["2020"],
            code=[],
            authoredOn="2020-02",
        )
    )
    assert (order.priority, order.note, order.reason) == (OrderPriority.UNSAID, "", "")
    assert (order.scheduled, order.sent, order.procedure) == (None, None, "")
