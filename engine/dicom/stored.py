"""Stored samples of one frame: limits first, then the decoder.

The Image Pixel module (DICOM PS3.3 C.7.6.3) is checked before any memory is asked for, because
Rows x Columns x Samples of a crafted file is the usual way to exhaust or overrun a decoder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import UID, RLELossless

from engine.dicom.codecs import decoded_frame
from engine.errors import DamagedFileError, LimitExceededError, UnsupportedImageError

MAX_SIDE = 20_000
MAX_PIXELS = 100_000_000
MAX_FRAMES = 10_000
MAX_OUTPUT_BYTES = 256 * 2**20
GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "PALETTE COLOR")


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelFormat:
    """The Image Pixel module of a file, checked."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredFrame:
    """One frame as it is stored.

    Attributes:
        samples: `(rows, columns)` or `(rows, columns, 3)` integers.
        photometric: What the samples mean after decoding.
    """

    samples: NDArray[Any]
    photometric: str
    format: PixelFormat

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
    form = PixelFormat(
        rows=_integer(dataset, "Rows"),
        columns=_integer(dataset, "Columns"),
        frames=_integer(dataset, "NumberOfFrames", 1) or 1,
        samples=_integer(dataset, "SamplesPerPixel", 1),
        bits_allocated=_integer(dataset, "BitsAllocated"),
        bits_stored=_bits_stored(dataset),
        signed=_integer(dataset, "PixelRepresentation", 0) == 1,
        photometric=str(dataset.get("PhotometricInterpretation") or "").strip().upper(),
    )
    _check_size(form)
    _check_kind(form)
    high_bit = _integer(dataset, "HighBit", form.bits_stored - 1)
    if high_bit != form.bits_stored - 1:
        raise UnsupportedImageError("The samples do not start at the lowest bit.")
    return form


def stored_frame(dataset: FileDataset, index: int) -> StoredFrame:
    """Decode one frame; errors as `pixel_format` and `codecs.decoded_frame`."""
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise UnsupportedImageError("The image has floating-point samples, which are not read.")
    if "PixelData" not in dataset:
        raise UnsupportedImageError(f"There is no image in this file ({kind_of(dataset)}).")
    form = pixel_format(dataset)
    if form.bits_allocated == 1 and dataset.file_meta.TransferSyntaxUID == RLELossless:
        raise UnsupportedImageError("Single-bit samples compressed by run length are not read.")
    if not 0 <= index < form.frames:
        raise DamagedFileError("The image has fewer frames than asked for.")
    _write_back(dataset, form)
    samples, photometric = decoded_frame(dataset, index)
    return StoredFrame(samples=samples, photometric=photometric, format=form)


def kind_of(dataset: FileDataset) -> str:
    """What a file says it is, for a sentence: "CT Image", "Comprehensive SR"."""
    name = UID(str(dataset.get("SOPClassUID") or "")).name.removesuffix(" Storage")
    return name if name and not name[0].isdigit() else "of an unknown kind"


def _write_back(dataset: FileDataset, form: PixelFormat) -> None:
    """Let the decoder find what was understood of a header with gaps, odd VRs or lower case.

    What pydicom misses or reads otherwise, it would take for damage of the image itself.
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
    for keyword, value in read.items():
        found = dataset.get(keyword)
        if type(found) is not type(value) or found != value:
            if keyword in dataset:
                delattr(dataset, keyword)  # its VR may be what is wrong
            setattr(dataset, keyword, value)


def _bits_stored(dataset: FileDataset) -> int:
    """Bits Stored; where it is missing, what High Bit says, else all that are allocated."""
    highest = _integer(dataset, "HighBit", _integer(dataset, "BitsAllocated") - 1)
    return _integer(dataset, "BitsStored", highest + 1)


def _integer(dataset: FileDataset, keyword: str, default: int | None = None) -> int:
    try:
        value = dataset.get(keyword)
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
    if not 1 <= form.bits_stored <= form.bits_allocated:
        raise DamagedFileError("The header's bit depths contradict each other.")
    if not form.photometric:
        raise DamagedFileError("PhotometricInterpretation is missing from the header.")
    is_grey = form.photometric in (*GREY, "PALETTE COLOR")
    if form.samples not in (1, 3) or (not is_grey and form.photometric not in _COLOUR):
        raise UnsupportedImageError("The image's colour model is not read here.")
    if (form.samples == 1) != is_grey:
        raise DamagedFileError("The header's colour model and number of samples contradict.")
