"""A PNG or JPEG picture as a film without a header: to be looked at, never measured or drafted.

A photograph of a film, a screenshot or a teaching file says neither who it is of nor how large a
pixel is, and what was done to its greys nobody knows. It gets identifiers of its own from its
content, so that the same picture is the same study wherever it lies.
"""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.dicom.tree import FoundImage
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, Patient, PictureFormat, SeriesUid, SopUid, StudyUid
from engine.errors import DamagedFileError, LimitExceededError, NotDicomError
from engine.imaging.preprocess import grey_image

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000
_MARKS = {b"\x89PNG": PictureFormat.PNG, b"\xff\xd8\xff": PictureFormat.JPEG}
_ORIENTATION: Final = 0x0112
# Exif 2.3, tag 274: how what is stored has to be turned; a phone held upright writes 6.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS_SIDES: Final = 5


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
    rows, columns = _size(picture)
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
            bits_stored=16 if _is_deep(picture) else 8,
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
    turn = _TURNS.get(_orientation(picture))
    try:
        # Pillow would cut 16 bits to the lowest 255 levels, and show all else white.
        grey = picture if _is_deep(picture) else picture.convert("L")
        upright = grey if turn is None else grey.transpose(turn)
        samples = np.asarray(upright)
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken() from error
    return grey_image(samples.astype(np.uint16) if _is_deep(picture) else samples)


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


def _size(picture: Image.Image) -> tuple[int, int]:
    """Rows and columns of the picture as it is shown."""
    width, height = picture.size
    return (width, height) if _orientation(picture) >= _SWAPS_SIDES else (height, width)


def _orientation(picture: Image.Image) -> int:
    """Exif orientation, 1 to 8; 1, as it is stored, where there is none that makes sense."""
    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif") or b"")
        value = exif.get(_ORIENTATION)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1


def _is_deep(picture: Image.Image) -> bool:
    """Whether it has 16 bits of grey."""
    return picture.mode.startswith("I")


def _too_large() -> LimitExceededError:
    return LimitExceededError("The picture has more pixels than the safety limit.")


def _broken() -> DamagedFileError:
    return DamagedFileError("The picture is damaged and cannot be read.")
