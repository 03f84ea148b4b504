"""What all objects made from a report share: patient, study, identifiers and films.

Values come from the index, not from the files: nothing untrusted is parsed here. Identifiers are
derived from the report's id and revision, so that exporting the same report twice gives one object.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from engine.domain.person_name import header_name, kept_name
from engine.domain.report import Report, ReportStatus
from engine.domain.study import Study

MANUFACTURER = "Negatoscope"
MODEL_NAME = "Negatoscope, research use only"


class StructuredReportClass(StrEnum):
    """Storage classes for the same content tree, from the narrowest to the widest (PS3.3 A.35)."""

    BASIC_TEXT = "basic text"
    ENHANCED = "enhanced"
    COMPREHENSIVE = "comprehensive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportObject:
    """What an object is made from.

    Attributes:
        institution: For the verifying organisation; may be empty.
        software: Version of this program.
    """

    report: Report
    study: Study
    institution: str = ""
    software: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether the text has a final signature."""
        return self.report.status in {ReportStatus.FINAL, ReportStatus.ADDENDED}

    @property
    def is_complete(self) -> bool:
        """Whether the text is complete: signed, at least as preliminary."""
        return self.is_verified or self.report.status is ReportStatus.PRELIMINARY

    def uid(self, purpose: str) -> UID:
        """A UID under 2.25 (PS3.5 B.2) for this revision and purpose."""
        name = f"{self.report.id}/{self.report.revision}/{self.report.sha256}/{purpose}"
        return uid_of(name)

    def lasting_uid(self, purpose: str) -> UID:
        """A UID for what does not change with the report's revisions, e.g. a film's key flag."""
        return uid_of(f"{self.report.id}/{purpose}")

    @property
    def equipment(self) -> dict[str, Any]:
        """Arguments of highdicom's documents that say what made them, and where."""
        return {
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MODEL_NAME,
            "institution_name": self.institution or None,
            "software_versions": self.software or "0",
        }


def uid_of(name: str) -> UID:
    """A UID under 2.25 (PS3.5 B.2) that always is the same for a name."""
    return UID(f"2.25.{uuid5(NAMESPACE_OID, name).int}")


@contextmanager
def names_as_they_came() -> Iterator[None]:
    """Export names as they came in, also those with a single component, without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The string .* unlikely", category=UserWarning)
        yield


def film_references(study: Study) -> list[Dataset]:
    """One data set per film with the attributes that a reference to it needs."""
    films = {image.uid_in_file: image for image in study.images}
    return [
        described(study, image.sop_class, uid, image.series_uid) for uid, image in films.items()
    ]


def described(study: Study, sop_class: str, sop_uid: str, series_uid: str) -> Dataset:
    """Patient and study modules (PS3.3 C.7.1.1, C.7.2.1) of one instance."""
    found, patient = Dataset(), study.patient
    found.SpecificCharacterSet = "ISO_IR 192"
    found.SOPClassUID = sop_class
    found.SOPInstanceUID = sop_uid
    found.SeriesInstanceUID = series_uid
    found.StudyInstanceUID = study.uid
    found.PatientName = kept_name(patient.header_name) or header_name(patient.name)
    found.PatientID = patient.patient_id[:64]
    found.PatientBirthDate = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    found.PatientSex = patient.sex if patient.sex in {"M", "F", "O"} else ""
    found.StudyDate = study.study_date.strftime("%Y%m%d") if study.study_date else ""
    found.StudyTime = study.study_time.strftime("%H%M%S") if study.study_time else ""
    found.StudyID = study.study_id[:16]
    found.AccessionNumber = study.accession[:16]
    found.ReferringPhysicianName = kept_name(study.header_referring) or header_name(study.referring)
    return found


def as_file(dataset: Dataset) -> bytes:
    """The data set as a DICOM file (PS3.10), Explicit VR Little Endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    stream = BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def set_times(made: Dataset, moment: datetime) -> None:
    """Replace the time of export, which libraries write, by the report's own."""
    made.ContentDate, made.ContentTime = day(moment), time_of_day(moment)
    made.InstanceCreationDate, made.InstanceCreationTime = made.ContentDate, made.ContentTime
    made.TimezoneOffsetFromUTC = "+0000"
    for equipment in made.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = date_time(moment)


def person(name: str) -> str:
    """A printed name as a DICOM person name, all of it in the family name component.

    The trailing caret says that the single component is intended.
    """
    plain = name.replace("\\", " ").replace("^", " ").replace("=", " ")[:63].strip()
    return f"{plain}^" if plain else ""


def day(moment: datetime) -> str:
    """A DICOM date, UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%d")


def time_of_day(moment: datetime) -> str:
    """A DICOM time, UTC."""
    return moment.astimezone(UTC).strftime("%H%M%S")


def date_time(moment: datetime) -> str:
    """A DICOM date and time with its offset, UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
