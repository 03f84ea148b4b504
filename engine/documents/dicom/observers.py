"""Who observed, in documents made from what readers drew and flagged (PS3.16 TID 1001, 1002)."""

from __future__ import annotations

from collections.abc import Iterable

from highdicom.sr import (
    DeviceObserverIdentifyingAttributes,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
)
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset

import engine.documents.dicom.standard_tables  # noqa: F401 - makes highdicom read less
from engine.documents.dicom.reference import MANUFACTURER, MODEL_NAME, person, uid_of

OWN_SCHEME = "99NEGATOSCOPE"
"""Coding scheme of what no standard has a code for; a private one begins with 99 (PS3.16 8)."""
PROCEDURE = CodedConcept("399208008", "SCT", "Plain chest X-ray")
"""The procedure that documents with findings in them report."""


def own_code(value: str, meaning: str) -> CodedConcept:
    """A code of our own."""
    return CodedConcept(value, OWN_SCHEME, meaning)


def name_own_scheme(made: Dataset) -> None:
    """Say whose the private codes are (PS3.3 C.12.1.1.2)."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = OWN_SCHEME
    scheme.CodingSchemeName = "Codes of Negatoscope"
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    made.CodingSchemeIdentificationSequence = [scheme]


def the_person(names: Iterable[str]) -> ObserverContext | None:
    """The observer, if all of it is by one person: an object has room for no more than one."""
    found = [name for name in dict.fromkeys(map(person, names)) if name]
    if len(found) != 1:
        return None
    return ObserverContext(
        observer_type=CodedConcept("121006", "DCM", "Person"),
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(name=found[0]),
    )


def the_program(software: str) -> ObserverContext:
    """This program as the observing device."""
    return ObserverContext(
        observer_type=CodedConcept("121007", "DCM", "Device"),
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=uid_of(f"negatoscope/{software}"),
            name=f"{MANUFACTURER} {software}".strip(),
            manufacturer_name=MANUFACTURER,
            model_name=MODEL_NAME,
        ),
    )
