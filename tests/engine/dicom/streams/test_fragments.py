"""Which fragments make a frame, whatever the tables claim, and what a stream is."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from testkit.code_streams import encoders, framed, phantom, pillow
from testkit.dicom_files import chest_like, film

from engine.dicom.codecs import decoded_frame
from engine.dicom.pixels import pixel_image
from engine.errors import DamagedFileError, InputError

ITEM = b"\xfe\xff\x00\xe0"


def _value(table: bytes | None, *fragments: bytes) -> bytes:
    items = ([] if table is None else [table]) + list(fragments)
    return b"".join(ITEM + len(item).to_bytes(4, "little") + item for item in items)


def _offsets(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def _thirds(stream: bytes) -> list[bytes]:
    step = len(stream) // 6 * 2
    return [stream[:step], stream[step : 2 * step], stream[2 * step :]]


def _film(value: bytes, frames: int = 1, syntax: str = JPEGLosslessSV1) -> FileDataset:
    dataset = film(chest_like(64, 48))
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.NumberOfFrames = frames
    dataset.PixelData = value
    return dataset


def _streams(count: int, syntax: str = JPEGLosslessSV1) -> tuple[np.ndarray, list[bytes]]:
    frames = np.stack([chest_like(64, 48, seed=seed) for seed in range(count)])
    coded = film(frames, transfer_syntax=syntax)
    return frames, [
        bytes(get_frame(coded.PixelData, n, number_of_frames=count)) for n in range(count)
    ]


@pytest.mark.parametrize(
    "table",
    [b"", _offsets(0), _offsets(0, 1000, 2000), _offsets(4, 8), _offsets(7), b"\1\2", None],
    ids=["empty", "one", "each", "wrong", "odd", "two bytes", "missing"],
)
@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless, JPEGLSLossless])
def test_one_frame_has_all_the_fragments(table: bytes | None, syntax: str) -> None:
    frames, (stream,) = _streams(1, syntax)
    dataset = _film(_value(table, *_thirds(stream)), syntax=syntax)
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, frames[0])


@pytest.mark.parametrize("table", ["right", "wrong", "empty", "missing"])
@pytest.mark.parametrize("are_split", [False, True])
@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, RLELossless])
def test_each_of_several_frames_is_found(table: str, are_split: bool, syntax: str) -> None:
    if are_split and syntax == RLELossless:
        pytest.skip("a frame in RLE is one fragment (PS3.5 A.4.2)")
    frames, streams = _streams(3, syntax)
    parts = [part for one in streams for part in (_thirds(one) if are_split else [one])]
    places = np.cumsum([0, *(8 + len(part) for part in parts)])[: len(parts)]
    starts = places[::3] if are_split else places
    tables = {
        "right": _offsets(*(int(place) for place in starts)),
        "wrong": _offsets(0, 4, 8),
        "empty": b"",
        "missing": None,
    }
    dataset = _film(_value(tables[table], *parts), frames=3, syntax=syntax)
    for index in range(3):
        np.testing.assert_array_equal(decoded_frame(dataset, index).samples, frames[index])


def test_more_pictures_than_the_header_names_are_said() -> None:
    frames, streams = _streams(3)
    image = pixel_image(_film(_value(b"", *streams)))
    np.testing.assert_array_equal(image.samples, frames[0])
    assert "holds 3 pictures" in image.notes[0]


@pytest.mark.parametrize("at", range(4))
def test_an_empty_fragment_ends_no_frame(at: int) -> None:
    frames, streams = _streams(3)
    dataset = _film(_value(b"", *streams[:at], b"", *streams[at:]), frames=3)
    for index in range(3):
        np.testing.assert_array_equal(decoded_frame(dataset, index).samples, frames[index])


def test_fewer_frames_than_the_header_says_are_refused_by_number() -> None:
    _, streams = _streams(2)
    dataset = _film(_value(b"", *streams), frames=4)
    assert decoded_frame(dataset, 1).samples.any()
    with pytest.raises(DamagedFileError, match="fewer frames"):
        decoded_frame(dataset, 3)


@pytest.mark.parametrize("name", ["CharLS", "OpenJPEG", "OpenJPH", "lj92 lossless", "pydicom RLE"])
@pytest.mark.parametrize("said", [JPEGLosslessSV1, JPEG2000Lossless, JPEGLSLossless, RLELossless])
def test_a_stream_of_another_kind_is_read_as_what_it_is(name: str, said: str) -> None:
    syntax, make = encoders()[name]
    frame = decoded_frame(framed(make(), phantom(12), said), 0)
    np.testing.assert_array_equal(frame.samples, phantom(12))
    assert bool(frame.notes) == (said != syntax)
    assert all("although the file says" in note for note in frame.notes)


def test_a_stream_with_loss_under_a_lossless_syntax_is_said() -> None:
    dataset = framed(pillow(phantom(8), quality=90), phantom(8), JPEGLosslessSV1)
    assert decoded_frame(dataset, 0).notes == (
        "The image is JPEG with loss although the file says that it is JPEG lossless.",
    )


def test_uncompressed_samples_under_a_compressed_syntax_are_read() -> None:
    samples = chest_like(64, 48)
    for value in (samples.tobytes(), _value(b"", samples.tobytes())):
        frame = decoded_frame(_film(value, syntax=JPEGBaseline8Bit), 0)
        np.testing.assert_array_equal(frame.samples, samples)
        assert "uncompressed" in frame.notes[0]


@pytest.mark.parametrize("is_stream", [True, False])
def test_items_of_a_stated_length_under_a_native_syntax_are_read(is_stream: bool) -> None:
    samples = chest_like(64, 48)
    content = bytes(imagecodecs.jpegls_encode(samples)) if is_stream else samples.tobytes()
    content += b"\0" * (len(content) % 2)
    dataset = _film(_value(b"", content), syntax=ExplicitVRLittleEndian)
    dataset["PixelData"].is_undefined_length = False
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, samples)


@pytest.mark.parametrize("value", [b"", ITEM, _value(b""), _value(b"", b"nothing of any kind")])
def test_what_is_no_stream_is_refused(value: bytes) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        decoded_frame(_film(value), 0)


def test_an_extended_offset_table_over_fragments_changes_nothing() -> None:
    frames, (stream,) = _streams(1)
    dataset = _film(_value(b"", *_thirds(stream)))
    dataset.ExtendedOffsetTable = np.array([0, 100, 200], "<u8").tobytes()
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, frames[0])


def test_a_native_film_that_is_cut_names_the_rows() -> None:
    dataset = film(chest_like(64, 48))
    dataset.PixelData = dataset.PixelData[: 48 * 2 * 40]
    with pytest.raises(DamagedFileError, match="row 41 of 64"):
        decoded_frame(dataset, 0)


def test_pydicom_finds_the_same_fragments() -> None:
    frames, streams = _streams(3)
    dataset = _film(encapsulate(streams), frames=3)
    for index in range(3):
        np.testing.assert_array_equal(decoded_frame(dataset, index).samples, frames[index])


@pytest.mark.parametrize("said", [JPEGLosslessSV1, JPEG2000Lossless, ExplicitVRLittleEndian])
@pytest.mark.parametrize("name", ["CharLS", "lj92 lossless", "pydicom RLE"])
def test_a_stream_without_items_is_read(name: str, said: str) -> None:
    dataset = framed(encoders()[name][1](), phantom(12), said)
    dataset.add_new("PixelData", "OB", encoders()[name][1]())
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, phantom(12))


def test_what_is_no_image_is_not_called_a_damaged_one() -> None:
    png = bytes(imagecodecs.png_encode(phantom(12)))
    with pytest.raises(DamagedFileError, match="does not start like JPEG 2000, which"):
        decoded_frame(framed(png, phantom(12), JPEG2000Lossless), 0)
