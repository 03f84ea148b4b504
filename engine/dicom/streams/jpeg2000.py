"""The structure of a JPEG 2000 code stream (ITU-T T.800 A), to find out whether it is complete.

OpenJPEG decodes whatever it finds. Tile-parts state their length, so a stream that was truncated or
lost a stretch is inconsistent. A stream with bytes overwritten by zeros stays consistent, but no
coder writes that many consecutive zeros except for as many empty packets.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from engine.dicom.streams.missing import cut_short, damaged

JP2_MARK: Final = b"\x00\x00\x00\x0cjP  "
CODE_STREAM: Final = b"\xff\x4f\xff\x51"
_SIZ, _CAP, _COD, _SOT, _SOD, _EOC = 0xFF51, 0xFF50, 0xFF52, 0xFF90, 0xFF93, 0xFFD9
_SOT_BYTES: Final = 12
_BYPASS, _HIGH_THROUGHPUT = 0x01, 0x40
_PART_15: Final = 0x0002_0000
# An arithmetic coder's output looks random; the other coders may write raw bits.
_ZEROS: Final = 16
_ZEROS_OF_HIGH_THROUGHPUT: Final = 48
_ZEROS_WITH_BYPASS: Final = 1024
_MOST_ZEROS: Final = 2**16
# Exponent of precincts without any bounds.
_WHOLE_TILE: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Jpeg2000:
    """The properties of a stream's image; precision and sign of the first component."""

    rows: int
    columns: int
    components: int
    precision: int
    is_signed: bool
    is_high_throughput: bool


@dataclass(frozen=True, slots=True)
class _Tiles:
    """The number of tiles, and the size of the largest."""

    count: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Style:
    """COD: layers, precinct exponents of each resolution, code block style."""

    layers: int
    precincts: tuple[int, ...]
    style: int


def code_stream(src: bytes) -> bytes:
    """The code stream, unpacked from JP2 boxes if necessary.

    Raises:
        DamagedFileError: The boxes are invalid or contain none.
    """
    if not src.startswith(JP2_MARK):
        return src
    offset = 0
    while offset + 8 <= len(src):
        length, kind = int.from_bytes(src[offset : offset + 4], "big"), src[offset + 4 : offset + 8]
        head = 8
        if length == 1:
            length, head = int.from_bytes(src[offset + 8 : offset + 16], "big"), 16
        if kind == b"jp2c":
            return src[offset + head : offset + length if length else len(src)]
        if length < head:
            break
        offset += length
    raise damaged()


def checked(stream: bytes) -> Jpeg2000:
    """Check the markers and tile-parts from start to end.

    Args:
        stream: As `code_stream` returns it.

    Raises:
        DamagedFileError: A part is missing or was overwritten.
    """
    try:
        return _Walk(stream).result()
    except (struct.error, IndexError, ValueError, ZeroDivisionError) as error:
        raise damaged() from error


class _Walk:
    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._image: Jpeg2000 | None = None
        self._tiles = _Tiles(0, 0, 0)
        self._style: _Style | None = None
        self._is_high_throughput = False

    def result(self) -> Jpeg2000:
        offset = self._main_header()
        if self._image is None or self._style is None:
            raise ValueError("no size or coding style")
        seen: set[int] = set()
        while (marker := self._marker(offset)) != _EOC:
            if marker != _SOT:
                raise cut_short()
            offset = self._tile_part(offset, seen)
        behind = self._stream[offset + 2 :]
        if len(seen) != self._tiles.count or (len(behind) > 1 and behind.strip(b"\0\xff")):
            raise cut_short()
        return replace(self._image, is_high_throughput=self._is_high_throughput)

    def _marker(self, offset: int) -> int:
        return int.from_bytes(self._stream[offset : offset + 2], "big")

    def _main_header(self) -> int:
        """Read up to the first tile-part and return its offset."""
        if not self._stream.startswith(CODE_STREAM):
            raise ValueError("no code stream")
        offset = 2
        while (marker := self._marker(offset)) != _SOT:
            length = self._marker(offset + 2)
            body = self._stream[offset + 4 : offset + 2 + length]
            if marker < 0xFF00 or length < 2 or len(body) != length - 2:
                raise cut_short()
            if marker == _SIZ:
                self._take_size(body)
            elif marker == _CAP:
                self._is_high_throughput = int.from_bytes(body[:4], "big") & _PART_15 != 0
            elif marker == _COD:
                self._take_style(body)
            offset += 2 + length
        return offset

    def _take_size(self, body: bytes) -> None:
        values = struct.unpack_from(">HIIIIIIIIH", body)
        _, right, bottom, left, top, tile_wide, tile_high, tile_left, tile_top, count = values
        depth, across, down = body[36:39]
        self._image = Jpeg2000(
            rows=ceil(bottom / down) - ceil(top / down),
            columns=ceil(right / across) - ceil(left / across),
            components=count,
            precision=(depth & 0x7F) + 1,
            is_signed=depth & 0x80 != 0,
            is_high_throughput=False,
        )
        tiles = ceil((right - tile_left) / tile_wide) * ceil((bottom - tile_top) / tile_high)
        self._tiles = _Tiles(tiles, min(tile_wide, right - left), min(tile_high, bottom - top))

    def _take_style(self, body: bytes) -> None:
        has_precincts, layers = body[0] & 1, int.from_bytes(body[2:4], "big")
        levels, style = body[5], body[8]
        own = body[10 : 11 + levels] if has_precincts else b""
        precincts = tuple(own) if has_precincts else (0xFF,) * (levels + 1)
        if len(precincts) != levels + 1:
            raise ValueError("precincts")
        self._style = _Style(layers, precincts, style)

    def _tile_part(self, offset: int, seen: set[int]) -> int:
        """Check a tile-part and return the offset after it."""
        length, tile, size = struct.unpack_from(">HHI", self._stream, offset + 2)
        end = offset + size if size else self._stream.rindex(b"\xff\xd9")
        if length != _SOT_BYTES - 2 or tile >= self._tiles.count or end > len(self._stream):
            raise cut_short()
        seen.add(tile)
        offset += _SOT_BYTES
        while self._marker(offset) != _SOD:
            step = 2 + self._marker(offset + 2)
            if self._marker(offset) < 0xFF00 or step < 4 or offset + step > end:
                raise cut_short()
            offset += step
        # Coded bytes contain no marker above FF8F and never two consecutive FF.
        if self._stream.find(b"\xff\xff", offset + 2, end) >= 0:
            raise damaged()
        if self._stream.find(bytes(self._too_many_zeros()), offset + 2, end) >= 0:
            raise cut_short()
        return end

    def _too_many_zeros(self) -> int:
        """More consecutive zero bytes than the coder writes, plus one for each packet of a tile."""
        if self._style is None or self._image is None:
            raise ValueError("no size or coding style")
        packets = 0
        for level, exponents in enumerate(reversed(self._style.precincts)):
            across, down = (
                ceil(side / 2**level / 2**exponent) + (exponent < _WHOLE_TILE)
                for side, exponent in (
                    (self._tiles.columns, exponents & 15),
                    (self._tiles.rows, exponents >> 4),
                )
            )
            packets += across * down
        packets *= self._style.layers * self._image.components
        least = _ZEROS
        if self._style.style & _HIGH_THROUGHPUT:
            least = _ZEROS_OF_HIGH_THROUGHPUT
        elif self._style.style & _BYPASS:
            least = _ZEROS_WITH_BYPASS
        return min(least + packets, _MOST_ZEROS)
