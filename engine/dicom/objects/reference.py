"""What every object made of a report shares: patient, study, identifiers, and its films.

Values come from the index, not from the files: nothing untrusted is parsed here. Identifiers are
derived from the report's id and revision, so that the same report exported twice is one object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from uuid import NAMESPACE_OID, uuid5

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from engine.domain.report import Report, ReportStatus
from engine.domain.study import Study

MANUFACTURER = "Negatoscope"
MODEL_NAME = "Negatoscope, research use only"
_GENERATED_UID_LIMIT = 64


class StructuredReportClass(StrEnum):
    """Storage classes for the same content tree, from the narrowest to the widest (PS3.3 A.35)."""

    BASIC_TEXT = "basic text"
    ENHANCED = "enhanced"
    COMPREHENSIVE = "comprehensive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportObject:
    """What an object is made of.

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
        """Whether a signature for good stands under the text."""
        return self.report.status in {ReportStatus.FINAL, ReportStatus.ADDENDED}

    @property
    def is_complete(self) -> bool:
        """Whether the text is whole: signed, as preliminary at least."""
        return self.is_verified or self.report.status is ReportStatus.PRELIMINARY

    def uid(self, purpose: str) -> UID:
        """A UID under 2.25 (PS3.5 B.2) of this very revision and purpose."""
        name = f"{self.report.id}/{self.report.revision}/{self.report.sha256}/{purpose}"
        return UID(f"2.25.{uuid5(NAMESPACE_OID, name).int}"[:_GENERATED_UID_LIMIT])


def film_references(study: Study) -> list[Dataset]:
    """One data set for each film, with what a reference to it needs."""
    return [
        described(study, image.sop_class, image.sop_uid, image.series_uid) for image in study.images
    ]


def described(study: Study, sop_class: str, sop_uid: str, series_uid: str) -> Dataset:
    """Patient and study modules (PS3.3 C.7.1.1, C.7.2.1) of one instance."""
    found, patient = Dataset(), study.patient
    found.SpecificCharacterSet = "ISO_IR 192"
    found.SOPClassUID = sop_class
    found.SOPInstanceUID = sop_uid
    found.SeriesInstanceUID = series_uid
    found.StudyInstanceUID = study.uid
    found.PatientName = _person_name(patient.name)
    found.PatientID = patient.patient_id[:64]
    found.PatientBirthDate = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    found.PatientSex = patient.sex if patient.sex in {"M", "F", "O"} else ""
    found.StudyDate = study.study_date.strftime("%Y%m%d") if study.study_date else ""
    found.StudyTime = study.study_time.strftime("%H%M%S") if study.study_time else ""
    found.StudyID = ""
    found.AccessionNumber = study.accession[:16]
    found.ReferringPhysicianName = _person_name(study.referring)
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


def person(name: str) -> str:
    """A name as printed, as a DICOM person name: all of it in the family name's place.

    The caret says that there is only one part on purpose.
    """
    plain = name.replace("\\", " ").replace("^", " ").replace("=", " ")[:63].strip()
    return f"{plain}^" if plain else ""


def day(moment: datetime) -> str:
    """A DICOM date, UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%d")


def time_of_day(moment: datetime) -> str:
    """A DICOM time, UTC."""
    return moment.astimezone(UTC).strftime("%H%M%S")


def _person_name(shown: str) -> str:
    """The header's form of a name that the index keeps as "Family, Given = other writing"."""
    return "=".join(_name_group(group) for group in shown.split(" = ")[:3])


def _name_group(group: str) -> str:
    family, _, given = group.replace("\\", " ").replace("=", " ").partition(",")
    return f"{family.strip()[:40]}^{given.strip()[:23]}" if group.strip() else ""
