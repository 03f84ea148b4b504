"""DICOM worklist items in files (PS3.4 K.6.1.2.2) as orders.

Loaded in the decode worker only. Such a file holds the attributes that a worklist query would
return: patient, requested procedure, imaging service request and one scheduled step.
"""

from __future__ import annotations

import re

from pydicom.dataset import Dataset, FileDataset

from engine.dicom.header import date_of, name_of, patient_of, text_of, time_of
from engine.dicom.values import items_of, value_of
from engine.domain.order import Order, OrderState, order_text, told_once
from engine.domain.study import StudyUid
from engine.domain.urgency import Moment, OrderPriority
from engine.errors import DamagedFileError, UnsupportedImageError

_STATES = {"CANCELED": OrderState.CANCELLED, "DISCONTINUED": OrderState.CANCELLED}


def worklist_order(dataset: FileDataset) -> Order:
    """The order of a worklist item.

    Raises:
        UnsupportedImageError: It is a film or another DICOM object.
        DamagedFileError: It names neither a patient nor a number.
    """
    steps = items_of(dataset, "ScheduledProcedureStepSequence")
    if "Rows" in dataset or not (steps or "RequestedProcedureID" in dataset):
        raise UnsupportedImageError("It is a DICOM file of another kind, not a worklist item.")
    step = steps[0] if steps else Dataset()
    issued = date_of(dataset, "IssueDateOfImagingServiceRequest")
    uid = text_of(dataset, "StudyInstanceUID")
    found = Order(
        patient=patient_of(dataset),
        issuer=text_of(dataset, "IssuerOfPatientID"),
        accession=text_of(dataset, "AccessionNumber"),
        placer=text_of(dataset, "PlacerOrderNumberImagingServiceRequest"),
        filler=text_of(dataset, "FillerOrderNumberImagingServiceRequest"),
        procedure_id=text_of(dataset, "RequestedProcedureID"),
        study_uid=StudyUid(uid) if re.fullmatch(r"[0-9.]{1,64}", uid) else None,
        procedure=_words(dataset, "RequestedProcedureDescription", "RequestedProcedureCodeSequence")
        or text_of(step, "ScheduledProcedureStepDescription"),
        modality=text_of(step, "Modality").upper(),
        reason=told_once(
            (
                _words(dataset, "ReasonForTheRequestedProcedure", ""),
                *_meanings(dataset, "ReasonForRequestedProcedureCodeSequence"),
                _words(dataset, "ReasonForTheImagingServiceRequest", ""),
                _words(dataset, "ReasonForStudy", ""),
            )
        ),
        history=_long(dataset, "AdditionalPatientHistory"),
        note=order_text(
            "\n".join(
                _long(dataset, keyword)
                for keyword in ("RequestedProcedureComments", "ImagingServiceRequestComments")
            ),
            lines=True,
        ),
        priority=OrderPriority.of(text_of(dataset, "RequestedProcedurePriority")),
        referrer=name_of(dataset, "RequestingPhysician")
        or name_of(dataset, "ReferringPhysicianName"),
        scheduled=_scheduled(step),
        sent=None if issued is None else Moment(day=issued),
        state=_STATES.get(text_of(step, "ScheduledProcedureStepStatus"), OrderState.WANTED),
    )
    if not (found.number or found.patient.patient_id):
        raise DamagedFileError("The order names neither a patient's ID nor an order number.")
    return found


def _words(dataset: Dataset, keyword: str, codes: str) -> str:
    told = text_of(dataset, keyword)
    return told or (next(iter(_meanings(dataset, codes)), "") if codes else "")


def _meanings(dataset: Dataset, keyword: str) -> list[str]:
    return [text_of(item, "CodeMeaning") for item in items_of(dataset, keyword)]


def _long(dataset: Dataset, keyword: str) -> str:
    """A text of several lines, which the other values of a header never have."""
    try:
        value = value_of(dataset, keyword)
    except (ValueError, TypeError, NotImplementedError, LookupError, OverflowError):
        return ""
    return order_text(str(value), lines=True) if isinstance(value, str) else ""


def _scheduled(step: Dataset) -> Moment | None:
    day = date_of(step, "ScheduledProcedureStepStartDate")
    if day is None:
        return None
    return Moment(day=day, clock=time_of(step, "ScheduledProcedureStepStartTime"))
