"""Whether a sequential JPEG stream (T.81 F, 8 or 12 bits) contains the code of every block.

Of a long stream the decoder can usually tell (`jpeg_appended`, `jpeg_restarts`). If it cannot, or
something is missing, the blocks are counted, which also gives the missing rows. Counting skips
through the code without decoding it: for each symbol only its length and its step within the block
are needed. To run at numpy's speed, the code is cut into stretches that are walked in parallel,
each from a guessed entry a little before its start. Codes usually synchronise by themselves; a
stretch that did not start where the one before it ended is walked again. So the final count is
exact, whatever was guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams import jpeg_appended, jpeg_restarts
from engine.dicom.streams.jpeg import HuffmanTable, JpegStream, Scan, has_zeros, unstuffed
from engine.dicom.streams.jpeg_ends import MOST_PADDING_BITS, Decode
from engine.dicom.streams.missing import damaged, rows_missing
from engine.errors import DamagedFileError

_BLOCK: Final = 64
# More than a block's length, to tell a block that runs past its end from one that ends.
_END_OF_BLOCK: Final = 128
# Number of stretches, within the lengths below: long enough to guess, short enough to be many.
_STRETCHES: Final = 4096
_SHORTEST, _LONGEST = 512, 4096
_GUESS_BITS: Final = 512
_AT_ONCE: Final = 4096
_STEPS: Final = 32
# Rounds of parallel walks, and the number of stretches below which one by one is faster.
_ROUNDS, _FEW = 4, 64
# Bytes from which on the decoder is asked: counting would take longer than decoding. Shorter
# streams are always counted: a lost part of them is more often as short as a block, and then the
# decoder may not notice it.
_LONG: Final = 2**16
# More blocks than any image has.
_BROKEN: Final = 2**40
_ZEROS: Final = 16
_LENGTH_MASK: Final = 0x3F
_STEP_SHIFT: Final = 6
# Sixteen bits that are no code: treated as the end of a block, with a mark.
_NO_CODE: Final = 1 << 15


def checked(src: bytes, stream: JpegStream, decode: Decode) -> NDArray[Any] | None:
    """Check a stream.

    Args:
        src: The stream.
        stream: Its markers, after `check_before`.
        decode: Gives the first component, unchanged.

    Returns:
        The first component if it had to be decoded, else None.

    Raises:
        DamagedFileError: Code is missing or left over; the message gives the missing rows.
    """
    coded = [index for scan in stream.scans for index in scan.components]
    if sorted(coded) != list(range(len(stream.frame.components))):
        raise damaged()
    for scan in stream.scans:
        for _, table in scan.tables:
            # Zeros written over the code decode to many blocks of the same small coefficients.
            is_coefficient = table is not None and table.first_symbol & 15 > 0
            if is_coefficient and any(has_zeros(src, one, _ZEROS) for one in scan.intervals):
                raise damaged()
    ask = jpeg_restarts if stream.scans[0].restart_interval else jpeg_appended
    picture = ask.picture_of(src, stream, decode) if len(src) >= _LONG else None
    if picture is None:
        for scan in stream.scans:
            _check_scan(src, stream, scan)
    return picture


@dataclass(frozen=True, slots=True)
class _Layout:
    """The order and tables of a scan's blocks.

    Attributes:
        tables: `(2 * blocks, 65536)` flattened: for each block of an MCU its DC and AC table. An
            entry is the symbol's length in bits plus, shifted by 6, its step within the block. One
            more entry at the end has length and step 0.
        blocks: Blocks of an MCU with different tables; 1 if all are alike.
        blocks_of_mcu: Blocks of an MCU.
        across: MCUs in a row of MCUs.
        mcus: Number of MCUs in the scan.
        height: Image rows of an MCU row.
    """

    tables: NDArray[np.int64]
    blocks: int
    blocks_of_mcu: int
    across: int
    mcus: int
    height: int


@dataclass(frozen=True, slots=True)
class _Code:
    """The code of all intervals, concatenated.

    Attributes:
        words: The 64 bits that start at each fourth byte.
        starts: First bit of each interval.
        ends: The bit after each interval, fill bytes included.
        least_ends: The bit after each interval, fill bytes excluded.
    """

    words: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    least_ends: NDArray[np.int64]


def _check_scan(src: bytes, stream: JpegStream, scan: Scan) -> None:
    layout = _layout(stream, scan)
    code = _code(src, scan)
    interval = scan.restart_interval or layout.mcus
    count = ceil(layout.mcus / interval)
    blocks, closed = _walk(code, layout)
    there = min(count, len(scan.intervals))
    wrong = [] if there == count else [(there * interval, layout.mcus)]
    for number in range(there):
        first = number * interval
        last = min(first + interval, layout.mcus)
        held = max(0, int(blocks[number]) // layout.blocks_of_mcu)
        left = int(code.least_ends[number] - closed[number])
        has_more = blocks[number] > (last - first) * layout.blocks_of_mcu
        if held < last - first:
            wrong.append((first + held, last))
        elif has_more or left > MOST_PADDING_BITS:
            wrong.append((first, last))
    if wrong:
        raise _missing(stream, layout, min(wrong)[0], max(last for _, last in wrong))
    if len(scan.intervals) > count or not scan.are_restarts_in_order:
        raise damaged()


def _missing(stream: JpegStream, layout: _Layout, first: int, last: int) -> DamagedFileError:
    rows = stream.frame.rows
    top = first // layout.across * layout.height
    bottom = ceil(last / layout.across) * layout.height
    return rows_missing(min(top, rows - 1), min(bottom, rows), rows)


def _layout(stream: JpegStream, scan: Scan) -> _Layout:
    frame = stream.frame
    widest = max(one.across for one in frame.components)
    tallest = max(one.down for one in frame.components)
    parts = [frame.components[index] for index in scan.components]
    if len(parts) == 1:  # not interleaved: an MCU is one block, without padding blocks (A.2.2)
        columns = ceil(frame.columns * parts[0].across / widest)
        rows = ceil(frame.rows * parts[0].down / tallest)
        order, height = [0], 8 * tallest // parts[0].down
        across, down = ceil(columns / 8), ceil(rows / 8)
    else:
        order = [n for n, one in enumerate(parts) for _ in range(one.across * one.down)]
        across, down = ceil(frame.columns / (8 * widest)), ceil(frame.rows / (8 * tallest))
        height = 8 * tallest
    blocks_of_mcu = len(order)
    if len({scan.tables[number] for number in order}) == 1:
        order = order[:1]
    tables = [_entries(table, is_dc=is_dc) for n in order for table, is_dc in _pair(scan, n)]
    tables.append(np.zeros(1, np.uint16))
    return _Layout(
        tables=np.concatenate(tables).astype(np.int64),
        blocks=len(order),
        blocks_of_mcu=blocks_of_mcu,
        across=across,
        mcus=across * down,
        height=height,
    )


def _pair(scan: Scan, number: int) -> tuple[tuple[HuffmanTable, bool], tuple[HuffmanTable, bool]]:
    direct, alternating = scan.tables[number]
    if direct is None or alternating is None:
        raise damaged()
    return (direct, True), (alternating, False)


def _entries(table: HuffmanTable, *, is_dc: bool) -> NDArray[np.uint16]:
    """For each 16 bits of code, the length and step of the symbol that they start with."""
    entries = np.full(1 << 16, _NO_CODE | 16, np.uint16)
    for length, code, symbol in table.codes():
        run, size = symbol >> 4, symbol & 15
        if is_dc:
            step, size = 1, min(symbol, 16)
        elif size == 0:
            step = 16 if run == 15 else _END_OF_BLOCK
        else:
            step = run + 1
        first = code << (16 - length)
        entries[first : first + (1 << (16 - length))] = step << _STEP_SHIFT | (length + size)
    return entries


def _code(src: bytes, scan: Scan) -> _Code:
    parts = [unstuffed(src, interval) for interval in scan.intervals]
    lengths = 8 * np.array([len(part) for part in parts], np.int64)
    ends = np.cumsum(lengths)
    fill = 8 * np.array([interval.fill for interval in scan.intervals], np.int64)
    behind = np.zeros(12 - int(ends[-1] // 8) % 4, np.uint8)
    halves = np.concatenate([*parts, behind]).view(">u4").astype(np.int64)
    words = (halves[:-1] << 32) | halves[1:]
    return _Code(words, ends - lengths, ends, ends - fill)


@dataclass(frozen=True, slots=True)
class _Stretches:
    """The code cut into stretches; arrays of one length.

    Attributes:
        begins: First bit.
        stops: A walker stops when its symbol ends here or later.
        limits: End of the interval; no symbol may reach beyond it.
        heads: Indices of the stretches that begin an interval.
        follows: Whether the stretch continues the one before it.
    """

    begins: NDArray[np.int64]
    stops: NDArray[np.int64]
    limits: NDArray[np.int64]
    heads: NDArray[np.int64]
    follows: NDArray[np.bool_]

    @classmethod
    def of(cls, code: _Code) -> _Stretches:
        """All stretches; they are equally long except for the last one of each interval."""
        length = min(max(int(code.ends[-1]) // _STRETCHES, _SHORTEST), _LONGEST)
        counts = np.maximum(-(-(code.ends - code.starts) // length), 1)
        heads = np.cumsum(counts) - counts
        numbers = np.repeat(np.arange(len(counts)), counts)
        begins = code.starts[numbers] + (np.arange(len(numbers)) - heads[numbers]) * length
        limits = code.ends[numbers]
        follows = np.ones(len(begins), bool)
        follows[heads] = False
        return cls(begins, np.minimum(begins + length, limits), limits, heads, follows)


def _walk(code: _Code, layout: _Layout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Blocks of each interval, negative if it is invalid code, and the bit after the last block."""
    stretches = _Stretches.of(code)
    begins, stops, limits = stretches.begins, stretches.stops, stretches.limits
    entry = np.zeros((3, len(begins)), np.int64)
    entry[0] = np.where(stretches.follows, begins - _GUESS_BITS, begins)
    entry = _gone(code, layout, entry, begins, limits)[:3]
    found = _gone(code, layout, entry, stops, limits)
    for _ in range(_ROUNDS):
        differs = (entry[:, 1:] != found[:3, :-1]).any(axis=0)
        wrong = np.flatnonzero(differs & stretches.follows[1:]) + 1
        if len(wrong) < _FEW:
            break
        entry[:, wrong] = found[:3, wrong - 1]
        found[:, wrong] = _gone(code, layout, entry[:, wrong], stops[wrong], limits[wrong])
    _set_right(code, layout, stretches, entry, found)
    counts = np.add.reduceat(found[3] - found[5] * _BROKEN, stretches.heads)
    return counts, np.maximum.reduceat(found[4], stretches.heads)


def _gone(
    code: _Code,
    layout: _Layout,
    entry: NDArray[np.int64],
    stops: NDArray[np.int64],
    limits: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Walk from the entries to the stops, all in parallel.

    Args:
        code: Of all intervals.
        layout: The order and tables of the blocks.
        entry: `(3, n)`: bit, coefficients of the current block already passed, block of the MCU.
        stops: As in `_Stretches`.
        limits: As in `_Stretches`.

    Returns:
        `(6, n)`: the position reached, as in `entry`; number of closed blocks, the bit after the
        last of them, and whether invalid code was met.
    """
    found = np.zeros((6, entry.shape[1]), np.int64)
    found[:3] = entry
    for first in range(0, entry.shape[1], _AT_ONCE):
        going = np.arange(first, min(first + _AT_ONCE, entry.shape[1]))
        while len(going):
            rows = list(found[:, going])
            is_going = _some_steps(code, layout, rows, stops[going], limits[going])
            found[:, going] = rows
            going = going[is_going]
    return found


def _set_right(
    code: _Code,
    layout: _Layout,
    stretches: _Stretches,
    entry: NDArray[np.int64],
    found: NDArray[np.int64],
) -> None:
    """Walk one by one the stretches that still do not start where the previous one ended.

    There are few of them, but in flat or broken films each depends on the one before it.
    """
    exits, entries = found[:3].T.tolist(), entry.T.tolist()
    follows = stretches.follows.tolist()
    words, tables = code.words.data, layout.tables.data
    for number in range(1, len(entries)):
        if not follows[number] or entries[number] == exits[number - 1]:
            continue
        limit, stop = int(stretches.limits[number]), int(stretches.stops[number])
        bit, step, block = exits[number - 1]
        count = closed = broken = 0
        while bit < stop:
            bits = (words[bit >> 5] >> (48 - (bit & 31))) & 0xFFFF
            found_there = tables[((2 * block + (step > 0)) << 16) + bits]
            length = found_there & _LENGTH_MASK
            if bit + length > limit:
                break
            bit += length
            step += found_there >> _STEP_SHIFT
            if step >= _BLOCK:
                broken |= _BLOCK < step < _END_OF_BLOCK or found_there >= _NO_CODE
                count, closed, step = count + 1, bit, 0
                block = (block + 1) % layout.blocks
        exits[number] = [bit, step, block]
        found[:, number] = (bit, step, block, count, closed, broken)


def _some_steps(
    code: _Code,
    layout: _Layout,
    rows: list[NDArray[np.int64]],
    stops: NDArray[np.int64],
    limits: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Advance walkers by some symbols in place (`rows` as `_gone` returns); which must go on."""
    bit, step, block, count, closed, broken = rows
    nowhere = len(layout.tables) - 1
    stops = stops.copy()
    bits, table, entries, length = (np.empty_like(bit) for _ in range(4))
    has_ended, is_closed = (np.empty(len(bit), bool) for _ in range(2))
    for _ in range(_STEPS):
        np.right_shift(bit, 5, out=table)
        code.words.take(table, out=bits, mode="clip")
        np.bitwise_and(bit, 31, out=table)
        np.subtract(48, table, out=table)
        bits >>= table
        bits &= 0xFFFF
        np.minimum(step, 1, out=table)
        if layout.blocks > 1:
            table += block
            table += block
        table <<= 16
        bits += table
        np.greater_equal(bit, stops, out=has_ended)
        np.copyto(bits, nowhere, where=has_ended)
        layout.tables.take(bits, out=entries, mode="clip")
        np.bitwise_and(entries, _LENGTH_MASK, out=length)
        bit += length
        np.greater(bit, limits, out=has_ended)
        if has_ended.any():  # the remaining bits only fill the interval's last byte
            bit -= length * has_ended
            stops[has_ended] = 0
            entries[has_ended] = 0
        np.right_shift(entries, _STEP_SHIFT, out=table)
        step += table
        np.greater_equal(step, _BLOCK, out=is_closed)
        if is_closed.any():
            count += is_closed
            np.copyto(closed, bit, where=is_closed)
            broken |= (entries >= _NO_CODE) | ((step > _BLOCK) & (step < _END_OF_BLOCK))
            np.copyto(step, 0, where=is_closed)
            if layout.blocks > 1:
                block += is_closed
                np.copyto(block, 0, where=block == layout.blocks)
    is_going: NDArray[np.bool_] = bit < stops
    return is_going
