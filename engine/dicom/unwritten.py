"""Whether an uncompressed film that is as long as it says lacks rows, found without decoding it.

A scan reads headers. Of a film that a draft may be made from it also looks at a few bytes of every
fourth row; only where those are zeros is the film decoded.
"""

from __future__ import annotations

from typing import BinaryIO, Final

from pydicom.dataset import FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from engine.dicom.graphics import bits_of_planes
from engine.dicom.pixel_value import PixelValue, pixel_value
from engine.dicom.reader import read_whole
from engine.dicom.stored import PixelFormat, pixel_format, stored_frame
from engine.dicom.streams.kinds import KINDS, StreamKind
from engine.dicom.zero_rows import LEAST_BAND
from engine.errors import InputError

_PROBE: Final = 32


def unwritten_part(source: BinaryIO, dataset: FileDataset) -> str:
    """The sentence that names the rows that were probably lost; empty if there are none.

    Args:
        source: At the pixel data element, where `read_header` leaves it.
        dataset: The header read from it, of an image of one frame.
    """
    if KINDS.get(dataset.file_meta.TransferSyntaxUID) is not StreamKind.NATIVE:
        return ""
    try:
        if not _may_lack_rows(source, dataset):
            return ""
        source.seek(0)
        whole = read_whole(source)
        return stored_frame(whole, 0, bits_of_planes(whole)).lost_part
    except InputError:
        return ""  # it is refused for that when it is opened


def _may_lack_rows(source: BinaryIO, dataset: FileDataset) -> bool:
    if dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        return True
    implicit, little = dataset.original_encoding
    value = pixel_value(source, is_implicit=bool(implicit), is_little=little is not False)
    form = pixel_format(dataset)
    if value is None:
        return False
    return value.is_open or form.samples > 1 or _has_zero_rows(source, value, form)


def _has_zero_rows(source: BinaryIO, value: PixelValue, form: PixelFormat) -> bool:
    """Whether the middle of a row is zeros, below one where it is not."""
    row_bytes = form.columns * form.bits_allocated // 8
    probe = min(_PROBE, row_bytes)
    is_below = False
    for row in (*range(0, form.rows, LEAST_BAND), form.rows - 1):
        source.seek(value.start + row * row_bytes + (row_bytes - probe) // 2)
        if any(source.read(probe)):
            is_below = True
        elif is_below:
            return True
    return False
