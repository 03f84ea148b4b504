"""The actual kind of a pixel data stream, by its first bytes.

A file's transfer syntax is only a claim: by PS3.5 8.2 the stream's own characteristics decide how
it is decoded.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from engine.dicom.streams import jpeg, rle
from engine.dicom.streams.jpeg2000 import CODE_STREAM, JP2_MARK

JPEG_MARK: Final = b"\xff\xd8\xff"
END_OF_IMAGE: Final = b"\xff\xd9"
_CAP: Final = b"\xff\x50"
_WITHOUT_FRAME = (0xC4, 0xC8, 0xCC)


class StreamKind(StrEnum):
    """Kinds of stream; the value is its name in messages."""

    NATIVE = "uncompressed"
    RLE = "run-length coded"
    JPEG = "JPEG with loss"
    JPEG_LOSSLESS = "JPEG lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "High-Throughput JPEG 2000"


KINDS: Final[dict[UID, StreamKind]] = {
    ImplicitVRLittleEndian: StreamKind.NATIVE,
    ExplicitVRLittleEndian: StreamKind.NATIVE,
    DeflatedExplicitVRLittleEndian: StreamKind.NATIVE,
    ExplicitVRBigEndian: StreamKind.NATIVE,
    UID("1.2.840.10008.1.2.1.98"): StreamKind.NATIVE,  # Encapsulated Uncompressed
    RLELossless: StreamKind.RLE,
    JPEGBaseline8Bit: StreamKind.JPEG,
    JPEGExtended12Bit: StreamKind.JPEG,
    UID("1.2.840.10008.1.2.4.53"): StreamKind.JPEG,  # Spectral Selection, retired
    UID("1.2.840.10008.1.2.4.55"): StreamKind.JPEG,  # Full Progression, retired
    JPEGLossless: StreamKind.JPEG_LOSSLESS,
    JPEGLosslessSV1: StreamKind.JPEG_LOSSLESS,
    JPEGLSLossless: StreamKind.JPEG_LS,
    JPEGLSNearLossless: StreamKind.JPEG_LS,
    JPEG2000Lossless: StreamKind.JPEG_2000,
    JPEG2000: StreamKind.JPEG_2000,
    HTJ2KLossless: StreamKind.HTJ2K,
    HTJ2KLosslessRPCL: StreamKind.HTJ2K,
    HTJ2K: StreamKind.HTJ2K,
}
"""The kind of stream that each supported transfer syntax declares."""


def stream_kind(src: bytes) -> StreamKind | None:
    """The kind of a frame's bytes; None if they have no mark."""
    if src.startswith(JPEG_MARK):
        return _jpeg_kind(src)
    if src.startswith((CODE_STREAM, JP2_MARK)):
        # CAP follows SIZ, in the first bytes of a stream or of its box.
        offset = src.find(CODE_STREAM)
        size_end = offset + 4 + int.from_bytes(src[offset + 4 : offset + 6], "big")
        has_capabilities = offset >= 0 and src[size_end : size_end + 2] == _CAP
        return StreamKind.HTJ2K if has_capabilities else StreamKind.JPEG_2000
    if rle.is_header(src[: rle.HEADER_BYTES]):
        return StreamKind.RLE
    return None


def starts_image(src: bytes) -> bool:
    """Whether the bytes are the start of a compressed image, not a later part of one."""
    return stream_kind(src[: 2**16]) is not None


def ends_image(src: bytes) -> bool:
    """Whether a JPEG or JPEG 2000 image ends here, ignoring padding or any single last byte."""
    return src.rstrip(b"\0\xff").endswith(END_OF_IMAGE) or src[-3:-1] == END_OF_IMAGE


def _jpeg_kind(src: bytes) -> StreamKind | None:
    """The kind of a JPEG stream, by its first SOFn."""
    offset = 2
    while offset + 4 <= len(src):
        if src[offset] != 0xFF:
            return None
        marker = src[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        if marker == jpeg.SOF_JPEG_LS:
            return StreamKind.JPEG_LS
        if 0xC0 <= marker <= 0xCF and marker not in _WITHOUT_FRAME:
            is_lossless = marker & 3 == 3
            return StreamKind.JPEG_LOSSLESS if is_lossless else StreamKind.JPEG
        offset += 2 + int.from_bytes(src[offset + 2 : offset + 4], "big")
    return None
