"""Whether the decoder shows that a long sequential JPEG stream with restart markers is complete.

Each interval must be long enough and count: the picture must not change with bytes added after the
intervals, and must change in each of them with other bytes at their ends (`jpeg_ends`).
"""

from __future__ import annotations

from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.dicom.streams.jpeg import JpegStream
from engine.dicom.streams.jpeg_ends import Decode, decoded, with_more, with_other_ends

_SIDE: Final = 8


def plainly_whole(src: bytes, stream: JpegStream, decode: Decode) -> NDArray[Any] | None:
    """The picture of a complete stream; None if that is not so or undecided."""
    scan, frame = stream.scans[0], stream.frame
    if len(stream.scans) > 1 or not scan.are_restarts_in_order or len(frame.components) > 1:
        return None
    height, left = divmod(scan.restart_interval, ceil(frame.columns / _SIDE))
    if left or not height:
        return None
    starts = np.arange(0, frame.rows, height * _SIDE)
    if len(scan.intervals) != len(starts):
        return None
    changed = (src, with_other_ends(src, scan.intervals), with_more(src, scan.intervals))
    whole, other, same = decoded(decode, changed)
    differs = (whole != other).any(axis=1)
    is_whole = np.array_equal(whole, same) and np.logical_or.reduceat(differs, starts).all()
    return whole if is_whole else None
