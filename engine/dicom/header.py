"""A header's image, patient and study as values of the domain.

Texts are decoded from any DICOM character set; undecodable bytes show as replacement characters.
Control and direction-changing characters are removed, so that no value can disguise itself on the
screen or in a document.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.uid import UID
from pydicom.valuerep import PersonName

from engine.dicom.functional_groups import of_frame
from engine.dicom.intent import intent_of
from engine.dicom.pixels import is_lossy
from engine.dicom.spacing import spacing_of
from engine.dicom.stored import kind_of, pixel_format
from engine.dicom.streams.kinds import KINDS
from engine.dicom.tree import FoundImage
from engine.dicom.values import value_of
from engine.dicom.views import laterality_of, orientation_of, view_of, view_position_of
from engine.domain.person_name import kept_name, shown_name
from engine.domain.study import ImageRef, Patient, SeriesUid, SopUid, StudyUid
from engine.errors import DamagedFileError, UnsupportedImageError

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_MAX_TEXT = 1024
_LONGEST_UID = 64
# These have pixels but are maps and doses laid over an image, not images to be read.
_NOT_FILMS = ("Segmentation", "RT Dose", "Parametric Map", "Presentation State", "Surface")


def found_image(
    dataset: FileDataset, path: Path, member: str = "", *, is_whole: bool = True
) -> FoundImage:
    """Describe the image of a header.

    Args:
        dataset: Read at least up to the pixel data.
        path: The file, or the ZIP archive that contains it.
        member: Name inside the archive.
        is_whole: Whether the file contains its pixel data to the end.

    Raises:
        UnsupportedImageError: Not an image that can be shown; the message says what it is.
        DamagedFileError: An identifier or the image's size is missing.
        LimitExceededError: The image is larger than the safety limits.
    """
    kind = kind_of(dataset)
    if "Rows" not in dataset or any(word in kind for word in _NOT_FILMS):
        raise UnsupportedImageError(f"It holds no image to read ({kind}).")
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    if syntax not in KINDS:
        raise UnsupportedImageError(f"The image is stored as {syntax.name}, which is not read.")
    return FoundImage(
        image=replace(_image(dataset, path, member), is_whole=is_whole),
        patient=patient_of(dataset),
        study_date=date_of(dataset, "StudyDate"),
        study_time=time_of(dataset, "StudyTime"),
        accession=text_of(dataset, "AccessionNumber"),
        study_description=text_of(dataset, "StudyDescription"),
        referring=name_of(dataset, "ReferringPhysicianName"),
        patient_age=text_of(dataset, "PatientAge"),
        series_description=text_of(dataset, "SeriesDescription"),
        series_number=_integer(dataset, "SeriesNumber"),
        study_id=text_of(dataset, "StudyID"),
        header_referring=header_name_of(dataset, "ReferringPhysicianName"),
    )


def patient_of(dataset: FileDataset) -> Patient:
    """The patient of the film; a sex other than M, F or O is empty."""
    sex = text_of(dataset, "PatientSex").upper()
    return Patient(
        patient_id=text_of(dataset, "PatientID"),
        name=name_of(dataset, "PatientName"),
        birth_date=date_of(dataset, "PatientBirthDate"),
        sex=sex if sex in ("M", "F", "O") else "",
        header_name=header_name_of(dataset, "PatientName"),
    )


def text_of(dataset: Dataset, keyword: str) -> str:
    """A value as clean text of at most 1,024 characters; empty if absent or unreadable.

    Several values are joined by backslashes, as in the file.
    """
    try:
        value = value_of(dataset, keyword)
    except (ValueError, TypeError, NotImplementedError, LookupError, OverflowError):
        return ""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, MultiValue):
        return clean_text("\\".join(str(one) for one in value))
    return clean_text(str(value))


def _image(dataset: FileDataset, path: Path, member: str) -> ImageRef:
    form = pixel_format(dataset)
    dataset = of_frame(dataset, 0)
    return ImageRef(
        path=path,
        member=member,
        sop_uid=SopUid(uid_of(dataset, "SOPInstanceUID")),
        sop_class=text_of(dataset, "SOPClassUID"),
        series_uid=SeriesUid(uid_of(dataset, "SeriesInstanceUID")),
        study_uid=StudyUid(uid_of(dataset, "StudyInstanceUID")),
        instance_number=_integer(dataset, "InstanceNumber"),
        modality=text_of(dataset, "Modality"),
        body_part=text_of(dataset, "BodyPartExamined"),
        description=text_of(dataset, "SeriesDescription"),
        view=view_of(dataset),
        view_position=clean_text(view_position_of(dataset)),
        laterality=laterality_of(dataset),
        patient_orientation=orientation_of(dataset),
        rows=form.rows,
        columns=form.columns,
        frames=form.frames,
        bits_stored=form.bits_stored,
        photometric=form.photometric,
        transfer_syntax=str(dataset.file_meta.TransferSyntaxUID),
        spacing=spacing_of(dataset),
        lossy=is_lossy(dataset),
        comments=text_of(dataset, "ImageComments"),
        intent=intent_of(dataset),
    )


def name_of(dataset: Dataset, keyword: str) -> str:
    """A person's name for display, see `shown_name`."""
    value = _name_value(dataset, keyword)
    if isinstance(value, MultiValue):
        # Only one name is allowed, but a film with two must not appear to have none.
        names = (shown_name(clean_text(str(one))) for one in value if isinstance(one, PersonName))
        return clean_text(" / ".join(dict.fromkeys(name for name in names if name)))
    if not isinstance(value, PersonName):
        return clean_text(str(value)) if isinstance(value, str) else ""
    return shown_name(clean_text(str(value)))


def header_name_of(dataset: Dataset, keyword: str) -> str:
    """A person's name with all its components and representations; empty unless it is one name."""
    value = _name_value(dataset, keyword)
    return kept_name(clean_text(str(value))) if isinstance(value, PersonName) else ""


def _name_value(dataset: Dataset, keyword: str) -> object:
    try:
        return dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, LookupError):
        return None


def uid_of(dataset: Dataset, keyword: str) -> str:
    """A UID, the first of several; raises `DamagedFileError` if it is missing or too long."""
    value = text_of(dataset, keyword).partition("\\")[0].strip()
    if not value:
        raise DamagedFileError(f"{keyword} is missing from the header.")
    if len(value) > _LONGEST_UID:
        raise DamagedFileError(f"{keyword} in the header is too long to be one.")
    return value


def _integer(dataset: Dataset, keyword: str) -> int:
    try:
        return int(float(text_of(dataset, keyword) or 0))
    except (ValueError, OverflowError):
        return 0


def date_of(dataset: Dataset, keyword: str) -> date | None:
    """A date; None if absent or unreadable."""
    digits = re.sub(r"[.\-]", "", text_of(dataset, keyword))[:8]
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def time_of(dataset: Dataset, keyword: str) -> time | None:
    """A time of the day; None if absent or unreadable."""
    digits = text_of(dataset, keyword).replace(":", "").partition(".")[0]
    if not re.fullmatch(r"([0-9]{2}){1,3}", digits):
        return None
    hour, minute, second = (int(digits[at : at + 2] or 0) for at in (0, 2, 4))
    return time(hour, minute, min(second, 59)) if hour < 24 and minute < 60 else None


def clean_text(text: str, at_most: int = _MAX_TEXT) -> str:
    """The text without control and direction-changing characters, cut to `at_most` characters."""
    return _HIDDEN.sub(" ", text).strip()[:at_most]
