"""RLE lossless (PS3.5 annex G); each segment is counted, so missing data is never invented."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from imagecodecs import PackbitsError, packbits_decode
from numpy.typing import NDArray

from engine.dicom.streams.missing import damaged, rows_missing

HEADER_BYTES: Final = 64
MOST_SEGMENTS: Final = 15
_NO_RUN: Final = 128
# Some encoders end a segment with one run too many; a lost stretch leaves more.
_MOST_PADDING: Final = 4
# Consecutive zeros that were never coded: an encoder would have coded that many as a run.
_ZEROS: Final = 32


def decode(src: bytes, shape: tuple[int, int, int], bytes_of_sample: int) -> NDArray[Any]:
    """Decode one frame.

    Args:
        src: The frame with its header.
        shape: Rows, columns, samples of a pixel.
        bytes_of_sample: 1, 2 or 4.

    Returns:
        Unsigned integers of the given shape.

    Raises:
        DamagedFileError: Segments are missing, or one has too few or too many bytes for the image.
    """
    rows, columns, samples = shape
    offsets = _offsets(src)
    if len(offsets) != samples * bytes_of_sample:
        raise damaged()
    planes = np.empty((samples, bytes_of_sample, rows * columns), np.uint8)
    ends = [*offsets[1:], len(src)]
    for number, (start, end) in enumerate(zip(offsets, ends, strict=True)):
        plane = _segment(src, start, end, rows * columns)
        if len(plane) < rows * columns:
            raise rows_missing(len(plane) // columns, rows, rows)
        planes[number // bytes_of_sample, number % bytes_of_sample] = plane
    words = planes[:, 0].astype(f"u{bytes_of_sample}")  # the most significant byte comes first
    for number in range(1, bytes_of_sample):
        words <<= 8
        words |= planes[:, number]
    words = np.ascontiguousarray(words.T)
    return words.reshape(shape)


def is_header(head: bytes) -> bool:
    """Whether the bytes are a valid header of an RLE frame."""
    if len(head) < HEADER_BYTES:
        return False
    values = np.frombuffer(head, "<u4", HEADER_BYTES // 4)
    count = int(values[0])
    if not 1 <= count <= MOST_SEGMENTS or values[1] != HEADER_BYTES:
        return False
    used, rest = values[1 : 1 + count], values[1 + count :]
    return bool((np.diff(used.astype(np.int64)) > 0).all() and not rest.any())


def _offsets(src: bytes) -> list[int]:
    if len(src) < HEADER_BYTES:
        raise damaged()
    values = np.frombuffer(src, "<u4", HEADER_BYTES // 4).tolist()
    if not 1 <= values[0] <= MOST_SEGMENTS:
        raise damaged()
    offsets: list[int] = values[1 : 1 + values[0]]
    if offsets != sorted(set(offsets)) or offsets[0] < HEADER_BYTES or offsets[-1] >= len(src):
        raise damaged()
    return offsets


def _segment(src: bytes, offset: int, end: int, wanted: int) -> NDArray[np.uint8]:
    """The decoded bytes of one segment, at most `wanted`."""
    segment = src[offset:end]
    plain = _plain_segment(segment, wanted)
    if plain is not None:
        return plain
    found, offset, count, last = bytearray(), 0, 0, len(segment) - 1
    while offset < last and count < wanted:
        control = segment[offset]
        if control < _NO_RUN:
            behind = offset + control + 2
            found += segment[offset + 1 : behind]
            count += control + 1
            offset = behind
        elif control > _NO_RUN:
            found += segment[offset + 1 : offset + 2] * (257 - control)
            count += 257 - control
            offset += 2
        else:
            offset += 1
    left = segment[offset:]
    is_padding = len(left) <= _MOST_PADDING or not any(left)
    if len(found) >= wanted and not (is_padding and len(found) - wanted <= _MOST_PADDING):
        raise damaged()
    if bytes(_ZEROS) in segment[:offset] and _has_lost_zeros(segment[:offset]):
        raise damaged()
    return np.frombuffer(found, np.uint8)[:wanted]


def _plain_segment(segment: bytes, wanted: int) -> NDArray[np.uint8] | None:
    """The bytes of a segment that codes just those; None if it has to be looked at run by run."""
    if bytes(_ZEROS) in segment or segment.endswith(bytes([_NO_RUN]) * _MOST_PADDING):
        return None
    try:
        found = packbits_decode(segment, out=wanted)
    except PackbitsError:
        return None
    return np.frombuffer(found, np.uint8) if len(found) == wanted else None


def _has_lost_zeros(segment: bytes) -> bool:
    """Whether the segment's zeros were overwritten: its encoder would have coded them as a run."""
    offset = single = 0
    while offset < len(segment) - 1:
        control = segment[offset]
        single = single + 2 if control == segment[offset + 1] == 0 else 0
        if control > _NO_RUN or single >= _ZEROS:
            return True
        offset += control + 2 if control < _NO_RUN else 1
    return False
