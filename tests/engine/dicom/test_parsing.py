"""Elements that make no sense: the film stays, and whose it is is never guessed."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1
from testkit.dicom_files import chest_like, film

from engine.dicom.completeness import is_whole
from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_header, read_whole
from engine.errors import DamagedFileError

PIXELS = b"\xe0\x7f\x10\x00"


def _content(syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    buffer = io.BytesIO()
    dataset = film(chest_like(16, 16), transfer_syntax=syntax, **elements)
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _with(element: bytes, syntax: str = ExplicitVRLittleEndian) -> bytes:
    content = _content(syntax)
    place = content.rindex(PIXELS)
    return content[:place] + element + content[place:]


def _film_is_there(content: bytes) -> None:
    dataset = read_whole(io.BytesIO(content))
    assert dataset.PatientID == "T-1"
    np.testing.assert_array_equal(pixel_image(dataset).samples, chest_like(16, 16))


TAG = struct.pack("<HH", 0x0029, 0x1001)


@pytest.mark.parametrize("vr", [b"??", b"lo", b"\0\0", b"ZZ", b"--", b"\xff\xff"])
@pytest.mark.parametrize("kind", ["short", "long", "none"])
def test_a_vendors_element_of_any_vr_is_stepped_over(vr: bytes, kind: str) -> None:
    body = b"abcdef"
    head = {
        "short": vr + struct.pack("<H", len(body)),
        "long": vr + b"\0\0" + struct.pack("<L", len(body)),
        "none": struct.pack("<L", len(body)),
    }[kind]
    _film_is_there(_with(TAG + head + body))


@pytest.mark.parametrize("missing", [2, 8, 24])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_sequence_that_says_it_is_shorter_costs_only_itself(missing: int, syntax: str) -> None:
    icon = Dataset()
    icon.Rows, icon.Columns, icon.BitsAllocated = 8, 8, 8
    icon.add_new("PixelData", "OB", bytes(range(1, 65)))
    content = _content(syntax, IconImageSequence=[icon])
    place = content.index(struct.pack("<HH", 0x0088, 0x0200))
    at = place + (8 if syntax == ExplicitVRLittleEndian else 4)
    length = struct.unpack("<L", content[at : at + 4])[0]
    for short in (at, at + 8):  # the sequence's and its item's
        wrong = length - missing if short == at else length - 8 - missing
        content = content[:short] + struct.pack("<L", wrong) + content[short + 4 :]
    _film_is_there(content)
    dataset = read_whole(io.BytesIO(content))
    assert any("Icon Image Sequence" in note for note in pixel_image(dataset).notes)


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName", "StudyInstanceUID"])
def test_whose_film_it_is_is_never_stepped_over(keyword: str) -> None:
    content = _content()
    tag = {"PatientID": b"\x10\0\x20\0", "PatientName": b"\x10\0\x10\0"}.get(
        keyword, b"\x20\0\x0d\0"
    )
    place = content.index(tag, 132)
    broken = content[: place + 6] + b"\xff\xff" + content[place + 8 :]
    with pytest.raises(DamagedFileError, match="longer than the file"):
        read_whole(io.BytesIO(broken))


@pytest.mark.parametrize(
    "end",
    [b"", bytes(8), b"\xfe\xff\x0d\xe0" + bytes(4), b"\xfe\xff\xdd\xe0\xff\xff\xff\xff", b"\xfe"],
)
def test_a_film_without_its_closing_delimiter_is_whole(end: bytes) -> None:
    content = _content(JPEGLosslessSV1)
    delimiter = b"\xfe\xff\xdd\xe0" + bytes(4)
    assert content.endswith(delimiter)
    open_end = content[: -len(delimiter)] + end
    _film_is_there(open_end)
    stream = io.BytesIO(open_end)
    assert is_whole(stream, read_header(stream))


@pytest.mark.parametrize("vr", [b"UN", b"OB", b"OF", b"UC"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLosslessSV1])
def test_pixel_data_of_another_vr_is_read(vr: bytes, syntax: str) -> None:
    content = _content(syntax)
    place = content.rindex(PIXELS)
    _film_is_there(content[: place + 4] + vr + content[place + 6 :])


def test_colours_without_planar_configuration_are_read_by_pixel_and_said() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    dataset = film(
        rgb[..., 0], SamplesPerPixel=3, PhotometricInterpretation="RGB", Rows=8, Columns=6
    )
    dataset.PixelData = rgb.tobytes()
    image = pixel_image(dataset)
    wanted = rgb.astype(float) @ (0.299, 0.587, 0.114)
    assert np.abs(image.samples - wanted).max() <= 1
    assert "how the colours are arranged" in image.notes[0]
