"""The markers of a JPEG stream (ITU-T T.81 B) and the position of its entropy-coded bytes.

Read before a stream is given to a decoder: for missing bytes libjpeg only emits a warning that
never reaches the caller. With this list, `jpeg_lossless` and `jpeg_sequential` can count what was
really coded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import DamagedFileError, UnsupportedImageError

_SOI, _EOI, _SOS, _DHT, _DRI, _DAC, _DNL = 0xD8, 0xD9, 0xDA, 0xC4, 0xDD, 0xCC, 0xDC
_JPG, _APP0, _APP14 = 0xC8, 0xE0, 0xEE
# The last byte of an Adobe segment says whether colours were transformed to YCbCr.
_ADOBE_BYTES: Final = 12
_COLOURS: Final = 3
_FIRST_SOF, _LAST_SOF, SOF_JPEG_LS = 0xC0, 0xCF, 0xF7
_FIRST_RST, _LAST_RST = 0xD0, 0xD7
_WITHOUT_LENGTH = frozenset({0x01, _SOI, *range(_FIRST_RST, _LAST_RST + 1)})
_MOST_COMPONENTS: Final = 4
# Enough for the longest segments before a frame header.
_HEADER_BYTES: Final = 2**18
SEQUENTIAL = (0xC0, 0xC1)
PROGRESSIVE = 0xC2
LOSSLESS = 0xC3


@dataclass(frozen=True, slots=True)
class HuffmanTable:
    """A DHT table: the number of codes of each length, 1 to 16, and their symbols."""

    counts: tuple[int, ...]
    symbols: bytes

    @property
    def first_symbol(self) -> int:
        """The symbol whose code is all zeros."""
        return self.symbols[0] if self.symbols else 0

    def codes(self) -> list[tuple[int, int, int]]:
        """`(length, code, symbol)` in the order of the codes (T.81 C.2)."""
        found = []
        code = index = 0
        for length, count in enumerate(self.counts, start=1):
            for symbol in self.symbols[index : index + count]:
                found.append((length, code, symbol))
                code += 1
            index += count
            code <<= 1
        return found


@dataclass(frozen=True, slots=True)
class Component:
    """A component of the frame with its sampling factors."""

    name: int
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Frame:
    """SOFn.

    Attributes:
        process: The marker's second byte.
        rows: 0 if a DNL segment states them.
        rows_at: Where in the stream they stand.
    """

    process: int
    precision: int
    rows: int
    columns: int
    components: tuple[Component, ...]
    rows_at: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Entropy-coded bytes between two markers, as a range of the stream.

    Attributes:
        coded: Number of code bytes, without stuffed bytes.
        fill: FF bytes before the marker at the end; old encoders end their code with one.
    """

    start: int
    end: int
    coded: int
    fill: int


@dataclass(frozen=True, slots=True)
class Scan:
    """SOS with the tables and the restart interval in effect there.

    Attributes:
        components: Indices into the frame's components.
        tables: For each of them its DC (or lossless) table and its AC table.
        selection: Ss: start of the spectral selection, or the predictor.
        selection_end: Se.
        point_transform: Al, or Pt.
        is_refining: Whether the scan adds a bit to what earlier scans coded (Ah).
        restart_interval: MCUs; 0 for none.
        restarts_at: Where in the stream that number stands.
        intervals: In their order.
        are_restarts_in_order: Whether the restart markers count from RST0 to RST7 in turn.
    """

    components: tuple[int, ...]
    tables: tuple[tuple[HuffmanTable | None, HuffmanTable | None], ...]
    selection: int
    selection_end: int
    point_transform: int
    is_refining: bool
    restart_interval: int
    restarts_at: int
    intervals: tuple[Interval, ...]
    are_restarts_in_order: bool


@dataclass(frozen=True, slots=True)
class JpegStream:
    """A stream up to its end marker, or to its last byte if there is none.

    Attributes:
        photometric: What its components are, as DICOM names it; empty if the stream does not say.
    """

    frame: Frame
    scans: tuple[Scan, ...]
    has_end: bool
    is_arithmetic: bool
    photometric: str


def read_jpeg(src: bytes) -> JpegStream:
    """Parse the markers of a stream.

    Raises:
        DamagedFileError: The markers are invalid, or the stream ends before the first scan.
        UnsupportedImageError: The number of rows follows the first scan.
    """
    try:
        stream = _Reader(src).read()
    except (IndexError, ValueError) as error:
        raise DamagedFileError("The image inside the file is damaged.") from error
    if stream.frame.rows == 0:
        raise UnsupportedImageError("The JPEG stream does not say its number of rows at its start.")
    return stream


def read_frame(src: bytes) -> Frame:
    """The frame header alone, because JPEG-LS (T.87) marks its code in another way.

    Raises:
        DamagedFileError: There is none before the first scan.
    """
    try:
        return _Reader(src[:_HEADER_BYTES]).frame()
    except (IndexError, ValueError) as error:
        raise DamagedFileError("The image inside the file is damaged.") from error


def unstuffed(src: bytes, interval: Interval) -> NDArray[np.uint8]:
    """The code of an interval without stuffed zeros, including fill bytes at its end."""
    coded = np.frombuffer(src, np.uint8, interval.end - interval.start, interval.start)
    if not (coded == 0xFF).any():
        return coded
    keep = np.ones(len(coded), bool)
    keep[1:] &= (coded[1:] != 0) | (coded[:-1] != 0xFF)
    body = len(coded) - interval.fill
    keep[: body - 1] &= (coded[: body - 1] != 0xFF) | (coded[1:body] != 0xFF)
    return coded[keep]


def has_zeros(src: bytes, interval: Interval, count: int) -> bool:
    """Whether an interval contains `count` consecutive zero bytes."""
    return src.find(bytes(count), interval.start, interval.end) >= 0


class _Reader:
    """Reads the marker segments from left to right."""

    def __init__(self, src: bytes) -> None:
        self._src = src
        data = np.frombuffer(src, np.uint8)
        offsets = np.flatnonzero(data[:-1] == 0xFF)
        following = data[offsets + 1]
        self._stuffed = offsets[following == 0]
        self._doubled = offsets[following == 0xFF]
        is_marker = (following != 0) & (following != 0xFF)
        self._markers, self._kinds = offsets[is_marker], following[is_marker]
        self._tables: dict[int, HuffmanTable] = {}
        self._restart_interval = self._restarts_at = 0
        self._frame: Frame | None = None
        self._scans: list[Scan] = []
        self._is_arithmetic = False
        self._marked = ""

    def read(self) -> JpegStream:
        offset, has_end = 0, False
        while (found := self._next_marker(offset)) is not None:
            offset, kind = found
            if kind == _EOI:
                has_end = True
                break
            if kind not in _WITHOUT_LENGTH:
                offset = self._segment(kind, offset)
        if self._frame is None or not self._scans:
            raise ValueError("no scan")
        return JpegStream(
            self._frame, tuple(self._scans), has_end, self._is_arithmetic, self._photometric()
        )

    def _photometric(self) -> str:
        names = bytes(one.name for one in self._frame.components) if self._frame else b""
        if len(names) != _COLOURS:
            return ""
        if names.lower() == b"rgb":
            return "RGB"
        return self._marked

    def frame(self) -> Frame:
        offset = 0
        while self._frame is None and (found := self._next_marker(offset)) is not None:
            offset, kind = found
            if kind == _SOS:
                break
            if kind not in _WITHOUT_LENGTH:
                offset = self._segment(kind, offset)
        if self._frame is None:
            raise ValueError("no frame")
        return self._frame

    def _next_marker(self, offset: int) -> tuple[int, int] | None:
        """The offset after the next marker and the marker's kind; anything before it is skipped."""
        number = int(np.searchsorted(self._markers, offset))
        if number == len(self._markers):
            return None
        return int(self._markers[number]) + 2, int(self._kinds[number])

    def _segment(self, kind: int, offset: int) -> int:
        length = int.from_bytes(self._src[offset : offset + 2], "big")
        body = self._src[offset + 2 : offset + length]
        if length < 2 or len(body) != length - 2:
            raise ValueError("segment cut short")
        if kind == _DHT:
            self._take_tables(body)
        elif kind == _DRI:
            self._restart_interval = int.from_bytes(body[:2], "big")
            self._restarts_at = offset + 2
        elif kind == _DAC:
            self._is_arithmetic = True
        elif kind == _APP0 and body.startswith(b"JFIF\0"):
            self._marked = "YBR_FULL"
        elif kind == _APP14 and body.startswith(b"Adobe") and len(body) >= _ADOBE_BYTES:
            # JFIF, which comes first, allows nothing else than YCbCr.
            self._marked = self._marked or ("YBR_FULL" if body[_ADOBE_BYTES - 1] else "RGB")
        elif kind == _SOS:
            return self._take_scan(body, offset + length)
        elif (_FIRST_SOF <= kind <= _LAST_SOF or kind == SOF_JPEG_LS) and kind != _JPG:
            self._take_frame(kind, body, offset + 3)
        return offset + length

    def _take_tables(self, body: bytes) -> None:
        while body:
            counts = tuple(body[1:17])
            end = 17 + sum(counts)
            if len(counts) != 16 or len(body) < end:
                raise ValueError("table cut short")
            if sum(count << (16 - length) for length, count in enumerate(counts, 1)) > 1 << 16:
                raise ValueError("more codes than there can be")
            self._tables[body[0]] = HuffmanTable(counts, body[17:end])
            body = body[end:]

    def _take_frame(self, kind: int, body: bytes, rows_at: int) -> None:
        if self._frame is not None:
            raise ValueError("two frames")
        count = body[5]
        if not 1 <= count <= _MOST_COMPONENTS:
            raise ValueError("number of components")
        parts = [body[6 + 3 * number : 9 + 3 * number] for number in range(count)]
        components = tuple(Component(part[0], part[1] >> 4, part[1] & 15) for part in parts)
        if min(min(one.across, one.down) for one in components) < 1:
            raise ValueError("sampling factors")
        rows, columns = (int.from_bytes(body[at : at + 2], "big") for at in (1, 3))
        self._frame = Frame(kind, body[0], rows, columns, components, rows_at)
        self._is_arithmetic |= kind != SOF_JPEG_LS and kind & 0x08 != 0

    def _take_scan(self, body: bytes, start: int) -> int:
        if self._frame is None:
            raise ValueError("a scan before its frame")
        count = body[0]
        names = [one.name for one in self._frame.components]
        pairs = [(body[1 + 2 * n], body[2 + 2 * n]) for n in range(count)]
        scan = Scan(
            components=tuple(names.index(name) for name, _ in pairs),
            tables=tuple(
                (self._tables.get(ids >> 4), self._tables.get(0x10 | (ids & 15)))
                for _, ids in pairs
            ),
            selection=body[1 + 2 * count],
            selection_end=body[2 + 2 * count],
            point_transform=body[3 + 2 * count] & 15,
            is_refining=body[3 + 2 * count] >> 4 > 0,
            restart_interval=self._restart_interval,
            restarts_at=self._restarts_at,
            intervals=(),
            are_restarts_in_order=True,
        )
        intervals, in_order, end = self._intervals(start)
        self._scans.append(replace(scan, intervals=intervals, are_restarts_in_order=in_order))
        return end

    def _intervals(self, start: int) -> tuple[tuple[Interval, ...], bool, int]:
        """The intervals of a scan, whether RST0 to RST7 alternate correctly, and the scan's end."""
        first = int(np.searchsorted(self._markers, start))
        kinds = self._kinds[first:]
        is_restart = (kinds >= _FIRST_RST) & (kinds <= _LAST_RST)
        count = int(np.argmin(is_restart)) if not is_restart.all() else len(kinds)
        in_order = bool((kinds[:count] == _FIRST_RST + np.arange(count) % 8).all())
        restarts = self._markers[first : first + count]
        end = int(self._markers[first + count]) if count < len(kinds) else len(self._src)
        starts = np.concatenate(([start], restarts + 2))
        ends = np.concatenate((restarts, [end]))
        stuffed = np.searchsorted(self._stuffed, ends) - np.searchsorted(self._stuffed, starts)
        doubled = np.searchsorted(self._doubled, ends) - np.searchsorted(self._doubled, starts)
        intervals = []
        for first_byte, last, zeros, fills in zip(
            starts.tolist(), ends.tolist(), stuffed.tolist(), doubled.tolist(), strict=True
        ):
            fill = self._fill_before(last, first_byte) if fills else 0
            intervals.append(Interval(first_byte, last, last - first_byte - zeros - fills, fill))
        return tuple(intervals), in_order, end

    def _fill_before(self, end: int, start: int) -> int:
        count = 0
        while end - count > start and self._src[end - count - 1] == 0xFF:
            count += 1
        return count
