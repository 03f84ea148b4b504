"""Reads the elements of a data set one by one, up to the pixel data.

pydicom stops at the first element that it does not understand. A vendor's private element, an icon
or a length that is wrong by a few bytes must not make the film unreadable, so the outermost level
is read here: after an implausible element, reading continues at the next plausible one (PS3.5 7.1),
and the tags left out are listed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple, Protocol, cast

from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filereader import data_element_generator
from pydicom.tag import BaseTag

from engine.errors import DamagedFileError, LimitExceededError

UNDEFINED: Final = 0xFFFFFFFF
PIXEL_DATA: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_MAY_BE_OPEN: Final = frozenset(b"SQ UN OB OW".split())
_DELIMITERS: Final = (0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD)
_PADDING: Final = 0xFFFCFFFC
_SEQUENCE_END: Final = 0xFFFEE0DD
_FARTHEST: Final = 2**18
_WINDOW: Final = 2**15
_VRS: Final[dict[bytes, str | None]] = {
    b"": None,
    **{vr: vr.decode() for vr in (*_SHORT_VRS, *LONG_VRS)},
}
COPY_AGAIN: Final = "Copy it again from where it came from."


class Stream(Protocol):
    """The part of a binary stream that the parser needs; `engine.dicom.reader` sets its limits."""

    @property
    def size(self) -> int:
        """Bytes of the whole stream."""

    def read(self, size: int, /) -> bytes:
        """Reads `size` bytes; refuses more than there are."""

    def seek(self, offset: int, /) -> int:
        """Moves to an offset."""

    def tell(self) -> int:
        """The current offset."""


@dataclass(slots=True)
class ReadElements:
    """Elements by tag, and the tags of the elements that could not be read."""

    elements: dict[BaseTag, RawDataElement | DataElement] = field(default_factory=dict)
    left_out: list[BaseTag] = field(default_factory=list)


class Head(NamedTuple):
    """Tag, VR (empty if there is none), bytes of the head, and length of the value."""

    tag: int
    vr: bytes
    size: int
    length: int


class ElementParser:
    """Reads heads and values of one encoding.

    Args:
        stream: The data set, at its first element.
        is_implicit: Whether elements have no VR.
        is_little: Whether the byte order is little endian.
        most: Greatest number of elements; more raise `LimitExceededError`.
    """

    def __init__(self, stream: Stream, *, is_implicit: bool, is_little: bool, most: int) -> None:
        self._stream = stream
        self._end = stream.size
        self._is_implicit = is_implicit
        self._is_little = is_little
        self._most = most
        order = "<" if is_little else ">"
        self._tag_and_length = struct.Struct(f"{order}HHL").unpack
        self._tag_and_vr = struct.Struct(f"{order}HH2sH").unpack
        self._length = struct.Struct(f"{order}L").unpack
        self._window, self._window_start = b"", 0

    def read(self) -> ReadElements:
        """Read to the end or up to the pixel data, leaving the stream at that element.

        Raises:
            DamagedFileError: The file is cut short, or continues in a way that cannot be followed.
            LimitExceededError: There are more elements than the limit allows.
        """
        found = ReadElements()
        last: Head | None = None
        offset = self._stream.tell()
        while offset < self._end:
            head = self._head(offset)
            if head is None or not self._is_sound(head, offset):
                offset = self._next_sound(offset, head, last, found)
                continue
            if head.tag in PIXEL_DATA:
                break
            last = head
            offset = self._take(head, offset, found)
            if len(found.elements) > self._most:
                raise LimitExceededError("The header has more elements than the limit allows.")
        self._stream.seek(offset)
        return found

    def _bytes(self, offset: int, size: int) -> bytes:
        """`size` bytes of the stream at an offset, through a buffer that moves along the stream."""
        start = offset - self._window_start
        if start < 0 or start + size > len(self._window):
            self._stream.seek(offset)
            if size >= _WINDOW:
                return self._stream.read(size)
            self._window = self._stream.read(min(_WINDOW, self._end - offset))
            self._window_start, start = offset, 0
        return self._window[start : start + size]

    def _take(self, head: Head, offset: int, found: ReadElements) -> int:
        """Read a value and return the offset after it."""
        tag = BaseTag(head.tag)
        value_offset = offset + head.size
        if head.tag in _DELIMITERS or head.tag == _PADDING:
            return value_offset  # left over from a sequence
        if head.length == UNDEFINED:
            self._stream.seek(offset)
            try:
                found.elements[tag] = self._open_element()
                return self._stream.tell()
            except (LimitExceededError, RecursionError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - pydicom raises anything
                if isinstance(error.__context__, RecursionError):
                    # From Python 3.12 on, pydicom catches RecursionError and reports a broken file.
                    raise error.__context__ from None
                found.left_out.append(tag)
                return self._behind_sequence(value_offset, head, error)
        value = self._bytes(value_offset, head.length)
        found.elements[tag] = RawDataElement(
            tag,
            _VRS[head.vr],
            head.length,
            value or (None if head.vr == b"SQ" else b""),
            value_offset,
            self._is_implicit,
            self._is_little,
        )
        return value_offset + head.length

    def _open_element(self) -> DataElement | RawDataElement:
        """An element of undefined length, read by pydicom."""
        source = cast("BinaryIO", self._stream)
        return next(iter(data_element_generator(source, self._is_implicit, self._is_little)))

    def _head(self, offset: int) -> Head | None:
        """The head at an offset; None if less than a head is left there."""
        if self._end - offset < 8:
            return None
        start = self._bytes(offset, 8)
        group, element, length = self._tag_and_length(start)
        tag = group << 16 | element
        if self._is_implicit or tag in _DELIMITERS:
            return Head(tag, b"", 8, length)
        _, _, vr, length = self._tag_and_vr(start)
        if vr in _SHORT_VRS:
            return Head(tag, vr, 8, length)
        if vr in LONG_VRS:
            if self._end - offset < 12:
                return None
            return Head(tag, vr, 12, self._length(self._bytes(offset + 8, 4))[0])
        return self._head_of_unknown_vr(offset, tag, start)

    def _head_of_unknown_vr(self, offset: int, tag: int, start: bytes) -> Head | None:
        """The head for an unknown VR: with a length of two or four bytes, or without a VR.

        The first reading after which another element follows is taken.
        """
        _, _, vr, short = self._tag_and_vr(start)
        _, _, without_vr = self._tag_and_length(start)
        readings = [Head(tag, b"UN", 8, short), Head(tag, b"", 8, without_vr)]
        if self._end - offset >= 12:
            long = Head(tag, b"UN", 12, self._length(self._bytes(offset + 8, 4))[0])
            # VRs of later editions have a length of four bytes (PS3.5 7.1.2).
            readings.insert(0 if vr.isalpha() and vr.isupper() else 1, long)
        for head in readings:
            behind = offset + head.size + head.length
            if behind <= self._end:
                next_start = self._bytes(behind, min(8, self._end - behind))
                if self._follows(next_start, behind, tag):
                    return head
        return Head(tag, b"", 8, self._end)  # longer than there is room for

    def _is_sound(self, head: Head, offset: int) -> bool:
        """Whether a head is plausible by itself."""
        if head.tag in _DELIMITERS or head.tag in PIXEL_DATA:
            return True  # the pixels' length is checked when they are read
        if head.length == UNDEFINED:
            return head.tag >> 16 > 0 and (not head.vr or head.vr in _MAY_BE_OPEN)
        return head.tag >> 16 > 0 and offset + head.size + head.length <= self._end

    def _follows(self, start: bytes, offset: int, tag: int) -> bool:
        """Whether the eight bytes at an offset start an element that can follow `tag`."""
        if len(start) < 8:
            return not any(start)
        group, element, length = self._tag_and_length(start)
        found = group << 16 | element
        if not tag < found <= PIXEL_DATA[-1]:
            return bool(found == _PADDING)
        if self._is_implicit:
            is_known = group % 2 == 1 or dictionary_has_tag(found)
            return is_known and bool(length == UNDEFINED or offset + 8 + length <= self._end)
        _, _, vr, short = self._tag_and_vr(start)
        if vr in LONG_VRS:
            return start[6:8] == b"\0\0"
        fits: bool = offset + 8 + short <= self._end
        return fits and vr in _SHORT_VRS

    def _next_sound(
        self, offset: int, head: Head | None, last: Head | None, found: ReadElements
    ) -> int:
        """Offset of the next plausible element after an implausible one; the end for padding.

        Skipping is allowed only if the culprit is a vendor's element, or a sequence whose length
        was too short: any other unreadable element could be the patient's identity.
        """
        behind = self._bytes(offset, min(self._end - offset, _FARTHEST))
        if last is not None and not any(behind):
            return self._end
        is_of_vendor = head is not None and head.tag >> 16 & 1 == 1
        culprit = last if _is_sequence(last) else head if is_of_vendor else None
        if culprit is not None and last is not None:
            for step in range(1, len(behind) - 8):
                if self._follows(behind[step : step + 8], offset + step, last.tag):
                    found.left_out.append(BaseTag(culprit.tag))
                    return offset + step
        raise DamagedFileError(
            "The file is cut short, or an element claims to be longer than the file.",
            what_to_do=COPY_AGAIN,
        )

    def _behind_sequence(self, offset: int, head: Head, error: Exception) -> int:
        """Offset after the delimiter of an open sequence that could not be read."""
        order = "<" if self._is_little else ">"
        mark = struct.pack(f"{order}HHL", _SEQUENCE_END >> 16, _SEQUENCE_END & 0xFFFF, 0)
        rest = self._bytes(offset, min(self._end - offset, _FARTHEST))
        for start in _offsets(mark, rest):
            end = start + len(mark)
            if self._follows(rest[end : end + 8], offset + end, head.tag):
                return offset + end
        raise DamagedFileError(
            "The file is cut short, or an element claims to be longer than the file.",
            what_to_do=COPY_AGAIN,
        ) from error


def _is_sequence(head: Head | None) -> bool:
    if head is None:
        return False
    is_known = not head.vr and dictionary_has_tag(head.tag)
    return head.vr == b"SQ" or (is_known and dictionary_VR(head.tag) == "SQ")


def _offsets(mark: bytes, text: bytes) -> Iterator[int]:
    start = text.find(mark)
    while start >= 0:
        yield start
        start = text.find(mark, start + 1)
