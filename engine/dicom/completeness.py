"""Whether a file's pixel data is complete, determined without decoding it.

Of two copies of one image the complete one must be shown. A truncated copy keeps its header, so
only the length of the pixel data tells the two apart (DICOM PS3.5 7.1, A.4).
"""

from __future__ import annotations

from typing import BinaryIO

from pydicom.dataset import FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from engine.dicom.pixel_value import PixelValue, pixel_value
from engine.dicom.stored import pixel_format
from engine.dicom.streams.jpeg2000 import CODE_STREAM, JP2_MARK
from engine.dicom.streams.kinds import END_OF_IMAGE, JPEG_MARK, KINDS, StreamKind
from engine.errors import InputError


def is_whole(source: BinaryIO, dataset: FileDataset) -> bool:
    """Whether the pixel data ends inside the file.

    Args:
        source: At the pixel data element, where `read_header` leaves it.
        dataset: The header read from it.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax == DeflatedExplicitVRLittleEndian:
        return True  # a truncated stream does not inflate, so it has no header
    implicit, little = dataset.original_encoding
    value = pixel_value(source, is_implicit=bool(implicit), is_little=little is not False)
    if value is None or not value.is_whole or not _holds_frames(dataset, value):
        return False
    # What the stream is counts, not what the file says: only these end with a mark.
    has_mark = value.is_open and value.head.startswith((JPEG_MARK, CODE_STREAM, JP2_MARK))
    # Coded data cannot contain the mark, but some writers leave bytes behind it.
    return not has_mark or END_OF_IMAGE in value.tail


def _holds_frames(dataset: FileDataset, value: PixelValue) -> bool:
    """Whether there may be as many frames as the header says; by length or number of fragments."""
    if "NumberOfFrames" not in dataset:
        return True
    try:
        form = pixel_format(dataset)
    except InputError:
        return True  # it is refused for that
    if form.frames == 1:
        return True
    if value.is_open:
        return value.fragments >= form.frames
    if KINDS.get(dataset.file_meta.TransferSyntaxUID) is not StreamKind.NATIVE:
        return True
    bits = form.frames * form.rows * form.columns * form.samples * form.bits_allocated
    if form.photometric == "YBR_FULL_422":
        bits = bits // 3 * 2
    return 8 * (value.end - value.start) >= bits
