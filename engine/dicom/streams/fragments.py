"""Encapsulated pixel data (PS3.5 A.4): its fragments, and which of them form a frame.

Offset tables are often wrong, and for a single frame they add nothing. The fragments' own content
therefore takes precedence over a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engine.dicom.streams.kinds import ends_image, starts_image
from engine.errors import DamagedFileError

ITEM: Final = b"\xfe\xff\x00\xe0"
SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0"
_HEAD: Final = 8
_MOST_FRAGMENTS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Encapsulated:
    """The items of encapsulated pixel data.

    Attributes:
        fragments: Their bytes, without the offset table.
        positions: Offset of each fragment's item, relative to the first fragment's.
        offsets: The basic offset table; empty if it is missing or invalid.
        is_closed: Whether the last item is complete.
    """

    fragments: tuple[bytes, ...]
    positions: tuple[int, ...]
    offsets: tuple[int, ...]
    is_closed: bool

    @property
    def frames(self) -> int:
        """Number of images, by the way the fragments start and end."""
        return max(1, len(_starts(self.fragments))) if self.fragments else 0


def is_encapsulated(value: bytes) -> bool:
    """Whether the value of Pixel Data is a list of items."""
    return value[:4] == ITEM


def is_nothing_but_items(value: bytes) -> bool:
    """Whether the value is a list of items to its end, and so no uncompressed image."""
    offset = 0
    while value[offset : offset + 4] == ITEM:
        offset += _HEAD + int.from_bytes(value[offset + 4 : offset + _HEAD], "little")
    return offset > 0 and value[offset:] in (b"", SEQUENCE_END + bytes(4))


def encapsulated(value: bytes) -> Encapsulated:
    """Splits the value into items; anything after the last valid item is ignored.

    Raises:
        DamagedFileError: There are more fragments than the limit allows.
    """
    items: list[tuple[int, bytes]] = []
    offset, is_closed = 0, True
    while value[offset : offset + 4] == ITEM and len(value) - offset >= _HEAD:
        length = int.from_bytes(value[offset + 4 : offset + _HEAD], "little")
        body = value[offset + _HEAD : offset + _HEAD + length]
        items.append((offset, body))
        is_closed = len(body) == length
        offset += _HEAD + length
        if value[offset + 1 : offset + 5] in (ITEM, SEQUENCE_END) and length % 2:
            offset += 1  # padded to an even length that was not counted
        if len(items) > _MOST_FRAGMENTS:
            raise DamagedFileError("The image has more fragments than the limit allows.")
    offsets: tuple[int, ...] = ()
    if items and not starts_image(items[0][1]):
        table = items.pop(0)[1] if len(items) > 1 or len(items[0][1]) < _HEAD else b""
        if len(table) % 4 == 0:
            parts = (table[at : at + 4] for at in range(0, len(table), 4))
            offsets = tuple(int.from_bytes(part, "little") for part in parts)
    items = [item for item in items if item[1]]  # an empty fragment ends nothing
    first = items[0][0] if items else 0
    return Encapsulated(
        fragments=tuple(body for _, body in items),
        positions=tuple(offset - first for offset, _ in items),
        offsets=offsets,
        is_closed=is_closed,
    )


def frame_starts(
    parts: Encapsulated, count: int, extended_offsets: tuple[int, ...] = ()
) -> list[int]:
    """The index of each frame's first fragment; fewer than `count` if frames are missing.

    Args:
        parts: The fragments.
        count: Number of frames according to the header.
        extended_offsets: Of (7FE0,0001), if there is one.
    """
    starts = _starts(parts.fragments)
    if count > 1 and len(parts.fragments) == count:
        return list(range(count))
    if count == 1 and len(starts) < 2:
        return [0] if parts.fragments else []
    if len(starts) < count:
        return _by_offsets(parts, count, extended_offsets) or starts
    return starts


def frame_of(parts: Encapsulated, index: int, starts: list[int]) -> bytes:
    """The bytes of one frame, by the starts of all of them.

    Raises:
        DamagedFileError: The frame is missing.
    """
    if index >= len(starts):
        raise DamagedFileError("The image has fewer frames than its header says.")
    ends = [*starts[1:], len(parts.fragments)]
    return b"".join(parts.fragments[starts[index] : ends[index]])


def _starts(fragments: tuple[bytes, ...]) -> list[int]:
    """Indices of fragments that begin an image: the first, and those after an image's end."""
    later = (
        number
        for number, (before, here) in enumerate(pairwise(fragments), start=1)
        if starts_image(here) and (ends_image(before) or starts_image(before))
    )
    return [0, *later] if fragments else []


def _by_offsets(parts: Encapsulated, count: int, extended: tuple[int, ...]) -> list[int]:
    """Indices of the fragments where a table's frames start; empty if neither table fits."""
    numbers = {position: number for number, position in enumerate(parts.positions)}
    for table in (parts.offsets, extended):
        if len(table) == count and all(offset in numbers for offset in table):
            starts = [numbers[offset] for offset in table]
            if starts[0] == 0 and starts == sorted(set(starts)):
                return starts
    return []
