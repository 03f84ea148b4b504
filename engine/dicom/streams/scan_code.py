"""Walks the code of a JPEG scan with loss (T.81 F.2.2, G.1.2) block by block, symbol by symbol.

A walk follows the code as a decoder would, but keeps of the coefficients only which are not zero:
on those the bits of refining scans depend.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams.jpeg import HuffmanTable, Scan, unstuffed
from engine.dicom.streams.missing import cut_short, damaged

# An entry of a table: the bits of a symbol, and above them what it does: 1 to 16, the step to a
# coefficient and past it; `_LONG_RUN`; from `_EMPTY` on the n of EOBn; or `_NO_CODE`.
_SHIFT: Final = 6
_LENGTH: Final = 0x3F
_LONG_RUN: Final = 17
_EMPTY: Final = 32
_NO_CODE: Final = 64
# Coefficients that ZRL skips, and the run in its symbol.
_SKIPPED: Final = 16
_ZRL: Final = 15
_BLOCK: Final = 64
# Bytes of zeros behind the code: more than one block can take.
_BEHIND: Final = 512

Symbols = Sequence[int]
"""What begins at each bit of a code, as an entry of its table."""


@dataclass(frozen=True, slots=True)
class ScanCode:
    """The code of a scan's intervals, one after the other.

    Attributes:
        code: Without stuffed zeros, and some bytes more.
        starts: First bit of each interval.
        ends: The bit behind each interval, fill bytes left out.
    """

    code: NDArray[np.uint8]
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, src: bytes, scan: Scan) -> ScanCode:
        """The code between the markers."""
        parts = [unstuffed(src, interval) for interval in scan.intervals]
        behind = list(accumulate(len(part) for part in parts))
        starts = [0, *(8 * end for end in behind[:-1])]
        fills = (interval.fill for interval in scan.intervals)
        ends = [8 * (end - fill) for end, fill in zip(behind, fills, strict=True)]
        return cls(np.concatenate([*parts, np.zeros(_BEHIND, np.uint8)]), starts, ends)

    def symbols(self, entries: NDArray[np.uint16]) -> Symbols:
        """What begins at each bit, by a table for 16 bits of code."""
        parts = self.code.astype(np.uint32)
        wide = (parts[:-2] << 16) | (parts[1:-1] << 8) | parts[2:]
        found = np.empty((len(wide), 8), np.uint16)
        for shift in range(8):
            found[:, shift] = entries[(wide >> (8 - shift)) & 0xFFFF]
        return array("H", found.tobytes())

    def bits(self, at: int, count: int) -> int:
        """At most 16 bits as a number."""
        here = self.code[at >> 3 : (at >> 3) + 3].tobytes()
        return (int.from_bytes(here, "big") >> (24 - count - (at & 7))) & ((1 << count) - 1)

    def is_padding(self, at: int, end: int) -> bool:
        """Whether there is only what fills a last byte: ones (T.81 F.1.2.3)."""
        return 0 <= end - at < 8 and self.bits(at, end - at) == (1 << (end - at)) - 1


@dataclass(frozen=True, slots=True)
class Band:
    """The coefficients that an AC scan codes, both included, in zigzag order."""

    first: int
    last: int


def dc_entries(table: HuffmanTable) -> NDArray[np.uint16]:
    """For each 16 bits of code the length of the difference they begin with; 0 for no code."""
    entries = np.zeros(1 << 16, np.uint16)
    for length, code, symbol in table.codes():
        entries[_beginning_with(length, code)] = length + min(symbol, 16)
    return entries


def ac_entries(table: HuffmanTable, *, is_refining: bool) -> NDArray[np.uint16]:
    """For each 16 bits of code what they begin with, as `_SHIFT` says."""
    entries = np.full(1 << 16, _NO_CODE << _SHIFT, np.uint16)
    for length, code, symbol in table.codes():
        run, size = symbol >> 4, symbol & 15
        if size:
            step = run + 1 if size == 1 or not is_refining else _NO_CODE
        else:
            step = _LONG_RUN if run == _ZRL else _EMPTY + run
        entries[_beginning_with(length, code)] = step << _SHIFT | (length + size)
    return entries


def _beginning_with(length: int, code: int) -> slice:
    first = code << (16 - length)
    return slice(first, first + (1 << (16 - length)))


def dc_end(symbols: list[Symbols], start: int, end: int, blocks: range) -> int:
    """The bit behind a difference for each block; the tables take turns."""
    at, turns = start, len(symbols)
    for block in range(len(blocks)):
        length = symbols[block % turns][at]
        at += length
        if at > end or not length:
            raise cut_short()
    return at


def last_end(turns: list[tuple[Symbols, Symbols]], start: int, end: int) -> int:
    """The bit behind the last block of a sequential scan that ends before `end`.

    Args:
        turns: For each block of an MCU, by DC and by AC table.
        start: Any bit; what is no code is passed over, until the walk is in step.
        end: The bit behind the code.
    """
    at = closed = start
    for dc, ac in cycle(turns):
        if at >= end or not (dc[at] or end - at > _BLOCK):
            break
        at, position = at + (dc[at] or 1), 1
        while position < _BLOCK:
            entry = ac[at]
            at += entry & _LENGTH
            step = entry >> _SHIFT
            if step < _LONG_RUN:
                position += step
            elif step == _LONG_RUN:
                position += _SKIPPED
            elif step < _NO_CODE:
                break
            else:
                at, position = at + 1, _BLOCK + 1
        if at > end or (position > _BLOCK and end - at <= _BLOCK):
            break
        closed = at
    return closed


@dataclass(frozen=True, slots=True)
class AcScan:
    """The walk through a scan of a band.

    Attributes:
        code: The scan's code.
        symbols: What begins at each bit.
        band: The coefficients.
        history: For each block of the component, a bit for each coefficient that is not zero.
    """

    code: ScanCode
    symbols: Symbols
    band: Band
    history: list[int]

    def first_end(self, start: int, end: int, blocks: range) -> int:
        """The bit behind blocks of a first scan; notes in the history what is not zero."""
        symbols, history, first, last = self.symbols, self.history, self.band.first, self.band.last
        at, block = start, blocks.start
        while block < blocks.stop:
            position, found, run = first, 0, 1
            while position <= last:
                entry = symbols[at]
                at += entry & _LENGTH
                step = entry >> _SHIFT
                if step < _LONG_RUN:
                    position += step
                    found |= 1 << (position - 1)
                elif step == _LONG_RUN:
                    position += _SKIPPED
                else:
                    at, run = self._run(at, step)
                    break
            if at > end:
                raise cut_short()
            if position > last + 1 or block + run > blocks.stop:
                raise damaged()
            history[block] |= found
            block += run
        return at

    def refined_end(self, start: int, end: int, blocks: range) -> int:
        """The bit behind blocks of a refining scan, with one for each coefficient of before."""
        symbols, history, at = self.symbols, self.history, start
        whole = (1 << (self.band.last + 1)) - (1 << self.band.first)
        before = [history[block] & whole for block in blocks]
        held = list(accumulate((known.bit_count() for known in before), initial=0))
        index, count = 0, len(before)
        while index < count:
            known, left, found, run = before[index], whole, 0, 1
            while left:
                entry = symbols[at]
                at += entry & _LENGTH
                step = entry >> _SHIFT
                if step > _LONG_RUN:
                    at, run = self._run(at, step)
                    break
                zeros = left & ~known
                for _ in range(min(step, _SKIPPED) - 1):
                    zeros &= zeros - 1
                place = zeros & -zeros
                if not place:
                    raise damaged()
                at += (known & left & (place - 1)).bit_count()
                left &= ~(2 * place - 1)
                if step < _LONG_RUN:
                    found |= place
            if index + run > count:
                raise damaged()
            at += (known & left).bit_count() + held[index + run] - held[index + 1]
            if at > end:
                raise cut_short()
            history[blocks.start + index] |= found
            index += run
        return at

    def _run(self, at: int, step: int) -> tuple[int, int]:
        """The bit behind an EOBn, and the number of blocks that end there or are empty."""
        if step >= _NO_CODE:
            raise damaged()
        size = step - _EMPTY
        return at + size, (1 << size) + self.code.bits(at, size)
