"""Whether a sequential JPEG stream with restart markers is complete, told by its own picture.

As in `jpeg_appended`, but each interval gets a row of known blocks behind its own rows. Where an
interval's code ends is clear if its last block ends with the code for that, as nearly all do; if
one does not, its blocks come out wrong, and the caller counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams.jpeg import Interval, JpegStream
from engine.dicom.streams.jpeg_appended import MOST_ROWS, Codes, filled
from engine.dicom.streams.jpeg_ends import Decode
from engine.dicom.streams.kinds import END_OF_IMAGE

_SIDE: Final = 8
# Fewer blocks in a row could come out right by chance.
_LEAST_BLOCKS: Final = 64
_MOST_INTERVAL: Final = 65_535
# Bytes that contain the end of a block and what fills the last byte, stuffed or not.
_TAIL: Final = 8


def picture_of(src: bytes, stream: JpegStream, decode: Decode) -> NDArray[Any] | None:
    """Decode a grey stream, of which each interval has complete rows, with blocks appended.

    Returns:
        The picture if the stream is complete; None if it is not, or that is not clear.
    """
    scan, layout = stream.scans[0], _Layout.of(stream)
    codes = Codes.of(scan, [0])
    if layout is None or codes is None or not scan.are_restarts_in_order:
        return None
    code = codes.of_levels(layout.levels)
    parts = [_longer(src, interval, codes.end, code) for interval in scan.intervals]
    head = bytearray(src[: scan.intervals[0].start])
    head[stream.frame.rows_at : stream.frame.rows_at + 2] = layout.all_rows.to_bytes(2, "big")
    interval = (layout.height + 1) * layout.across
    head[scan.restarts_at : scan.restarts_at + 2] = interval.to_bytes(2, "big")
    marks = [bytes((0xFF, 0xD0 + number % 8)) for number in range(len(parts) - 1)]
    body = [piece for pair in zip(parts, [*marks, END_OF_IMAGE], strict=True) for piece in pair]
    return layout.picture_in(decode(head + b"".join(body)))


def _longer(src: bytes, interval: Interval, end_of_block: str, code: str) -> bytes:
    """An interval's code with more code behind what looks like the end of its last block."""
    end = interval.end - interval.fill
    tail = src[max(interval.start, end - _TAIL) : end].replace(b"\xff\0", b"\xff")
    if not tail:
        return b""
    bits = f"{int.from_bytes(tail, 'big'):0{8 * len(tail)}b}"
    ones = len(bits) - len(bits.rstrip("1")) - (len(end_of_block) - len(end_of_block.rstrip("1")))
    padding = min(max(ones, 0), 7)
    last = end - (2 if src[end - 2 : end] == b"\xff\0" else 1)
    return src[interval.start : last] + filled(bits[-8 : len(bits) - padding] + code)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Intervals and the rows of blocks between them.

    Attributes:
        across: Blocks in a row.
        height: Rows of blocks of an interval.
        down: Rows of blocks of the picture.
        rows: Rows of the picture.
        columns: Columns of the picture.
        levels: Of the appended blocks, -1, 0 or 1.
    """

    across: int
    height: int
    down: int
    rows: int
    columns: int
    levels: NDArray[np.int8]

    @classmethod
    def of(cls, stream: JpegStream) -> _Layout | None:
        """The layout; None if intervals are not rows, or some are missing, or there is no room."""
        scan, frame = stream.scans[0], stream.frame
        across, down = ceil(frame.columns / _SIDE), ceil(frame.rows / _SIDE)
        height, left = divmod(scan.restart_interval, across)
        if left or not height or across < _LEAST_BLOCKS:
            return None
        if len(stream.scans) > 1 or len(frame.components) > 1:
            return None
        levels = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), across)
        levels[1::2] = 0
        layout = cls(across, height, down, frame.rows, frame.columns, levels)
        is_room = layout.all_rows <= MOST_ROWS and (height + 1) * across <= _MOST_INTERVAL
        return layout if is_room and len(scan.intervals) == layout.count else None

    @property
    def count(self) -> int:
        """Number of intervals."""
        return ceil(self.down / self.height)

    @property
    def all_rows(self) -> int:
        """Rows of the longer picture."""
        return (self.down + self.count) * _SIDE

    def picture_in(self, longer: NDArray[Any]) -> NDArray[Any] | None:
        """The picture without the appended blocks; None if they are not in their places."""
        ends = np.minimum(np.arange(1, self.count + 1) * self.height, self.down)
        is_appended = np.zeros(self.down + self.count, bool)
        is_appended[ends + np.arange(self.count)] = True
        rows = longer.reshape(-1, _SIDE, self.columns)
        appended = rows[is_appended, :: _SIDE - 1]  # first and last row tell enough
        level_of = self.levels.repeat(_SIDE)[: self.columns]
        parts = [appended[:, :, level_of == level] for level in (-1, 0, 1)]
        if any((part != part[:, :1, :1]).any() for part in parts):
            return None
        darker, same, brighter = (part[:, 0, 0] for part in parts)
        if not ((darker <= same) & (same <= brighter) & (darker < brighter)).all():
            return None
        return rows[~is_appended].reshape(-1, self.columns)[: self.rows]
