"""Whether the decoder shows that a long sequential JPEG stream (T.81 F) of one scan is complete.

Without restart markers two pictures usually tell, decoded beside each other: that of the stream,
and that of the stream with other bytes at its end. They must begin to differ exactly as many blocks
before the end of the picture as the code has there. With restart markers, or where that is not
clear, a third picture shows whether the code was enough (`jpeg_ends`).
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams.jpeg import Interval, JpegStream, Scan
from engine.dicom.streams.jpeg_ends import (
    Decode,
    decoded,
    last_bytes,
    with_more,
    with_other_ends,
)
from engine.dicom.streams.scan_code import ScanCode, ac_entries, dc_entries, sequential_ends

_SIDE: Final = 8
# Bytes before the end in which walks from different bits must meet, and the bits they start from.
_TAIL: Final = 512
_GUESSES: Final = (0, 3, 7, 12)


def plainly_whole(src: bytes, stream: JpegStream, decode: Decode) -> NDArray[Any] | None:
    """The picture of a complete stream; None if that is not so or undecided."""
    scan, frame = stream.scans[0], stream.frame
    if len(stream.scans) > 1 or not scan.are_restarts_in_order:
        return None
    blocks_of_row, is_grey = ceil(frame.columns / _SIDE), len(frame.components) == 1
    height, left = divmod(scan.restart_interval, blocks_of_row)
    # With several components, an MCU row may share image rows with the next one.
    if left or (scan.restart_interval and not is_grey):
        return None
    starts = np.arange(0, frame.rows, height * _SIDE or frame.rows)
    if len(scan.intervals) != len(starts):
        return None
    changed = (src, with_other_ends(src, scan.intervals), with_more(src, scan.intervals))
    if is_grey and len(starts) == 1:
        whole, other = decoded(decode, changed[:2])
        if 0 < _changed_blocks(whole, other) == _last_blocks(src, scan):
            return whole
        same = decode(changed[2])
    else:
        whole, other, same = decoded(decode, changed)
    differs = (whole != other).reshape(len(whole), -1).any(axis=1)
    is_whole = np.array_equal(whole, same) and np.logical_or.reduceat(differs, starts).all()
    return whole if is_whole else None


def _changed_blocks(whole: NDArray[Any], other: NDArray[Any]) -> int:
    """Blocks from the first that differs to the last one; 0 if none does."""
    rows, columns = (int(side) for side in whole.shape)
    across, down = ceil(columns / _SIDE), ceil(rows / _SIDE)
    differs = whole != other
    first = int(np.argmax(differs))
    if not differs.flat[first]:
        return 0
    top = first // columns // _SIDE * _SIDE
    left = int(np.argmax(differs[top : top + _SIDE].any(axis=0)))
    return across * (down - top // _SIDE) - left // _SIDE


def _last_blocks(src: bytes, scan: Scan) -> int | None:
    """Number of blocks with code in the bytes that `with_other_ends` changes; None if unknown."""
    (dc, ac), interval = scan.tables[0], scan.intervals[0]
    if dc is None or ac is None:
        return None
    changed, end = last_bytes(src, interval)
    start = max(interval.start, end - _TAIL)
    start += src[start - 1] == 0xFF
    tail, kept = (
        ScanCode.of(src, replace(scan, intervals=(Interval(start, last, last - start, 0),)))
        for last in (end, changed)
    )
    first, last = kept.ends[0], tail.ends[0]
    symbols = tail.symbols(dc_entries(dc)), tail.symbols(ac_entries(ac, is_refining=False))
    walks = [sequential_ends(*symbols, guess, last) for guess in _GUESSES]
    # Some guesses lead nowhere; the others must have met long before the end.
    late = {tuple(at for at in ends if at > first // 2) for ends in walks if ends}
    if len(late) != 1:
        return None
    (ends,) = late
    if not ends or ends[0] > first or not tail.is_padding(ends[-1], last):
        return None
    return sum(at > first for at in ends)
