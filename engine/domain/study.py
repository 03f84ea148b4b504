"""Patients, studies, series and images as they were found, before any pixel is decoded.

The hierarchy is the one of DICOM PS3.3 A.1.2 (patient, study, series, instance). Everything here
is a frozen value: the scan makes it, the library keeps it, the viewer shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NewType

StudyUid = NewType("StudyUid", str)
SeriesUid = NewType("SeriesUid", str)
SopUid = NewType("SopUid", str)


class View(StrEnum):
    """How the film was taken, as far as the header says."""

    FRONTAL = "frontal"
    LATERAL = "lateral"
    OTHER = "other"
    UNKNOWN = "unknown"


class PictureFormat(StrEnum):
    """Pictures that are no DICOM files; stands where a film has its transfer syntax."""

    PNG = "PNG"
    JPEG = "JPEG"


class SpacingKind(StrEnum):
    """Where millimetres come from; printed beside every value in millimetres."""

    DETECTOR_PLANE = "detector plane"
    CALIBRATED = "calibrated"
    FIDUCIAL = "calibrated on a fiducial"
    GEOMETRY = "corrected for magnification"
    MAGNIFICATION = "corrected by the file's factor"
    DISTANCES = "corrected by distances"
    SCANNED = "scanned film"
    DOUBTFUL = "calibration doubtful"
    BY_USER = "calibrated by user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelSpacing:
    """Distance between pixel centres in mm (DICOM PS3.3 10.7)."""

    row_mm: float
    column_mm: float
    kind: SpacingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Who the film is of, as the header says it.

    Attributes:
        patient_id: (0010,0020), with the issuer left out.
        name: Display form, "Family, Given"; other character groups follow after " = ".
        birth_date: (0010,0030), None if absent or unreadable.
        sex: "M", "F", "O" or empty.
    """

    patient_id: str
    name: str
    birth_date: date | None
    sex: str

    def is_same_person(self, other: Patient) -> bool:
        """Whether both carry the same id and birth date: the rule by which priors are matched."""
        same_id = bool(self.patient_id) and self.patient_id == other.patient_id
        return same_id and self.birth_date is not None and self.birth_date == other.birth_date


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """One image, where it lies and what its header says.

    Attributes:
        path: The file, or the ZIP archive that holds it.
        member: Name inside the ZIP archive; empty for a plain file.
        patient_orientation: (0020,0020) as row and column direction, e.g. ("L", "F"); None if
            absent.
        lossy: Whether (0028,2110) or the transfer syntax says that detail was lost.
        is_whole: Whether the file holds its pixel data to the end.
    """

    path: Path
    member: str = ""
    sop_uid: SopUid
    sop_class: str
    series_uid: SeriesUid
    study_uid: StudyUid
    instance_number: int = 0
    modality: str = ""
    body_part: str = ""
    description: str = ""
    view: View = View.UNKNOWN
    view_position: str = ""
    laterality: str = ""
    patient_orientation: tuple[str, str] | None = None
    rows: int
    columns: int
    frames: int = 1
    bits_stored: int = 0
    photometric: str = ""
    transfer_syntax: str = ""
    spacing: PixelSpacing | None = None
    lossy: bool = False
    comments: str = ""
    is_whole: bool = True

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture without a header: not a diagnostic source, never measured."""
        return self.transfer_syntax in tuple(PictureFormat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Images that belong together; for radiography often a single film."""

    uid: SeriesUid
    modality: str
    description: str
    number: int
    images: tuple[ImageRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One examination of one patient."""

    uid: StudyUid
    patient: Patient
    study_date: date | None
    study_time: time | None
    accession: str
    description: str
    referring: str
    patient_age: str
    series: tuple[Series, ...]

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """All images, in the order of series and instance number."""
        return tuple(image for series in self.series for image in series.images)

    @property
    def frontal(self) -> ImageRef | None:
        """The first frontal film, or None."""
        return next((image for image in self.images if image.view is View.FRONTAL), None)

    @property
    def lateral(self) -> ImageRef | None:
        """The first lateral film, or None."""
        return next((image for image in self.images if image.view is View.LATERAL), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A file that was looked at and left out, and why in a plain sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a scan of folders, files, ZIP archives or a DICOMDIR found.

    Attributes:
        locked: ZIP archives with encrypted files that no password, or a wrong one, was given for.
        documents: How many reports of other systems were found beside the films.
    """

    studies: tuple[Study, ...]
    skipped: tuple[SkippedFile, ...]
    locked: tuple[Path, ...] = ()
    documents: int = 0


class StudyStatus(StrEnum):
    """Read state of a study in the list (product.md row 56)."""

    NEW = "new"
    DRAFTED = "drafted"
    IN_REVIEW = "in review"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """One row of the study list.

    Attributes:
        views: Kinds of view among its films, each once, frontal first.
    """

    uid: StudyUid
    patient: Patient
    study_date: date | None
    study_time: time | None
    description: str
    accession: str
    image_count: int
    status: StudyStatus
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuery:
    """What the study list is asked for; empty fields do not filter."""

    text: str = ""
    status: StudyStatus | None = None
    limit: int = 500
