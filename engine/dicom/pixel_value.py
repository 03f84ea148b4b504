"""Position of Pixel Data's value in a file, and whether it is complete (PS3.5 A.4).

Closing delimiters are often missing, and some writers give the element an invalid VR. Neither
changes the fragments, so both are accepted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import BinaryIO, Final, Literal

from engine.dicom.parsing import LONG_VRS, UNDEFINED
from engine.dicom.streams.fragments import ITEM, SEQUENCE_END

_ITEM_HEAD: Final = 8
_HEAD: Final = 64
_TAIL: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelValue:
    """The pixel data element.

    Attributes:
        tag: (7FE0,0008), (7FE0,0009) or (7FE0,0010).
        vr: As written; empty in implicit VR.
        start: Offset of the value.
        end: Offset of the value's end, or of the file's.
        is_open: Whether the length is undefined, so that the value is encapsulated.
        is_whole: Whether the value is as long as it claims.
        head: The first bytes of the first fragment.
        tail: The last bytes of the last item; empty if there is none.
        fragments: Items other than an offset table.
    """

    tag: int
    vr: str
    start: int
    end: int
    is_open: bool
    is_whole: bool
    head: bytes = b""
    tail: bytes = b""
    fragments: int = 0


def pixel_value(source: BinaryIO, *, is_implicit: bool, is_little: bool) -> PixelValue | None:
    """The element at the source's position, which is kept; None if half the head is missing.

    Of the value, only the heads of its items are read.
    """
    head_start = source.tell()
    size = source.seek(0, os.SEEK_END)
    source.seek(head_start)
    order: Literal["little", "big"] = "little" if is_little else "big"
    head = source.read(min(12, size - head_start))
    vr = b"" if is_implicit else head[4:6]
    is_long = not is_implicit and (vr in LONG_VRS or head[6:8] == b"\0\0")
    start = head_start + (12 if is_long else 8)
    if start > size:
        source.seek(head_start)
        return None
    length = int.from_bytes(head[8:12] if is_long else head[4 if is_implicit else 6 : 8], order)
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    value = PixelValue(
        tag=tag,
        vr=vr.decode("latin-1"),
        start=start,
        end=min(start + length, size),
        is_open=length == UNDEFINED,
        is_whole=start + length <= size,
    )
    if value.is_open:
        value = _with_items(value, source, size)
    source.seek(head_start)
    return value


def _with_items(value: PixelValue, source: BinaryIO, size: int) -> PixelValue:
    """The value with what its items say of it."""
    offset, heads, tail = value.start, [], b""
    end, is_whole = size, False
    while offset <= size:
        source.seek(offset)
        head = source.read(min(_ITEM_HEAD + _HEAD, size - offset))
        if len(head) < _ITEM_HEAD or head[:4] != ITEM:
            if head[1:5] not in (ITEM, SEQUENCE_END):
                end, is_whole = offset, True
                break
            offset += 1  # after an item of odd length whose padding was not counted
            continue
        length = int.from_bytes(head[4:_ITEM_HEAD], "little")
        heads.append(head[_ITEM_HEAD : _ITEM_HEAD + length])
        offset += _ITEM_HEAD + length
        source.seek(min(offset, size) - min(length, _TAIL))
        tail = source.read(min(length, _TAIL)) or tail
    # The first offset of a table is 0; no stream starts like that.
    fragments = [head for number, head in enumerate(heads) if number or head[:4].strip(b"\0")]
    return replace(
        value,
        end=end,
        is_whole=is_whole,
        head=fragments[0] if fragments else b"",
        tail=tail if is_whole else b"",
        fragments=sum(map(bool, fragments)),
    )
