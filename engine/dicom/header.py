"""What a file's header says about its image, patient and study, as our values.

Texts come decoded from any DICOM character set; bytes that the set has no letter for show as
replacement characters. Control and direction-changing characters are removed, so that no value
can disguise itself on the screen or in a document.
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

from engine.dicom.codecs import PLUGINS
from engine.dicom.pixels import is_lossy
from engine.dicom.spacing import spacing_of
from engine.dicom.stored import kind_of, pixel_format
from engine.dicom.tree import FoundImage
from engine.dicom.views import coded_projection, laterality_of, orientation_of, view_of
from engine.domain.study import ImageRef, Patient, SeriesUid, SopUid, StudyUid
from engine.errors import DamagedFileError, UnsupportedImageError

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_MAX_TEXT = 1024
# Carry pixels, but are maps and doses laid over an image, not images to be read.
_NOT_FILMS = ("Segmentation", "RT Dose", "Parametric Map", "Presentation State", "Surface")


def found_image(
    dataset: FileDataset, path: Path, member: str = "", *, is_whole: bool = True
) -> FoundImage:
    """Describe the image of a header.

    Args:
        dataset: Read at least up to the pixel data.
        path: The file, or the ZIP archive that holds it.
        member: Name inside the archive.
        is_whole: Whether the file holds its pixel data to the end.

    Raises:
        UnsupportedImageError: Not an image that can be shown; the sentence says what it is.
        DamagedFileError: An identifier or the image's size is missing.
        LimitExceededError: The image is larger than the safety limits.
    """
    kind = kind_of(dataset)
    if "Rows" not in dataset or any(word in kind for word in _NOT_FILMS):
        raise UnsupportedImageError(f"It holds no image to read ({kind}).")
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    if syntax not in PLUGINS:
        raise UnsupportedImageError(f"The image is stored as {syntax.name}, which is not read.")
    return FoundImage(
        image=replace(_image(dataset, path, member), is_whole=is_whole),
        patient=patient_of(dataset),
        study_date=date_of(dataset, "StudyDate"),
        study_time=_time(dataset, "StudyTime"),
        accession=text_of(dataset, "AccessionNumber"),
        study_description=text_of(dataset, "StudyDescription"),
        referring=name_of(dataset, "ReferringPhysicianName"),
        patient_age=text_of(dataset, "PatientAge"),
        series_description=text_of(dataset, "SeriesDescription"),
        series_number=_integer(dataset, "SeriesNumber"),
    )


def patient_of(dataset: FileDataset) -> Patient:
    """Who the film is of."""
    sex = text_of(dataset, "PatientSex").upper()
    return Patient(
        patient_id=text_of(dataset, "PatientID"),
        name=name_of(dataset, "PatientName"),
        birth_date=date_of(dataset, "PatientBirthDate"),
        sex=sex if sex in ("M", "F", "O") else "",
    )


def text_of(dataset: Dataset, keyword: str) -> str:
    """A value as clean text, at most 1,024 characters; empty if absent or unreadable.

    Several values are written as they are in the file, with backslashes.
    """
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, LookupError, OverflowError):
        return ""
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, MultiValue):
        return clean_text("\\".join(str(one) for one in value))
    return clean_text(str(value))


def _image(dataset: FileDataset, path: Path, member: str) -> ImageRef:
    form = pixel_format(dataset)
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
        view_position=text_of(dataset, "ViewPosition") or coded_projection(dataset),
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
    )


def name_of(dataset: Dataset, keyword: str) -> str:
    """A person's name for display: "Family, Given Middle", other writings after " = "."""
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, LookupError):
        return ""
    if isinstance(value, MultiValue):
        # One name is allowed; what a writer made two of must not be nobody's film.
        names = (_shown_name(one) for one in value if isinstance(one, PersonName))
        return clean_text(" / ".join(dict.fromkeys(name for name in names if name)))
    if not isinstance(value, PersonName):
        return clean_text(str(value)) if isinstance(value, str) else ""
    return _shown_name(value)


def _shown_name(value: PersonName) -> str:
    groups = []
    for group in str(value).split("="):
        parts = [clean_text(part) for part in group.split("^")]
        family, others = parts[0], " ".join(part for part in parts[1:3] if part)
        shown = ", ".join(part for part in (family, others) if part)
        if shown and shown not in groups:
            groups.append(shown)
    return " = ".join(groups)


def uid_of(dataset: Dataset, keyword: str) -> str:
    """A UID, the first of several; raises `DamagedFileError` if it is missing or too long."""
    value = text_of(dataset, keyword).partition("\\")[0].strip()
    if not value or len(value) > 64:
        raise DamagedFileError(f"{keyword} is missing from the header.")
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


def _time(dataset: Dataset, keyword: str) -> time | None:
    digits = text_of(dataset, keyword).replace(":", "").partition(".")[0]
    if not re.fullmatch(r"([0-9]{2}){1,3}", digits):
        return None
    hour, minute, second = (int(digits[place : place + 2] or 0) for place in (0, 2, 4))
    return time(hour, minute, min(second, 59)) if hour < 24 and minute < 60 else None


def clean_text(text: str, at_most: int = _MAX_TEXT) -> str:
    """Without control and direction-changing characters, at most so many characters."""
    return _HIDDEN.sub(" ", text).strip()[:at_most]
