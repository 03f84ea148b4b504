"""Reads one DICOM data set from untrusted bytes, within safety limits.

pydicom does the parsing; this module limits its input: file size, element lengths (no element is
longer than the rest of its file), number and depth of elements, and the inflation of deflated
files. Bytes that do not look like DICOM never reach the parser.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import config
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from engine.dicom.characters import unify_characters
from engine.dicom.parsing import COPY_AGAIN, UNDEFINED, ElementParser, ReadElements
from engine.dicom.pixel_value import pixel_value
from engine.errors import DamagedFileError, InputError, LimitExceededError, NotDicomError

MAX_FILE_BYTES = 2**30
MAX_INFLATED_BYTES = 256 * 2**20
MAX_INFLATION = 200
MAX_ELEMENTS = 20_000
MAX_DEPTH = 32
_PREAMBLE = 128
# The parser reads eight bytes for each element's head, and once more for an eight-byte value.
_MAX_HEAD_READS = 2 * MAX_ELEMENTS
# It searches for the end of a value of undefined length in chunks; the last may be short.
_CHUNK = 8192
_FIRST_VRS = (b"UL", b"OB", b"UI", b"CS", b"DA", b"TM", b"SH", b"LO")
# An item takes eight bytes, and so does the sequence in it.
_SHORT = 16 * MAX_DEPTH
_PIXEL_VRS = ("OB", "OW", "OF", "OD")
_DAMAGED = "The file is damaged: its header cannot be read."

# A header with an odd value still opens: radiographs usually have some wrong VR, length or
# character set. The values that matter are checked where they are used.
config.settings.reading_validation_mode = config.IGNORE


def read_header(source: BinaryIO) -> ReadDataset:
    """Read everything before the pixels.

    Args:
        source: Binary stream at its start, seekable.

    Raises:
        NotDicomError: There is no DICOM mark and no plausible first element.
        DamagedFileError: The header is broken or cut short.
        LimitExceededError: A safety limit is exceeded.
    """
    return _read(source, with_pixels=False)


def read_whole(source: BinaryIO) -> ReadDataset:
    """Read the header and the pixel data, still encoded; errors as in `read_header`.

    What follows the pixel data is not read: elements are in the order of their tags (PS3.5 7.1), so
    only signatures, padding or the leftovers of a faulty writer can follow.
    """
    return _read(source, with_pixels=True)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file within the size limit; raises `InputError` with a sentence otherwise."""
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise InputError("The folder cannot be opened.")
        if not stat.S_ISREG(facts.st_mode):
            raise NotDicomError("It is not a regular file.")
        if facts.st_size > MAX_FILE_BYTES:
            raise LimitExceededError("The file is larger than 1 GiB.")
        stream = path.open("rb")
    except OSError as error:
        raise InputError(
            "The file cannot be found or opened.",
            what_to_do="Check that it still exists and that you may read it.",
        ) from error
    with stream:
        yield stream


def looks_like_dicom(source: BinaryIO) -> bool:
    """Whether a file's first bytes may be those of a DICOM file; leaves the stream at its start."""
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    head = source.read(_PREAMBLE + 4)
    source.seek(0)
    return head[_PREAMBLE:] == b"DICM" or _is_plausible(head, size)


def suspicious_preamble(preamble: bytes | None) -> str:
    """The kind of program or document that a preamble starts like; empty if none.

    Such a file opens as DICOM, but may also run or open as something else (CVE-2019-11687).
    """
    marks = {
        b"MZ": "Windows program",
        b"\x7fELF": "Linux program",
        b"\xcf\xfa\xed\xfe": "macOS program",
        b"\xca\xfe\xba\xbe": "macOS program",
        b"#!": "script",
        b"PK\x03\x04": "ZIP archive",
        b"%PDF": "PDF",
    }
    found = (kind for mark, kind in marks.items() if (preamble or b"").startswith(mark))
    return next(found, "")


class _BoundedStream(io.BufferedIOBase):
    """A stream that refuses reads beyond its end and more element heads than the limit."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        start = source.tell()
        self.size = source.seek(0, os.SEEK_END) - start
        source.seek(start)
        self._heads = 0
        self._missing = 0
        if self.size > MAX_FILE_BYTES:
            raise LimitExceededError("The file is larger than 1 GiB.")

    @property
    def name(self) -> str:
        return ""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self._source.read()
        if size == 8:
            return self._head()
        if size == _CHUNK:
            chunk = self._source.read(size)
            self._missing = size - len(chunk)
            return chunk
        if size == self._missing:
            # The parser tries a second time for the rest of the last chunk.
            return b""
        if size > self.size - self._source.tell():
            raise DamagedFileError(
                "The file is cut short, or an element claims to be longer than the file.",
                what_to_do=COPY_AGAIN,
            )
        return self._source.read(size)

    def _head(self) -> bytes:
        """Eight bytes of an element's head or value; fewer only for padding at the end."""
        self._heads += 1
        if self._heads > _MAX_HEAD_READS:
            raise LimitExceededError("The header has more elements than the limit allows.")
        head = self._source.read(8)
        if len(head) < 8 and any(head):
            raise DamagedFileError("The file is cut short.", what_to_do=COPY_AGAIN)
        return head

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()


class ReadDataset(FileDataset):
    """A file's data set, with the tags of elements that could not be read."""

    left_out: tuple[BaseTag, ...] = ()


def _read(source: BinaryIO, *, with_pixels: bool) -> ReadDataset:
    try:
        stream = _BoundedStream(source)
        preamble = _skip_preamble(stream)
        meta = _read_meta(stream)
        syntax, body = _body(stream, meta)
        little = syntax != ExplicitVRBigEndian
        # As written: some writers announce explicit VRs and write implicit ones, or none.
        implicit = _has_no_vrs(body, is_announced=syntax == ImplicitVRLittleEndian)
        parser = ElementParser(body, is_implicit=implicit, is_little=little, most=MAX_ELEMENTS)
        found = parser.read()
        if with_pixels:
            _add_pixels(body, found, is_implicit=implicit, is_little=little)
        dataset = Dataset(found.elements)
        # When a scan reads only the header, sequences too short to exceed a limit stay unparsed.
        left_out = [*found.left_out, *_check_structure(dataset, 0 if with_pixels else _SHORT)]
        header = ReadDataset("", dataset, preamble, meta, implicit, little)
        header.set_original_encoding(implicit, little)
        unify_characters(header)
        header.left_out = tuple(left_out)
    except InputError:
        raise
    except RecursionError as error:
        raise LimitExceededError("The header is nested more deeply than the limit.") from error
    except MemoryError:
        raise
    except Exception as error:
        raise DamagedFileError(_DAMAGED, what_to_do=COPY_AGAIN) from error
    if not len(header):
        raise DamagedFileError("The file holds no data after its DICOM mark.")
    return header


def _has_no_vrs(stream: _BoundedStream, *, is_announced: bool) -> bool:
    """Whether the first element has no VR, whatever the transfer syntax announces."""
    start = stream.tell()
    head = stream.read(min(6, stream.size - start))
    stream.seek(start)
    if len(head) < 6:
        return is_announced
    return not (head[4:6].isalpha() and head[4:6].isupper())


def _add_pixels(
    stream: _BoundedStream, found: ReadElements, *, is_implicit: bool, is_little: bool
) -> None:
    """Add the pixel data element at the stream's position, if any, with the bytes there are."""
    if stream.tell() >= stream.size:
        return
    source = cast("BinaryIO", stream)
    value = pixel_value(source, is_implicit=is_implicit, is_little=is_little)
    if value is None:
        return
    stream.seek(value.start)
    tag = BaseTag(value.tag)
    found.elements[tag] = RawDataElement(
        tag,
        value.vr if value.vr in _PIXEL_VRS else None,
        UNDEFINED if value.is_open else value.end - value.start,
        stream.read(value.end - value.start),
        value.start,
        is_implicit,
        is_little,
    )


def _skip_preamble(stream: _BoundedStream) -> bytes | None:
    head = stream.read(min(_PREAMBLE + 4, stream.size))
    if head[_PREAMBLE:] == b"DICM":
        return head[:_PREAMBLE]
    if not _is_plausible(head, stream.size):
        raise NotDicomError("It is not a DICOM file.")
    stream.seek(0)
    return None


def _is_plausible(head: bytes, size: int) -> bool:
    """Whether a file without the mark starts with a plausible element of group 2 or 8.

    Files from before PS3.10 have neither preamble nor meta header; their first element is then a
    short one of the SOP Common or File Meta module.
    """
    if len(head) < 12:
        return False
    if head[0] == 0 and head[1] == 8 and head[2] == 0:
        return head[4:6] in _FIRST_VRS  # big endian has VRs
    if head[1] != 0 or head[0] not in (2, 8) or head[3] != 0:
        return False
    if head[4:6].isalpha() and head[4:6].isupper():
        return head[4:6] in _FIRST_VRS
    return int.from_bytes(head[4:8], "little") <= min(128, size - 8)


def _read_meta(stream: _BoundedStream) -> FileMetaDataset:
    meta = read_dataset(
        cast("BinaryIO", stream),
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=lambda tag, _vr, _length: tag.group != 2,
    )
    return FileMetaDataset(meta)


def _body(stream: _BoundedStream, meta: FileMetaDataset) -> tuple[UID, _BoundedStream]:
    """The transfer syntax and the stream of the data set, inflated if necessary."""
    syntax = meta.get("TransferSyntaxUID")
    if not syntax:
        syntax = _guessed_syntax(stream)
        meta.TransferSyntaxUID = syntax
    if syntax == DeflatedExplicitVRLittleEndian:
        return syntax, _BoundedStream(io.BytesIO(inflate(stream.read())))
    return UID(syntax), stream


def _guessed_syntax(stream: _BoundedStream) -> UID:
    start = stream.tell()
    head = stream.read(min(8, stream.size - start))
    stream.seek(start)
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return ExplicitVRBigEndian
    has_vr = head[4:6].isalpha() and head[4:6].isupper()
    return ExplicitVRLittleEndian if has_vr else ImplicitVRLittleEndian


def inflate(packed: bytes) -> bytes:
    """Inflate a deflated data set (PS3.5 A.5), stopping at 256 MiB or 200 times its size."""
    limit = min(MAX_INFLATED_BYTES, max(2**20, MAX_INFLATION * len(packed)))
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        unpacked = machine.decompress(packed, limit + 1)
    except zlib.error as error:
        raise DamagedFileError(
            "The compressed part of the file is damaged.", what_to_do=COPY_AGAIN
        ) from error
    if len(unpacked) > limit:
        raise LimitExceededError("The file unpacks to more than the safety limit allows.")
    if not machine.eof:
        raise DamagedFileError("The file is cut short.", what_to_do=COPY_AGAIN)
    return unpacked


def _check_structure(dataset: Dataset, shortest: int) -> list[BaseTag]:
    """Count elements and depth; only sequences are parsed for it.

    Sequences of fewer bytes than `shortest` stay unparsed. Sequences that cannot be parsed are
    removed, and their tags returned.
    """
    count = 0
    broken = []
    level = [(dataset, 1)]
    while level:
        current, depth = level.pop()
        if depth > MAX_DEPTH:
            raise LimitExceededError("The header is nested more deeply than the limit.")
        count += len(current)
        if count > MAX_ELEMENTS:
            raise LimitExceededError("The header has more elements than the limit allows.")
        for element in list(current.values()):
            tag = element.tag
            if element.VR != "SQ" or getattr(element, "length", UNDEFINED) < shortest:
                continue
            try:
                level.extend((item, depth + 1) for item in current[tag].value or ())
            except (InputError, RecursionError, MemoryError):
                raise
            except Exception:  # noqa: BLE001 - whatever pydicom raises, the film is not in there
                del current[tag]
                broken.append(tag)
    return broken
