"""A PNG or JPEG picture as a film without a header: for viewing, never measured or drafted.

A photograph of a film, a screenshot or a teaching file states neither its patient nor its pixel
size, and its greys have been processed in unknown ways. Its identifiers are derived from its
content, so that copies of one picture are the same study.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.dicom.streams.jpeg import SOF_JPEG_LS, read_frame, read_jpeg
from engine.dicom.streams.jpeg_lossy import checked
from engine.dicom.streams.kinds import JPEG_MARK
from engine.dicom.tree import FoundImage
from engine.domain.image import PixelImage
from engine.domain.study import ImageRef, Patient, PictureFormat, SeriesUid, SopUid, StudyUid
from engine.errors import (
    DamagedFileError,
    IncompleteImageError,
    LimitExceededError,
    NotDicomError,
    UnsupportedImageError,
)
from engine.imaging.picture_samples import is_deep, upright_samples, upright_size
from engine.imaging.preprocess import grey_image

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000
_PNG_IMAGE = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
# Samples of a pixel by colour type, and the first column, first row and steps of each pass.
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_MARKS = {b"\x89PNG": PictureFormat.PNG, b"\xff\xd8\xff": PictureFormat.JPEG}


def picture_format(stream: BinaryIO) -> PictureFormat | None:
    """The kind of picture, by the first four bytes; None if it is none."""
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
    """Decode a picture as grey, rotated as its Exif data says.

    Raises the errors of `found_picture`, and `DamagedFileError` if the file's content has changed.
    """
    content = _content(stream)
    if uid_of(content) != sop_uid:
        raise DamagedFileError(
            "The file has changed since it was found.", what_to_do="Open it again."
        )
    picture = _opened(content)
    is_of_16_bits = is_deep(picture)
    try:
        _check_whole(content, picture)
        samples = upright_samples(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken() from error
    return grey_image(samples.astype(np.uint16) if is_of_16_bits else samples)


def uid_of(content: bytes) -> str:
    """A UID from a picture's bytes, under the root that PS3.5 B.2 gives to anybody."""
    return f"2.25.{int.from_bytes(hashlib.sha256(content).digest()[:15], 'big')}"


def _content(stream: BinaryIO) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise LimitExceededError("The picture is larger than the safety limit.")
    return content


def _opened(content: bytes) -> Image.Image:
    if _is_other_jpeg(content):
        raise UnsupportedImageError("The picture is a kind of JPEG that is not read here.")
    try:
        picture = Image.open(io.BytesIO(content), formats=[kind.value for kind in PictureFormat])
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _broken() from error
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    return picture


def _is_other_jpeg(content: bytes) -> bool:
    """Whether it is a JPEG picture of another depth than 8 bits, or JPEG-LS."""
    if not content.startswith(JPEG_MARK):
        return False
    try:
        frame = read_frame(content)
    except DamagedFileError:
        return False  # Pillow looks further for the frame
    return frame.precision != 8 or frame.process == SOF_JPEG_LS


def _check_whole(content: bytes, picture: Image.Image) -> None:
    """Refuse an incomplete picture; Pillow would show its missing part grey or black.

    Raises:
        DamagedFileError: A part is missing.
    """
    if picture.format == PictureFormat.PNG:
        _check_chunks(content)
        return
    checked(content, read_jpeg(content))


def _check_chunks(content: bytes) -> None:
    """Check lengths and checksums of a PNG's chunks, and that they hold all rows (ISO 15948, 5)."""
    offset, packed, head = 8, [], b""
    while offset + 12 <= len(content):
        length = int.from_bytes(content[offset : offset + 4], "big")
        end = offset + 8 + length
        kind, body = content[offset + 4 : offset + 8], content[offset + 8 : end]
        if kind in _PNG_IMAGE:
            check = int.from_bytes(content[end : end + 4], "big")
            if zlib.crc32(content[offset + 4 : end]) != check:
                break
        if kind == b"IHDR":
            head = body
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND" and _holds_rows(head, b"".join(packed)):
            return
        offset = end + 4
    raise IncompleteImageError(
        "A part of the picture is missing.", what_to_do="Copy it again from where it came from."
    )


def _holds_rows(head: bytes, packed: bytes) -> bool:
    """Whether a PNG's data unpacks to the bytes of all its rows and passes (ISO 15948, 7 to 9)."""
    columns, rows = (int.from_bytes(head[at : at + 4], "big") for at in (0, 4))
    bits = head[8] * _PNG_CHANNELS.get(head[9], 1)
    passes = _ADAM7 if head[12] else ((0, 0, 1, 1),)
    needed = 0
    for left, top, across, down in passes:
        width, height = -(-(columns - left) // across), -(-(rows - top) // down)
        needed += height * (1 + -(-width * bits // 8)) if width > 0 and height > 0 else 0
    try:
        return len(zlib.decompressobj().decompress(packed, needed)) == needed
    except zlib.error:
        return False


def _too_large() -> LimitExceededError:
    return LimitExceededError("The picture has more pixels than the safety limit.")


def _broken() -> DamagedFileError:
    return DamagedFileError("The picture is damaged and cannot be read.")
