"""Whether a progressive JPEG stream (T.81 G) is complete.

Every scan is read symbol by symbol: it must code exactly its blocks, to the last bit of its last
byte. A decoder asks for less: it takes a run of empty blocks that leads past the end of the
picture, which is how the rest of a scan that lost its middle can fill one. Together the scans must
refine every coefficient to its lowest bit. This takes about a second of the processor for eight
megapixels, and is given up where it would go on until the worker is stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Final

import numpy as np

from engine.dicom.streams.jpeg import HuffmanTable, JpegStream, Scan, has_zeros
from engine.dicom.streams.missing import cut_short, damaged
from engine.dicom.streams.scan_code import (
    AcScan,
    Band,
    ScanCode,
    ac_entries,
    dc_end,
    dc_entries,
)
from engine.errors import LimitExceededError

_COEFFICIENTS: Final = 64
_SIDE: Final = 8
_ZEROS: Final = 16
# For all scans, by the speed after a first share of them; then a decoder needs a second or two of
# the worker's 15.
_MOST_SECONDS: Final = 12
_LEAST_SHARE: Final = 0.1


def check_whole(src: bytes, stream: JpegStream) -> None:
    """Count the code of each scan.

    Args:
        src: The stream.
        stream: Its markers, after `jpeg_ends.check_before`.

    Raises:
        DamagedFileError: It is not complete.
        LimitExceededError: To check it would take too long.
    """
    if not _is_refined(stream) or not all(scan.are_restarts_in_order for scan in stream.scans):
        raise cut_short()
    if any(scan.selection > 0 and _has_zeros(src, scan) for scan in stream.scans):
        raise damaged()  # flat blocks are coded as run counts, so no coder writes these zeros
    history: dict[int, list[int]] = {}
    began, done = time.monotonic(), 0
    total = sum(_cost(scan) for scan in stream.scans)
    for scan in stream.scans:
        _check_scan(src, stream, scan, history)
        done += _cost(scan)
        is_measured = done >= total * _LEAST_SHARE
        if is_measured and (time.monotonic() - began) * total > _MOST_SECONDS * done:
            raise _too_long(stream)


def _cost(scan: Scan) -> int:
    """What a scan takes, in shares of time as measured for each kind."""
    coded = sum(interval.coded for interval in scan.intervals)
    return coded * (1 if scan.selection == 0 else 10 if scan.is_refining else 5)


def _too_long(stream: JpegStream) -> LimitExceededError:
    pixels = stream.frame.rows * stream.frame.columns / 1e6
    return LimitExceededError(
        f"The image is a progressive JPEG stream of {pixels:,.0f} million pixels: to find out"
        " whether it is whole would take this computer too long now.",
        what_to_do="Ask for the film again as uncompressed or lossless DICOM, or try later.",
    )


def _check_scan(src: bytes, stream: JpegStream, scan: Scan, history: dict[int, list[int]]) -> None:
    """Count one scan; `history` holds what is not zero in each block, by component."""
    blocks = range(_blocks(stream, scan))
    size = scan.restart_interval * len(_mcu(stream, scan)) or len(blocks)
    parts = [blocks[first : first + size] for first in range(0, len(blocks), size)]
    if len(parts) != len(scan.intervals):
        raise cut_short()
    code = ScanCode.of(src, scan)
    end_of = _walk(stream, scan, code, history)
    for part, start, end in zip(parts, code.starts, code.ends, strict=True):
        try:
            is_exact = code.is_padding(end_of(start, end, part), end)
        except IndexError:  # far behind the last interval
            is_exact = False
        if not is_exact:
            raise cut_short()


def _walk(
    stream: JpegStream, scan: Scan, code: ScanCode, history: dict[int, list[int]]
) -> Callable[[int, int, range], int]:
    """The walk that fits the scan: from an interval's ends and blocks to the bit behind them."""
    if scan.selection == 0:
        if scan.selection_end != 0:
            raise damaged()
        if scan.is_refining:  # one bit for each block
            return lambda start, _end, blocks: start + len(blocks)
        tables = [code.symbols(dc_entries(_stated(dc))) for dc, _ in scan.tables]
        turns = [tables[number] for number in _mcu(stream, scan)]
        return partial(dc_end, turns)
    if len(scan.components) > 1 or scan.selection_end < scan.selection:
        raise damaged()
    known = history.setdefault(scan.components[0], [0] * _blocks(stream, scan))
    entries = ac_entries(_stated(scan.tables[0][1]), is_refining=scan.is_refining)
    band = Band(scan.selection, scan.selection_end)
    walk = AcScan(code, code.symbols(entries), band, known)
    return walk.refined_end if scan.is_refining else walk.first_end


def _stated(table: HuffmanTable | None) -> HuffmanTable:
    if table is None:
        raise damaged()
    return table


def _has_zeros(src: bytes, scan: Scan) -> bool:
    return any(has_zeros(src, interval, _ZEROS) for interval in scan.intervals)


def _is_refined(stream: JpegStream) -> bool:
    """Whether every coefficient of every component is refined to its lowest bit."""
    left = np.full((len(stream.frame.components), _COEFFICIENTS), _COEFFICIENTS)
    for scan in stream.scans:
        if scan.selection_end >= _COEFFICIENTS:
            raise damaged()
        for index in scan.components:
            left[index, scan.selection : scan.selection_end + 1] = scan.point_transform
    return not left.any()


def _blocks(stream: JpegStream, scan: Scan) -> int:
    """Blocks of a scan (T.81 A.2); with several components, those of complete MCUs."""
    frame = stream.frame
    widest = max(one.across for one in frame.components)
    tallest = max(one.down for one in frame.components)
    parts = [frame.components[index] for index in scan.components]
    if len(parts) == 1:
        columns = ceil(frame.columns * parts[0].across / widest)
        rows = ceil(frame.rows * parts[0].down / tallest)
        return ceil(columns / _SIDE) * ceil(rows / _SIDE)
    mcus = ceil(frame.columns / (_SIDE * widest)) * ceil(frame.rows / (_SIDE * tallest))
    return mcus * len(_mcu(stream, scan))


def _mcu(stream: JpegStream, scan: Scan) -> list[int]:
    """For each block of an MCU, its component's position in the scan."""
    if len(scan.components) == 1:
        return [0]
    parts = [stream.frame.components[index] for index in scan.components]
    return [number for number, one in enumerate(parts) for _ in range(one.across * one.down)]
