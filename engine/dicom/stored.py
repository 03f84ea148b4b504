"""Stored samples of one frame: limits first, then the decoder.

The Image Pixel module (DICOM PS3.3 C.7.6.3) is checked before memory is allocated, because the
Rows x Columns x Samples of a crafted file is the usual way to exhaust or overrun a decoder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.multival import MultiValue
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from engine.dicom.codecs import LOSSY, decoded_frame
from engine.errors import DamagedFileError, LimitExceededError, UnsupportedImageError

MAX_SIDE = 20_000
MAX_PIXELS = 100_000_000
MAX_FRAMES = 10_000
MAX_OUTPUT_BYTES = 256 * 2**20
# Syntaxes whose decoded words may differ from those that were encoded.
_WITH_LOSS = LOSSY | {JPEG2000, HTJ2K}
GREY = ("MONOCHROME1", "MONOCHROME2")
# Syntaxes whose stream does not say whether colours are stored by pixel or by plane.
_WITHOUT_ORDER = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
_UNKNOWN_ARRANGEMENT = (
    "The header does not say how the colours are arranged; they were read pixel by pixel."
)
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "PALETTE COLOR")


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelFormat:
    """A file's Image Pixel module after validation.

    `low_bit` is the lowest bit of the samples in their words; before 2004 it could be above 0.
    """

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    low_bit: int
    signed: bool
    photometric: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredFrame:
    """One frame as stored.

    Attributes:
        samples: `(rows, columns)` or `(rows, columns, 3)` integers.
        photometric: The photometric interpretation after decoding.
        format: The header's format, with the actual sign of the samples.
        words: `(rows, columns)` complete words, whose other bits may hold overlays; None if they
            were not requested or did not survive the compression.
        decoder: Name and version of what decoded it.
        missing_frames: How many frames the file has less than its header says.
        notes: Sentences about gaps and errors in the header.
        lost_part: The sentence that names rows that were probably never written; empty for none.
    """

    samples: NDArray[Any]
    photometric: str
    format: PixelFormat
    decoder: str
    words: NDArray[Any] | None = None
    missing_frames: int = 0
    notes: tuple[str, ...] = ()
    lost_part: str = ""

    def sha256(self) -> str:
        """Hash of the samples as little-endian int32, row by row, colour by pixel; hex."""
        return hashlib.sha256(np.ascontiguousarray(self.samples).astype("<i4").data).hexdigest()


def pixel_format(dataset: FileDataset) -> PixelFormat:
    """Read and check the Image Pixel module.

    Raises:
        UnsupportedImageError: Not an image, or of a kind that is not read here.
        LimitExceededError: Larger than the safety limits.
        DamagedFileError: A value is missing or makes no sense.
    """
    bits_stored = _bits_stored(dataset)
    form = PixelFormat(
        rows=_integer(dataset, "Rows"),
        columns=_integer(dataset, "Columns"),
        frames=_integer(dataset, "NumberOfFrames", 1) or 1,
        samples=_integer(dataset, "SamplesPerPixel", 1),
        bits_allocated=_integer(dataset, "BitsAllocated"),
        bits_stored=bits_stored,
        low_bit=_integer(dataset, "HighBit", bits_stored - 1) + 1 - bits_stored,
        signed=_integer(dataset, "PixelRepresentation", 0) == 1,
        photometric=str(dataset.get("PhotometricInterpretation") or "").strip().upper(),
    )
    _check_size(form)
    _check_kind(form)
    return form


def stored_frame(
    dataset: FileDataset, index: int, planes: frozenset[int] = frozenset()
) -> StoredFrame:
    """Decode one frame; errors as in `pixel_format` and `codecs.decoded_frame`.

    Args:
        dataset: With its pixel data.
        index: Frame, from 0.
        planes: Bits of each sample's word that hold overlay planes.
    """
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise UnsupportedImageError("The image has floating-point samples, which are not read.")
    if "PixelData" not in dataset:
        raise UnsupportedImageError(f"There is no image in this file ({kind_of(dataset)}).")
    form = pixel_format(dataset)
    if form.bits_allocated == 1 and dataset.file_meta.TransferSyntaxUID == RLELossless:
        raise UnsupportedImageError("Single-bit samples compressed by run length are not read.")
    if not 0 <= index < form.frames:
        raise DamagedFileError("The image has fewer frames than asked for.")
    notes = _write_back(dataset, form)
    is_exact = dataset.file_meta.TransferSyntaxUID not in _WITH_LOSS
    if form.samples == 1 and (form.low_bit or (planes and is_exact)):
        return _out_of_words(dataset, index, form, planes)
    frame = decoded_frame(dataset, index)
    return StoredFrame(
        samples=frame.samples,
        photometric=frame.photometric,
        format=replace(form, signed=frame.samples.dtype.kind == "i"),
        decoder=frame.decoder,
        missing_frames=frame.missing_frames,
        notes=(*notes, *frame.notes),
        lost_part=frame.lost_part,
    )


def _out_of_words(
    dataset: FileDataset, index: int, form: PixelFormat, planes: frozenset[int]
) -> StoredFrame:
    """One frame whose samples are only a part of each word (PS3.5-2003 8.1.1)."""
    read = {"BitsStored": form.bits_allocated, "PixelRepresentation": 0}
    own = {keyword: dataset[keyword].value for keyword in read}
    try:
        for keyword, value in read.items():
            setattr(dataset, keyword, value)
        frame = decoded_frame(dataset, index)
    finally:
        for keyword, value in own.items():
            setattr(dataset, keyword, value)
    words = frame.samples
    is_known = words.dtype.kind == "u" and frame.precision == form.bits_allocated
    below = (1 << form.low_bit) - 1 & ~sum(1 << bit for bit in planes)
    if form.low_bit and (not is_known or (words & below).any()):
        # Many writers have a wrong High Bit although their samples start at the lowest bit.
        raise UnsupportedImageError("The samples do not start at the lowest bit.")
    return StoredFrame(
        samples=words if words.dtype.kind == "i" else _part_of_words(words, form),
        photometric=frame.photometric,
        format=replace(form, signed=form.signed or words.dtype.kind == "i"),
        words=words if is_known else None,
        decoder=frame.decoder,
        missing_frames=frame.missing_frames,
        notes=frame.notes,
        lost_part=frame.lost_part,
    )


def _part_of_words(words: NDArray[Any], form: PixelFormat) -> NDArray[Any]:
    size = 8 * words.dtype.itemsize
    above = max(0, size - form.low_bit - form.bits_stored)
    if form.signed:
        words = words.view(f"i{words.dtype.itemsize}")
    return (words << above) >> (size - min(size, form.bits_stored))


def kind_of(dataset: FileDataset) -> str:
    """The kind of object for a message: "CT Image", "Comprehensive SR"."""
    name = UID(str(dataset.get("SOPClassUID") or "")).name.removesuffix(" Storage")
    return name if name and not name[0].isdigit() else "of an unknown kind"


def _write_back(dataset: FileDataset, form: PixelFormat) -> tuple[str, ...]:
    """Write the understood values back into the header, for the decoder.

    pydicom would take gaps, odd VRs and lower case for damage of the image itself.

    Returns:
        Sentences about values that were missing and had to be assumed.
    """
    read = {
        "Rows": form.rows,
        "Columns": form.columns,
        "SamplesPerPixel": form.samples,
        "BitsAllocated": form.bits_allocated,
        "BitsStored": form.bits_stored,
        "PixelRepresentation": int(form.signed),
        "PhotometricInterpretation": form.photometric,
    }
    notes: tuple[str, ...] = ()
    if form.samples > 1:
        arrangement = _arrangement(dataset)
        read["PlanarConfiguration"] = arrangement or 0
        if arrangement is None and dataset.file_meta.TransferSyntaxUID in _WITHOUT_ORDER:
            notes = (_UNKNOWN_ARRANGEMENT,)
    for keyword, value in read.items():
        found = dataset.get(keyword)
        if type(found) is not type(value) or found != value:
            if keyword in dataset:
                delattr(dataset, keyword)  # its VR may be wrong
            setattr(dataset, keyword, value)
    return notes


def _arrangement(dataset: FileDataset) -> int | None:
    """Planar Configuration; None if it is missing or invalid."""
    try:
        value = _integer(dataset, "PlanarConfiguration", -1)
    except DamagedFileError:
        return None
    return value if value in (0, 1) else None


def _bits_stored(dataset: FileDataset) -> int:
    """Bits Stored; if it is missing, High Bit + 1, else Bits Allocated."""
    highest = _integer(dataset, "HighBit", _integer(dataset, "BitsAllocated") - 1)
    return _integer(dataset, "BitsStored", highest + 1)


def _integer(dataset: FileDataset, keyword: str, default: int | None = None) -> int:
    try:
        value = dataset.get(keyword)
        if isinstance(value, MultiValue | list):
            value = value[0] if value else None  # only one is allowed; take the first
        if value is not None and not isinstance(value, bytes) and value != "":
            return int(value)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise DamagedFileError(f"{keyword} in the header is not a number.") from error
    if default is None:
        raise DamagedFileError(f"{keyword} is missing from the header.")
    return default


def _check_size(form: PixelFormat) -> None:
    if min(form.rows, form.columns, form.frames, form.samples) < 1:
        raise DamagedFileError("The header says that the image is empty.")
    if max(form.rows, form.columns) > MAX_SIDE or form.rows * form.columns > MAX_PIXELS:
        raise LimitExceededError("The image is larger than 100 million pixels.")
    if form.frames > MAX_FRAMES:
        raise LimitExceededError(f"The file has more than {MAX_FRAMES:,} frames.")
    size = form.rows * form.columns * form.samples * max(1, form.bits_allocated // 8)
    if size > MAX_OUTPUT_BYTES:
        raise LimitExceededError("The image needs more memory than the safety limit allows.")


def _check_kind(form: PixelFormat) -> None:
    if form.bits_allocated not in (1, 8, 16, 32):
        raise UnsupportedImageError(f"Samples of {form.bits_allocated} bits are not read here.")
    is_inside = 0 <= form.low_bit <= form.bits_allocated - form.bits_stored
    if not (1 <= form.bits_stored <= form.bits_allocated and is_inside):
        raise DamagedFileError("The header's bit depths contradict each other.")
    if not form.photometric:
        raise DamagedFileError("PhotometricInterpretation is missing from the header.")
    is_grey = form.photometric in (*GREY, "PALETTE COLOR")
    if form.samples not in (1, 3) or (not is_grey and form.photometric not in _COLOUR):
        raise UnsupportedImageError("The image's colour model is not read here.")
    if (form.samples == 1) != is_grey:
        raise DamagedFileError("The header's colour model and number of samples contradict.")
