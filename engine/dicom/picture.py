"""A PNG or JPEG picture as a film without a header: to be looked at, never measured or drafted.

A photograph of a film, a screenshot or a teaching file says neither who it is of nor how large a
pixel is, and what was done to its greys nobody knows. It gets identifiers of its own from its
content, so that the same picture is the same study wherever it lies.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.dicom.tree import FoundImage
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, Patient, PictureFormat, SeriesUid, SopUid, StudyUid
from engine.errors import DamagedFileError, LimitExceededError, NotDicomError
from engine.imaging.picture_samples import is_deep, upright_samples, upright_size
from engine.imaging.preprocess import grey_image

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000
_MARKS = {b"\x89PNG": PictureFormat.PNG, b"\xff\xd8\xff": PictureFormat.JPEG}


def picture_format(stream: BinaryIO) -> PictureFormat | None:
    """Which kind of picture a file is by its first bytes; None if it is none."""
    head = stream.read(4)
    stream.seek(0)
    return next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)


def found_picture(stream: BinaryIO, path: Path) -> FoundImage:
    """Describe a picture as an image of a study of its own.

    Raises:
        NotDicomError: It is no PNG or JPEG picture.
        DamagedFileError: It is broken.
        LimitExceededError: It is larger than the safety limits.
    """
    kind = picture_format(stream)
    if kind is None:
        raise NotDicomError("It is not a DICOM file.")
    content = _content(stream)
    picture = _opened(content)
    rows, columns = upright_size(picture)
    uid = uid_of(content)
    return FoundImage(
        image=ImageRef(
            path=path,
            sop_uid=SopUid(uid),
            sop_class="",
            series_uid=SeriesUid(f"{uid}.1"),
            study_uid=StudyUid(f"{uid}.2"),
            modality="OT",
            rows=rows,
            columns=columns,
            bits_stored=16 if is_deep(picture) else 8,
            photometric="MONOCHROME2",
            transfer_syntax=kind.value,
            lossy=kind is PictureFormat.JPEG,
        ),
        patient=Patient(patient_id="", name="", birth_date=None, sex=""),
        study_date=None,
        study_time=None,
        accession="",
        study_description=f"{kind.value} picture, not a diagnostic source",
        referring="",
        patient_age="",
        series_description="",
        series_number=0,
    )


def picture_pixels(stream: BinaryIO, sop_uid: str) -> PixelImage:
    """Decode a picture as grey, turned as its Exif data asks.

    Raises like `found_picture`, and if it is another one now.
    """
    content = _content(stream)
    if uid_of(content) != sop_uid:
        raise DamagedFileError(
            "The file has changed since it was found.", what_to_do="Open it again."
        )
    picture = _opened(content)
    try:
        samples = upright_samples(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken() from error
    return grey_image(samples.astype(np.uint16) if is_deep(picture) else samples)


def uid_of(content: bytes) -> str:
    """A UID from a picture's bytes, under the root that PS3.5 B.2 gives to anybody."""
    return f"2.25.{int.from_bytes(hashlib.sha256(content).digest()[:15], 'big')}"


def _content(stream: BinaryIO) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise LimitExceededError("The picture is larger than the safety limit.")
    return content


def _opened(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=[kind.value for kind in PictureFormat])
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _broken() from error
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    return picture


def _too_large() -> LimitExceededError:
    return LimitExceededError("The picture has more pixels than the safety limit.")


def _broken() -> DamagedFileError:
    return DamagedFileError("The picture is damaged and cannot be read.")
