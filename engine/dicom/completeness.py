"""Whether a file holds its pixel data to the end, without decoding any of it.

Of two copies of one image the whole one must be shown. A copy that was cut short keeps its header,
so only the length of the pixel data tells them apart (DICOM PS3.5 7.1, A.4).
"""

from __future__ import annotations

import os
from typing import BinaryIO

from pydicom.dataset import FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

_UNDEFINED = 0xFFFFFFFF
_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0"


def is_whole(source: BinaryIO, dataset: FileDataset) -> bool:
    """Whether the pixel data ends inside the file.

    Args:
        source: Where `read_header` left it: at the pixel data element.
        dataset: The header that was read from it.
    """
    if dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        return True  # a stream that was cut short did not inflate, so there is no header
    left = _bytes_left(source)
    implicit, little = dataset.original_encoding
    head = source.read(8 if implicit else 12)
    if len(head) < (8 if implicit else 12):
        return False
    declared = int.from_bytes(head[-4:], "big" if little is False else "little")
    if declared != _UNDEFINED:
        return declared <= left - len(head)
    return _has_end(source)


def _has_end(source: BinaryIO) -> bool:
    """Walk the fragments of encapsulated pixel data, which are always little endian."""
    while True:
        head = source.read(8)
        if head[:4] == _SEQUENCE_END:
            return len(head) == 8
        length = int.from_bytes(head[4:], "little")
        if len(head) < 8 or head[:4] != _ITEM or length > _bytes_left(source):
            return False
        source.seek(length, os.SEEK_CUR)


def _bytes_left(source: BinaryIO) -> int:
    place = source.tell()
    end = source.seek(0, os.SEEK_END)
    source.seek(place)
    return end - place
