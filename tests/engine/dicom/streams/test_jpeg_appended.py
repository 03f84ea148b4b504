"""Blocks appended to a JPEG stream with loss tell whether it is whole, in the one decoding."""

from __future__ import annotations

from functools import partial

import imagecodecs
import numpy as np
import pytest
from testkit.code_streams import framed, pillow
from testkit.dicom_files import chest_like

from engine.dicom.codecs import decoded_frame
from engine.dicom.streams import jpeg_restarts
from engine.dicom.streams.jpeg import read_jpeg
from engine.dicom.streams.jpeg_appended import picture_of
from engine.dicom.streams.jpeg_lossy import checked
from engine.errors import IncompleteImageError

_COLUMNS = 104


def _stream(kind: str, rows: int) -> bytes:
    samples = chest_like(rows, _COLUMNS, bits=12)
    if kind == "12 bits":
        return bytes(imagecodecs.jpeg8_encode(samples, level=95, bitspersample=12))
    flat = (samples >> 4).astype(np.uint8)
    if kind == "colours":
        return pillow(np.stack([flat, flat[::-1], flat], -1), quality=80)
    return pillow(flat, quality=80, optimize=kind == "optimised")


def _with_rows(stream: bytes, rows: int) -> bytes:
    at = read_jpeg(stream).frame.rows_at
    return stream[:at] + rows.to_bytes(2, "big") + stream[at + 2 :]


def _picture(stream: bytes, kind: str) -> np.ndarray | None:
    model = "YCBCR" if kind == "colours" else "GRAYSCALE"
    decode = partial(imagecodecs.jpeg8_decode, colorspace=model, outcolorspace="GRAYSCALE")
    return picture_of(stream, read_jpeg(stream), decode)


@pytest.mark.parametrize("kind", ["8 bits", "optimised", "12 bits", "colours"])
def test_a_whole_stream_is_decoded_once(kind: str) -> None:
    stream = _stream(kind, 75)
    model = "YCBCR" if kind == "colours" else "GRAYSCALE"
    whole = imagecodecs.jpeg8_decode(stream, colorspace=model, outcolorspace="GRAYSCALE")
    np.testing.assert_array_equal(_picture(stream, kind), whole)


@pytest.mark.parametrize("kind", ["8 bits", "optimised", "12 bits", "colours"])
@pytest.mark.parametrize(("coded", "stated"), [(64, 80), (80, 64)])
def test_a_row_of_blocks_too_few_or_too_many_is_found(kind: str, coded: int, stated: int) -> None:
    """No byte is damaged: only the count of the blocks is not that of the picture."""
    stream = _with_rows(_stream(kind, coded), stated)
    assert _picture(stream, kind) is None
    with pytest.raises(IncompleteImageError):
        checked(stream, read_jpeg(stream))


def test_one_block_too_few_is_found() -> None:
    stream = pillow(chest_like(160, 8, bits=8).astype(np.uint8), quality=80)
    assert _picture(stream, "8 bits") is not None
    assert _picture(_with_rows(stream, 168), "8 bits") is None
    assert _picture(_with_rows(stream, 152), "8 bits") is None


@pytest.mark.parametrize("rows_of_interval", [1, 2])
def test_a_stream_with_restart_markers_is_decoded_once(rows_of_interval: int) -> None:
    flat = chest_like(75, 520, bits=8).astype(np.uint8)
    stream = pillow(flat, quality=80, restart_marker_rows=rows_of_interval)
    decode = partial(imagecodecs.jpeg8_decode, colorspace="GRAYSCALE", outcolorspace="GRAYSCALE")
    found = jpeg_restarts.picture_of(stream, read_jpeg(stream), decode)
    np.testing.assert_array_equal(found, decode(stream))
    interval = read_jpeg(stream).scans[0].intervals[2]
    middle = (interval.start + interval.end) // 2
    for broken in (
        stream[:middle] + stream[middle + 40 :],
        stream[:middle] + stream[middle - 40 :],
    ):
        assert jpeg_restarts.picture_of(broken, read_jpeg(broken), decode) is None


@pytest.mark.parametrize(("transform", "photometric"), [(1, "YBR_FULL"), (0, "RGB")])
def test_colours_are_what_an_adobe_segment_says(transform: int, photometric: str) -> None:
    samples = np.zeros((16, 16, 3), np.uint8) + np.array([200, 60, 20], np.uint8)
    stream = pillow(samples, quality=95)
    without_jfif = stream[4 + int.from_bytes(stream[4:6], "big") :]
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\0\0\0\0" + bytes([transform])
    stream = stream[:2] + adobe + without_jfif
    film = framed(stream, samples, "1.2.840.10008.1.2.4.50", SamplesPerPixel=3)
    film.Rows = film.Columns = 16
    film.PhotometricInterpretation = "YBR_FULL_422"
    found = decoded_frame(film, 0)
    assert found.photometric == photometric
    assert found.samples[4, 4].tolist() == [97, 84, 201]
