"""Tests with the decoder itself whether a sequential JPEG stream's code ends with its picture.

A decoder that runs out of code invents the rest from the bytes that follow, and ignores surplus
code. So bytes added after the code must not change the picture, and changed bytes at its end must
change its end. Used where there are restart markers; decoding on two processors is faster than
counting the code of each block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from numpy.typing import NDArray

from engine.dicom.streams.jpeg import Interval, JpegStream
from engine.dicom.streams.missing import cut_short
from engine.errors import UnsupportedImageError

Decode = Callable[[bytes | bytearray], NDArray[Any]]
MOST_PADDING_BITS: Final = 39
"""Some encoders end their code with up to this many unused bits."""
_PROCESSORS: Final = 2
# Bytes changed at the end of an interval; if nothing changes, there may be surplus code.
_END_BYTES: Final = 2
# Contains no FF, and differs from the first byte on from the zeros that a decoder invents.
_MORE: Final = bytes((37 * number * number + 11 * number + 165) % 251 for number in range(64))


def check_before(stream: JpegStream) -> None:
    """Refuse streams for which the decoder is no test.

    Raises:
        DamagedFileError: There is no end mark.
        UnsupportedImageError: It is arithmetically coded.
    """
    if stream.is_arithmetic:
        raise UnsupportedImageError("The JPEG stream is arithmetically coded, which is not read.")
    if not stream.has_end:
        raise cut_short()


def decoded(decode: Decode, streams: Iterable[bytes]) -> Iterator[NDArray[Any]]:
    """The pictures of the streams in their order, decoded two at a time."""
    with ThreadPoolExecutor(_PROCESSORS) as pool:
        yield from pool.map(decode, streams)


def with_more(src: bytes, intervals: Sequence[Interval]) -> bytes:
    """The stream with extra code after each of the intervals, which must be in stream order."""
    parts, copied = [], 0
    for interval in intervals:
        end = interval.end - interval.fill
        parts += [src[copied:end], _MORE]
        copied = end
    return b"".join([*parts, src[copied:]])


def with_other_ends(src: bytes, intervals: Sequence[Interval]) -> bytes:
    """The stream with other bytes at the end of the intervals, and more; in stream order."""
    parts, copied = [], 0
    for interval in intervals:
        first, end = last_bytes(src, interval)
        inverted = bytes(min(0xFF - byte, 0xFE) for byte in src[first:end])
        parts += [src[copied:first], inverted, _MORE]
        copied = end
    return b"".join([*parts, src[copied:]])


def last_bytes(src: bytes, interval: Interval) -> tuple[int, int]:
    """The range of the bytes that `with_other_ends` changes."""
    end = interval.end - interval.fill
    first = max(interval.start, end - _END_BYTES)
    if first > interval.start and src[first - 1] == 0xFF:
        first -= 1  # the stuffed zero belongs to that FF
    return first, end
