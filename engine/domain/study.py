"""Patients, studies, series and images as a scan found them, before any pixel is decoded.

The hierarchy is that of DICOM PS3.3 A.1.2 (patient, study, series, instance). Everything here is a
frozen value: the scan makes it, the library stores it, the viewer shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NewType

from engine.domain.urgency import ROUTINE_RANK, OrderMark, due_key

StudyUid = NewType("StudyUid", str)
SeriesUid = NewType("SeriesUid", str)
SopUid = NewType("SopUid", str)


class View(StrEnum):
    """How the film was taken, as far as the header says."""

    FRONTAL = "frontal"
    LATERAL = "lateral"
    OTHER = "other"
    UNKNOWN = "unknown"


class PresentationIntent(StrEnum):
    """What a film's samples are meant for (PS3.3 C.8.11.1.1.1, Presentation Intent Type)."""

    PRESENTATION = "FOR PRESENTATION"
    PROCESSING = "FOR PROCESSING"
    UNSAID = ""


class PictureFormat(StrEnum):
    """File formats of pictures that are not DICOM; stands in place of the transfer syntax."""

    PNG = "PNG"
    JPEG = "JPEG"


class SpacingKind(StrEnum):
    """How a film's millimetres are known; printed beside every value in millimetres."""

    DETECTOR_PLANE = "detector plane"
    CALIBRATED = "calibrated"
    FIDUCIAL = "calibrated on a fiducial"
    GEOMETRY = "corrected for magnification"
    MAGNIFICATION = "corrected by the file's factor"
    DISTANCES = "corrected by distances"
    SCANNED = "scanned film"
    DOUBTFUL = "calibration doubtful"
    UNKNOWN = "calibration unknown"
    SECTION = "plane of the section"
    BY_USER = "calibrated by user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelSpacing:
    """Distance between pixel centres in mm (DICOM PS3.3 10.7)."""

    row_mm: float
    column_mm: float
    kind: SpacingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The patient, as the film's header gives it.

    Attributes:
        patient_id: (0010,0020), with the issuer left out.
        name: Display form, "Family, Given"; other character groups follow after " = ".
        header_name: (0010,0010) with all its components and groups; empty where only the display
            form is known.
        birth_date: (0010,0030), None if absent or unreadable.
        sex: "M", "F", "O" or empty.
    """

    patient_id: str
    name: str
    birth_date: date | None
    sex: str
    header_name: str = ""

    def is_same_person(self, other: Patient) -> bool:
        """Whether both have the same id and birth date: the rule by which priors are matched."""
        same_id = bool(self.patient_id) and self.patient_id == other.patient_id
        return same_id and self.birth_date is not None and self.birth_date == other.birth_date


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """One image: where its file is and what its header says.

    Attributes:
        path: The file, or the ZIP archive that holds it.
        member: Name inside the ZIP archive; empty for a plain file.
        shared_uid: SOP Instance UID in the file, if another film has the same one and `sop_uid` is
            one of our own; else empty.
        patient_orientation: (0020,0020) as row and column direction, e.g. ("L", "F"); None if
            absent.
        lossy: Whether (0028,2110) or the transfer syntax says that the image was lossily
            compressed.
        is_whole: Whether the file holds all of its pixel data.
        lost_part: The sentence that names the rows that an image that is not whole probably lacks;
            empty if it can be shown as it is or not at all.
        intent: Whether it is a film to be read, or raw data for processing.
        notes: Plain sentences about its file that are shown beside the film.
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
    lost_part: str = ""
    intent: PresentationIntent = PresentationIntent.UNSAID
    notes: tuple[str, ...] = ()
    shared_uid: str = ""

    @property
    def uid_in_file(self) -> SopUid:
        """SOP Instance UID as in the file, to look the film up by."""
        return SopUid(self.shared_uid or self.sop_uid)

    @property
    def is_raw(self) -> bool:
        """Whether it is raw data for image processing, not meant to be read."""
        return self.intent is PresentationIntent.PROCESSING

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture without a header: not a diagnostic source, never measured."""
        return self.transfer_syntax in tuple(PictureFormat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Images acquired together; in radiography often a single film."""

    uid: SeriesUid
    modality: str
    description: str
    number: int
    images: tuple[ImageRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One examination of one patient.

    Attributes:
        study_id: (0020,0010), the department's own number.
        header_referring: (0008,0090) with all its components and groups, like
            `Patient.header_name`.
    """

    uid: StudyUid
    patient: Patient
    study_date: date | None
    study_time: time | None
    accession: str
    description: str
    referring: str
    patient_age: str
    series: tuple[Series, ...]
    study_id: str = ""
    header_referring: str = ""

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """All images by series and instance number, raw data last."""
        images = (image for series in self.series for image in series.images)
        return tuple(sorted(images, key=lambda image: image.is_raw))

    @property
    def file_name(self) -> str:
        """The first picture's file name; empty where a header names the patient."""
        return next((image.path.name for image in self.images if image.is_picture), "")

    @property
    def frontal(self) -> ImageRef | None:
        """The first frontal film, or None."""
        return self._first(View.FRONTAL)

    @property
    def lateral(self) -> ImageRef | None:
        """The first lateral film, or None."""
        return self._first(View.LATERAL)

    def _first(self, view: View) -> ImageRef | None:
        """The first film of a view; raw data only if the study holds nothing else."""
        images = self.images
        to_read = [image for image in images if not image.is_raw] or images
        return next((image for image in to_read if image.view is view), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A file that was left out, and why in a plain sentence.

    Attributes:
        name: For a person: path, or archive and name inside it.
        path: The file, or the ZIP archive that holds it; None where only the name is known.
        member: Name inside the ZIP archive; empty for a plain file.
        may_be_film: Whether it is DICOM or says so, or could not be looked at.
    """

    name: str
    reason: str
    path: Path | None = None
    member: str = ""
    may_be_film: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a scan of folders, files, ZIP archives or a DICOMDIR found.

    Attributes:
        locked: Encrypted ZIP archives for which no password, or a wrong one, was given.
        documents: Number of reports of other systems found beside the films.
    """

    studies: tuple[Study, ...]
    skipped: tuple[SkippedFile, ...]
    locked: tuple[Path, ...] = ()
    documents: int = 0


class StudyStatus(StrEnum):
    """How far a study in the list has been read (product.md row 56)."""

    NEW = "new"
    DRAFTED = "drafted"
    IN_REVIEW = "in review"
    SIGNED = "signed"
    ADDENDED = "addended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """One row of the study list.

    Attributes:
        views: Views of its films, each once, frontal first.
        modalities: Of its series, each once, e.g. ("DX",).
        file_name: Of a picture, which has no header to name it; empty for other films.
        not_drafted: Why a study that came by a watched folder is not drafted, a plain sentence;
            empty if it is, or was not tried.
        order: Of its order; None if there is nothing to say.
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
    modalities: tuple[str, ...] = ()
    file_name: str = ""
    not_drafted: str = ""
    order: OrderMark | None = None

    @property
    def is_signed(self) -> bool:
        """Whether its report stands signed, with or without an addendum."""
        return self.status in (StudyStatus.SIGNED, StudyStatus.ADDENDED)

    @property
    def urgency(self) -> int:
        """0 and 1 for a study that waits for a stat or urgent report, 2 for any other."""
        if self.order is None or self.is_signed:
            return ROUTINE_RANK
        return self.order.priority.rank

    @property
    def wait_key(self) -> tuple[int, int, date, time]:
        """Orders studies by urgency, then by due time; those that are not urgent in their day."""
        due = None if self.order is None or self.is_signed else self.order.due
        day = date.min if self.study_date is None else self.study_date
        newest_first = 0 if self.urgency < ROUTINE_RANK else -day.toordinal()
        return (self.urgency, newest_first, *due_key(due))


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuery:
    """Filter of the study list; empty fields do not filter."""

    text: str = ""
    status: StudyStatus | None = None
    limit: int = 500
