"""A JPEG lossless encoder (T.81 H) with every option that the process allows; slow and plain.

The encoders at hand write no point transform, or no restart intervals, or only some predictors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a stream.

    Attributes:
        fill: Number of FF bytes before each marker.
        scans: "interleaved", or "apart" for one scan per colour.
    """

    precision: int
    predictor: int = 1
    point_transform: int = 0
    restart_rows: int = 0
    fill: int = 0
    scans: str = "interleaved"
    comment: bytes = b""


def encode(samples: NDArray[np.integer], options: Options) -> bytes:
    """Encode `(rows, columns)` or `(rows, columns, 3)` values of `options.precision` bits.

    The bits that the point transform drops are not coded.
    """
    planes = samples.reshape(*samples.shape[:2], -1).astype(np.int64) >> options.point_transform
    rows, columns, count = planes.shape
    mark = b"\xff" * options.fill
    out = [b"\xff\xd8"]
    if options.comment:
        out.append(mark + _segment(0xFE, options.comment))
    out.append(mark + _table())
    frame = bytes([options.precision]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
    frame += bytes([count]) + b"".join(bytes([n + 1, 0x11, 0]) for n in range(count))
    out.append(mark + _segment(0xC3, frame))
    if options.restart_rows:
        interval = options.restart_rows * columns
        out.append(mark + _segment(0xDD, interval.to_bytes(2, "big")))
    apart = options.scans == "apart"
    for chosen in [[n] for n in range(count)] if apart else [list(range(count))]:
        head = bytes([len(chosen)]) + b"".join(bytes([n + 1, 0]) for n in chosen)
        head += bytes([options.predictor, 0, options.point_transform])
        out.append(mark + _segment(0xDA, head))
        out.append(_scan(planes[..., chosen], options))
    return b"".join([*out, mark, b"\xff\xd9"])


def _table() -> bytes:
    """Seventeen codes: one of each length from 2 to 7, the others of 9 bits."""
    counts = [0, 1, 1, 1, 1, 1, 1, 0, 11] + [0] * 7
    symbols = [0, 3, 2, 4, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    return _segment(0xC4, bytes([0, *counts, *symbols]))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (2 + len(body)).to_bytes(2, "big") + body


def _codes() -> dict[int, str]:
    counts = [0, 1, 1, 1, 1, 1, 1, 0, 11]
    symbols = [0, 3, 2, 4, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    codes, code, start = {}, 0, 0
    for length, count in enumerate(counts, start=1):
        for symbol in symbols[start : start + count]:
            codes[symbol] = format(code, f"0{length}b")
            code += 1
        start += count
        code <<= 1
    return codes


def _scan(planes: NDArray[np.int64], options: Options) -> bytes:
    rows = len(planes)
    height = options.restart_rows or rows
    codes = _codes()
    middle = 1 << (options.precision - options.point_transform - 1)
    parts = []
    for number, first in enumerate(range(0, rows, height)):
        if number:
            parts.append(b"\xff" * options.fill + bytes([0xFF, 0xD0 + (number - 1) % 8]))
        parts.append(_interval(planes[first : first + height], options.predictor, middle, codes))
    return b"".join(parts)


def _interval(
    planes: NDArray[np.int64], predictor: int, middle: int, codes: dict[int, str]
) -> bytes:
    bits = []
    for row in range(planes.shape[0]):
        for column in range(planes.shape[1]):
            for component in range(planes.shape[2]):
                plane = planes[..., component]
                predicted = _predicted(plane, row, column, predictor, middle)
                bits.append(_coded(int(plane[row, column]) - predicted, codes))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")


def _predicted(plane: NDArray[np.int64], row: int, column: int, predictor: int, middle: int) -> int:
    if row == 0:
        return middle if column == 0 else int(plane[0, column - 1])
    b = int(plane[row - 1, column])
    if column == 0:
        return b
    a, c = int(plane[row, column - 1]), int(plane[row - 1, column - 1])
    return {
        1: a,
        2: b,
        3: c,
        4: a + b - c,
        5: a + ((b - c) >> 1),
        6: b + ((a - c) >> 1),
        7: (a + b) >> 1,
    }[predictor]


def _coded(difference: int, codes: dict[int, str]) -> str:
    difference = (difference + 32767) % 65536 - 32767  # modulo 2**16, -32767 to 32768
    size = abs(difference).bit_length()
    if size == 0 or difference == 32768:
        return codes[size]
    value = difference if difference > 0 else difference + (1 << size) - 1
    return codes[size] + format(value, f"0{size}b")
