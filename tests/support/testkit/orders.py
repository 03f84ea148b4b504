"""Order files as hospitals write them: HL7 v2 messages, FHIR requests and DICOM worklist items."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

MSH = "MSH|^~\\&|HIS|WARD|RIS|XRAY|20200203070000||ORM^O01|77|P|2.5.1"
PID = "PID|1||17^^^Hospital^MR||Weber^Jonas^K^Jr^Dr||19570412|M"
ORC = "ORC|NW|P1|F1||||||20200203070000|||4711^Ahrens^Ute^^^Dr"
OBR = (
    "OBR|1|P1|F1|36643-5^Chest PA and lateral^LN|S||||||||Cough for three days|||||A1||||||DX"
    "|||||||R05^Pneumonia?^I10"
)


def message(*segments: str, end: str = "\r", codec: str = "ascii", **changed: str) -> bytes:
    """A message of these segments, else an order; `msh`, `pid`, `orc`, `obr` replace its own."""
    own = {"msh": MSH, "pid": PID, "orc": ORC, "obr": OBR, **changed}
    rows = segments or tuple(row for row in own.values() if row)
    return "".join(f"{row}{end}" for row in rows).encode(codec)


def with_fields(segment: str, fields: Mapping[int, str]) -> str:
    """A segment with other fields, by number; MSH counts its separator as the first."""
    row = segment.split("|")
    offset = 1 if row[0] == "MSH" else 0
    row += [""] * (max(fields) - offset + 1 - len(row))
    for number, value in fields.items():
        row[number - offset] = value
    return "|".join(row)


def request(**changed: Any) -> dict[str, Any]:
    """A FHIR R4 ServiceRequest with its patient contained."""
    own = {
        "resourceType": "ServiceRequest",
        "id": "one",
        "status": "active",
        "intent": "order",
        "priority": "stat",
        "identifier": [
            {"type": {"coding": [{"code": "PLAC"}]}, "value": "P1"},
            {"type": {"coding": [{"code": "ACSN"}]}, "value": "A1"},
        ],
        "code": {"text": "Chest PA and lateral"},
        "subject": {"reference": "#who"},
        "contained": [patient()],
        "authoredOn": "2020-02-03T07:00:00",
        "requester": {"display": "Ahrens, Dr Ute"},
        "reasonCode": [{"text": "Pneumonia?"}],
    }
    return {name: value for name, value in {**own, **changed}.items() if value is not None}


def patient(**changed: Any) -> dict[str, Any]:
    """The patient of `request`."""
    own = {
        "resourceType": "Patient",
        "id": "who",
        "identifier": [{"system": "urn:hospital", "value": "17"}],
        "name": [{"family": "Weber", "given": ["Jonas", "K"], "prefix": ["Dr"], "suffix": ["Jr"]}],
        "birthDate": "1957-04-12",
        "gender": "male",
    }
    return {**own, **changed}


def bundle(*resources: Mapping[str, Any]) -> dict[str, Any]:
    """A Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:{one.get('id')}", "resource": dict(one)} for one in resources
        ],
    }


def fhir(resource: Mapping[str, Any]) -> bytes:
    """The resource as a file's bytes."""
    return json.dumps(resource, ensure_ascii=False).encode()


def worklist_item(**changed: Any) -> FileDataset:
    """A worklist item with one scheduled step; keywords of the step start with `Step_`."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    own = {
        "SpecificCharacterSet": "ISO_IR 192",
        "AccessionNumber": "A1",
        "PatientName": "Weber^Jonas^K^Dr^Jr",
        "PatientID": "17",
        "PatientBirthDate": "19570412",
        "PatientSex": "M",
        "RequestedProcedureID": "RP1",
        "RequestedProcedureDescription": "Chest PA and lateral",
        "RequestedProcedurePriority": "STAT",
        "ReasonForTheRequestedProcedure": "Pneumonia?",
        "RequestingPhysician": "Ahrens^Ute^^Dr",
        "StudyInstanceUID": "1.2.7",
    }
    step = Dataset()
    for keyword, value in {
        "Modality": "DX",
        "ScheduledProcedureStepStartDate": "20200203",
        "ScheduledProcedureStepStartTime": "0930",
    }.items():
        setattr(step, keyword, value)
    for keyword, value in {**own, **changed}.items():
        target = step if keyword.startswith("Step_") else dataset
        if value is not None:
            setattr(target, keyword.removeprefix("Step_"), value)
    dataset.ScheduledProcedureStepSequence = Sequence([step])
    return dataset


def write_worklist_item(path: Path, **changed: Any) -> Path:
    """Write a worklist item as a DICOM file."""
    worklist_item(**changed).save_as(
        path, enforce_file_format=False, implicit_vr=False, little_endian=True
    )
    return path
