"""Whether a JPEG lossless stream (T.81 H) contained the code of every decoded sample.

A decoder that runs out of code silently invents the rest. The samples reveal it: coded again with
the stream's own tables, they must need exactly the bytes of each restart interval. These bytes are
counted here for all samples without coding them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams.jpeg import HuffmanTable, Interval, JpegStream, Scan, has_zeros
from engine.dicom.streams.missing import cut_short, damaged, rows_missing
from engine.errors import UnsupportedImageError

_CHUNK_SAMPLES = 2**18
_NO_CODE = 255
# Some encoders end an interval with a byte or two too many; a lost stretch leaves more.
_MOST_PADDING = 4
_ZEROS = 32
_STEEP = 2


def check_understood(src: bytes, stream: JpegStream) -> None:
    """Refuse what the count below does not cover, before anything is decoded.

    Raises:
        UnsupportedImageError: An arithmetic coder, subsampled components or an unknown predictor.
        DamagedFileError: A table or the end is missing, or restart intervals end inside a row.
    """
    frame = stream.frame
    if stream.is_arithmetic:
        raise UnsupportedImageError("The JPEG stream is arithmetically coded, which is not read.")
    if any((one.across, one.down) != (1, 1) for one in frame.components):
        raise UnsupportedImageError("The JPEG lossless stream has components of several sizes.")
    coded = [index for scan in stream.scans for index in scan.components]
    if sorted(coded) != list(range(len(frame.components))):
        raise damaged()
    for scan in stream.scans:
        if not 1 <= scan.selection <= 7 or scan.point_transform >= frame.precision:
            raise damaged()
        if scan.restart_interval % frame.columns or any(dc is None for dc, _ in scan.tables):
            raise damaged()
        for table, _ in scan.tables:
            # Zeros written over the code would decode to a long, even slope of greys.
            is_fall = table is not None and table.first_symbol >= _STEEP
            if is_fall and any(has_zeros(src, one, _ZEROS) for one in scan.intervals):
                raise damaged()
    if not stream.has_end:
        raise cut_short()


def check_whole(stream: JpegStream, samples: NDArray[np.uint16] | NDArray[np.uint8]) -> None:
    """Compare the bytes that the decoded samples need with those that the stream has.

    Args:
        stream: A stream that `check_understood` has accepted.
        samples: `(rows, columns)` or `(rows, columns, components)`, as decoded.

    Raises:
        DamagedFileError: They differ; the message gives the first missing row.
    """
    if samples.max(initial=0) >= 1 << stream.frame.precision:
        raise damaged()  # no encoder codes more than its own precision
    planes = samples.reshape(*samples.shape[:2], -1)
    for scan in stream.scans:
        shift = np.uint16(scan.point_transform)
        chosen = [planes[..., index].astype(np.uint16, copy=False) for index in scan.components]
        _check_scan(stream, scan, [np.right_shift(plane, shift) for plane in chosen])


def _check_scan(stream: JpegStream, scan: Scan, planes: list[NDArray[np.uint16]]) -> None:
    rows = stream.frame.rows
    height = scan.restart_interval // stream.frame.columns or rows
    count = -(-rows // height)
    middle = 1 << (stream.frame.precision - scan.point_transform - 1)
    needed = np.zeros(rows, np.int64)
    for plane, (table, _) in zip(planes, scan.tables, strict=True):
        needed += _bits_of_rows(plane, _bit_lengths(table), scan.selection, middle, height)
    there = min(count, len(scan.intervals))
    wrong = [] if there == count else [(there * height, rows)]
    for number, interval in enumerate(scan.intervals[:there]):
        first, last = number * height, min((number + 1) * height, rows)
        short = _first_wrong_row(needed[first:last], interval)
        if short is not None:
            wrong.append((first + short, last))
    if wrong:
        raise rows_missing(min(wrong)[0], max(last for _, last in wrong), rows)
    if len(scan.intervals) > count or not scan.are_restarts_in_order:
        raise damaged()


def _first_wrong_row(needed: NDArray[np.int64], interval: Interval) -> int | None:
    """The first row of an interval that its bytes do not cover; None if they are correct."""
    total = -(-int(needed.sum()) // 8)
    if total > interval.coded + interval.fill:
        held = np.cumsum(needed) <= 8 * (interval.coded + interval.fill)
        return int(np.argmin(held))
    # Surplus code means that code was lost earlier; where is unknown.
    return None if interval.coded - total <= _MOST_PADDING else 0


def _bit_lengths(table: HuffmanTable | None) -> NDArray[np.uint8]:
    """`(65536,)` bits for each difference modulo 2**16: its code and the bits after it."""
    if table is None:
        raise damaged()
    lengths = np.full(17, _NO_CODE, np.uint8)
    for length, _, symbol in table.codes():
        if symbol < len(lengths):
            # Category 16 is the one difference of 32,768 and needs no more bits (H.1.2.2).
            lengths[symbol] = length + symbol % 16
    size = np.abs(np.arange(-32768, 32768, dtype=np.int32))
    category = np.frexp(size.astype(np.float32))[1]
    return np.roll(lengths[category], -32768)


def _bits_of_rows(
    plane: NDArray[np.uint16],
    lengths: NDArray[np.uint8],
    predictor: int,
    middle: int,
    height: int,
) -> NDArray[np.int64]:
    """Bits of each row; every interval of `height` rows starts its prediction anew (H.1.2.1)."""
    rows, columns = plane.shape
    bits = np.zeros(rows, np.int64)
    step = max(1, _CHUNK_SAMPLES // columns)
    table = lengths.reshape(1, -1)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        above = plane[max(first - 1, 0) : last - 1] if first else plane[: last - 1]
        here = plane[first:last]
        difference = np.empty_like(here)
        difference[:, 1:] = here[:, 1:] - here[:, :-1]
        start = 0 if first else 1
        difference[start:, 0] = here[start:, 0] - above[:, 0]
        if predictor != 1:
            predicted = _predicted(above, here[start:], predictor)
            starts = np.arange(-first % height, last - first, height)
            kept = difference[starts].copy()
            difference[start:, 1:] = here[start:, 1:] - predicted
            difference[starts] = kept
        starts = np.arange(-first % height, last - first, height)
        difference[starts, 0] = here[starts, 0] - np.uint16(middle)
        taken = cv2.LUT(difference, table)
        if taken.max(initial=0) == _NO_CODE:
            raise damaged()
        bits[first:last] = taken.sum(axis=1, dtype=np.int64)
    return bits


def _predicted(
    above: NDArray[np.uint16], here: NDArray[np.uint16], predictor: int
) -> NDArray[np.uint16]:
    """Prediction of all but the first column, modulo 2**16 (table H.1)."""
    b = above[:, 1:]
    if predictor == 2:
        return b
    c = above[:, :-1]
    if predictor == 3:
        return c
    a = here[:, :-1]
    if predictor == 4:
        return a + b - c
    wide_a, wide_b, wide_c = (part.astype(np.int32) for part in (a, b, c))
    if predictor == 5:
        return (wide_a + ((wide_b - wide_c) >> 1)).astype(np.uint16)
    if predictor == 6:
        return (wide_b + ((wide_a - wide_c) >> 1)).astype(np.uint16)
    return ((wide_a + wide_b) >> 1).astype(np.uint16)
