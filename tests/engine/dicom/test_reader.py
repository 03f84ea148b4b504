"""The bounded reader: what opens, what is refused, and with which sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGLosslessSV1
from testkit.dicom_files import chest_like, film, write_film

from engine.dicom.header import found_image
from engine.dicom.pixels import pixel_image
from engine.dicom.reader import (
    inflate,
    opened,
    read_header,
    read_whole,
    suspicious_preamble,
)
from engine.domain.study import View
from engine.errors import (
    DamagedFileError,
    InputError,
    LimitExceededError,
    NotDicomError,
    UnsupportedImageError,
)


def _bytes(**elements: object) -> bytes:
    buffer = io.BytesIO()
    film(**{"samples": chest_like(16, 16), **elements}).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _before_pixels(elements: bytes) -> bytes:
    content = _bytes()
    place = content.index(b"\xe0\x7f\x10\x00OW")
    return content[:place] + elements + content[place:]


@pytest.mark.parametrize("content", [b"", b"DICM", b"x" * 4000, b"\x89PNG" * 100, b"\0" * 132])
def test_other_files_are_not_forced_through_the_parser(content: bytes) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        read_header(io.BytesIO(content))


def test_plain_text_is_not_dicom() -> None:
    with pytest.raises(NotDicomError):
        read_header(io.BytesIO(b"Dear colleague, please find enclosed" * 20))


def test_a_data_set_without_preamble_opens() -> None:
    content = _bytes()
    stripped = content[132:]
    assert read_whole(io.BytesIO(stripped)).PatientID == "T-1"


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian])
def test_a_data_set_without_any_meta_header_opens(syntax: str) -> None:
    content = _bytes(transfer_syntax=syntax)
    place = content.index(struct.pack(">HH" if syntax == ExplicitVRBigEndian else "<HH", 8, 5), 132)
    dataset = read_whole(io.BytesIO(content[place:]))
    assert dataset.PatientID == "T-1"
    np.testing.assert_array_equal(pixel_image(dataset).samples, chest_like(16, 16))


@pytest.mark.parametrize("keep", [140, 300, 500, 700])
def test_a_file_cut_short_says_so(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="cut short"):
        read_whole(io.BytesIO(_bytes()[:keep]))


def test_an_element_longer_than_the_file_is_refused_at_once() -> None:
    content = _bytes()
    place = content.index(b"\x10\x00\x20\x00LO")
    forged = content[:place] + b"\x10\x00\x20\x00OB\0\0\xf0\xff\xff\xff" + content[place + 8 :]
    with pytest.raises(DamagedFileError):
        read_whole(io.BytesIO(forged))


@pytest.mark.parametrize(
    "left_behind", [b"abc", b"\0" * 500_000, b"<html>a page of the archive</html>", b"\xfc\xff" * 9]
)
def test_what_a_writer_left_behind_the_pixels_does_not_matter(left_behind: bytes) -> None:
    content = _bytes()
    dataset = read_whole(io.BytesIO(content + left_behind))
    assert dataset.PixelData == read_whole(io.BytesIO(content)).PixelData


def test_a_fragment_of_odd_length_is_read_by_its_delimiter() -> None:
    compressed = film(chest_like(16, 16), transfer_syntax=JPEGLosslessSV1)
    (frame,) = generate_frames(compressed.PixelData, number_of_frames=1)
    odd = frame.rstrip(b"\0")
    odd += b"" if len(odd) % 2 else b"\xff"
    item = b"\xfe\xff\x00\xe0"
    compressed.PixelData = item + bytes(4) + item + len(odd).to_bytes(4, "little") + odd
    buffer = io.BytesIO()
    compressed.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    assert odd in read_whole(buffer).PixelData


def _nested(depth: int) -> Dataset:
    item = Dataset()
    item.CodeValue = "X"
    for _ in range(depth):
        outer = Dataset()
        outer.ConceptNameCodeSequence = [item]
        item = outer
    return item


@pytest.mark.parametrize(("depth", "is_allowed"), [(20, True), (40, False), (400, False)])
def test_r36_depth_is_limited(depth: int, is_allowed: bool) -> None:
    if depth == 400:
        item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
        nest = b"\x40\x00\x43\xa0SQ\0\0\xff\xff\xff\xff"
        content = _before_pixels((nest + item) * 5000)
    else:
        content = _bytes(ConceptNameCodeSequence=[_nested(depth)])
    if is_allowed:
        assert read_whole(io.BytesIO(content)).PatientID == "T-1"
        return
    with pytest.raises(LimitExceededError, match="nested"):
        read_whole(io.BytesIO(content))


def test_r36_number_of_elements_is_limited() -> None:
    content = _before_pixels(
        b"".join(
            b"\xd1\x7f" + (number & 0xFFFF).to_bytes(2, "little") + b"LO\x02\x00AB"
            for number in range(45_000)
        )
    )
    with pytest.raises(LimitExceededError, match="elements"):
        read_whole(io.BytesIO(content))


def test_r36_inflation_is_bounded() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(bytes(64 * 2**20)) + packer.flush()
    with pytest.raises(LimitExceededError):
        inflate(bomb)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    honest = packer.compress(b"film" * 1000) + packer.flush()
    assert inflate(honest) == b"film" * 1000
    with pytest.raises(DamagedFileError):
        inflate(honest[:-5])
    with pytest.raises(DamagedFileError):
        inflate(b"\xff" * 50)


def test_folders_and_missing_files_are_sentences(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match=r"\.$"), opened(path):
            pass


@pytest.mark.parametrize(
    ("preamble", "kind"),
    [(b"MZ\x90", "Windows program"), (b"\x7fELF", "Linux program"), (b"%PDF", "PDF"), (b"\0", "")],
)
def test_r37_preambles_of_programs_are_noticed(preamble: bytes, kind: str) -> None:
    content = preamble.ljust(128, b"\0") + _bytes()[128:]
    assert suspicious_preamble(read_whole(io.BytesIO(content)).preamble) == kind


@pytest.mark.parametrize(
    ("charset", "name", "shown"),
    [
        ("ISO_IR 100", "Müller^Jürgen", "Müller, Jürgen"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小东", "Wang, XiaoDong = 王, 小东"),
        ("GB18030", "Wang^XiaoDong=王^小东", "Wang, XiaoDong = 王, 小东"),
        ("ISO_IR 144", "Люкceмбypг", "Люкceмбypг"),
        ("ISO_IR 127", "قباني^لنزار", "قباني, لنزار"),
        ("ISO_IR 192", "Evil\u202eEman^A\tB", "Evil Eman, A B"),
    ],
)
def test_r43_names_of_any_character_set_are_shown(charset: str, name: str, shown: str) -> None:
    content = _bytes(SpecificCharacterSet=charset, PatientName=name)
    found = found_image(read_header(io.BytesIO(content)), Path("f"))
    assert found.patient.name == shown


@pytest.mark.filterwarnings("ignore")
def test_an_unknown_character_set_does_not_stop_the_film() -> None:
    content = _bytes().replace(b"ISO_IR 192", b"ISO_IR 999")
    found = found_image(read_header(io.BytesIO(content)), Path("f"))
    assert found.patient.name == "Test, Ada"


def test_several_values_where_one_is_allowed_are_not_lost() -> None:
    """Of whom a film is must not vanish because a writer put a backslash into the name."""
    content = _bytes(PatientName=["Doe^Jane", "Doe^J"], PatientID=["12", "34"])
    found = found_image(read_header(io.BytesIO(content)), Path("f"))
    assert found.patient.name == "Doe, Jane / Doe, J"
    assert found.patient.patient_id == "12\\34"
    content = _bytes(StudyInstanceUID=["1.2.3", "1.2.4"], StudyDate=["20240203", "20240204"])
    found = found_image(read_header(io.BytesIO(content)), Path("f"))
    assert found.image.study_uid == "1.2.3"
    assert str(found.study_date) == "2024-02-03"


def test_a_header_becomes_our_values() -> None:
    content = _bytes(PatientAge="064Y", ImageComments="demo", StudyDate="2024.02.03")
    found = found_image(read_header(io.BytesIO(content)), Path("f.dcm"), "m")
    assert str(found.study_date) == "2024-02-03"
    assert str(found.study_time) == "10:15:00"
    assert (found.patient_age, found.referring) == ("064Y", "Doe, Jo")
    image = found.image
    assert (image.path, image.member, image.view) == (Path("f.dcm"), "m", View.FRONTAL)
    assert image.patient_orientation == ("L", "F")
    assert (image.rows, image.bits_stored, image.comments) == (16, 12, "demo")


@pytest.mark.parametrize(
    ("elements", "error"),
    [
        ({"Rows": None}, UnsupportedImageError),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}, UnsupportedImageError),
        ({"StudyInstanceUID": None}, DamagedFileError),
    ],
)
def test_what_is_no_film_is_left_out_with_a_reason(
    tmp_path: Path, elements: dict[str, object], error: type[Exception]
) -> None:
    path = write_film(tmp_path / "f.dcm", **elements)
    with path.open("rb") as stream, pytest.raises(error, match=r"\.$"):
        found_image(read_header(stream), path)
