"""JPEG lossless, whatever it uses: the very samples, also by a second decoder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLossless
from testkit.children import output_of
from testkit.code_streams import framed
from testkit.dicom_files import film
from testkit.lossless_jpeg import Options, encode

from engine.dicom.codecs import decoded_frame
from engine.dicom.pixels import pixel_image
from engine.errors import DamagedFileError, InputError


def _samples(bits: int, *, seed: int = 0, shape: tuple[int, ...] = (13, 11)) -> np.ndarray:
    """Noise over a slope, with the least and the greatest value that the bits allow."""
    chance = np.random.default_rng(seed)
    values = np.linspace(0, 2**bits - 1, int(np.prod(shape))).reshape(shape)
    values = np.clip(values + chance.normal(0, 2 ** (bits / 2), shape), 0, 2**bits - 1)
    values.flat[:2] = 0, 2**bits - 1
    return values.astype(np.uint16)


_OPTIONS = st.builds(
    Options,
    precision=st.integers(2, 16),
    predictor=st.integers(1, 7),
    point_transform=st.integers(0, 1),
    restart_rows=st.integers(0, 4),
    fill=st.integers(0, 2),
    scans=st.sampled_from(["interleaved", "apart"]),
    comment=st.sampled_from([b"", b"what an encoder says of itself \xff"]),
)


@given(options=_OPTIONS, is_colour=st.booleans(), fragments=st.integers(1, 4), seed=st.integers(0))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_all_samples_come_back(
    options: Options, *, is_colour: bool, fragments: int, seed: int
) -> None:
    shape = (13, 11, 3) if is_colour else (13, 11)
    samples = _samples(options.precision, seed=seed, shape=shape)
    stream = encode(samples, options)
    dataset = _film(stream, samples, bits=options.precision)
    padded = stream + bytes(len(stream) % 2)
    dataset.PixelData = encapsulate([padded], fragments_per_frame=fragments)
    expected = samples >> options.point_transform << options.point_transform
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, expected)


def _film(stream: bytes, samples: np.ndarray, *, bits: int, signed: bool = False) -> object:
    allocated = 8 if bits <= 8 else 16
    elements = {
        "BitsAllocated": allocated,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(signed),
    }
    if samples.ndim == 3:
        colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
        elements |= {**colour, "PlanarConfiguration": 0}
    plane = samples[..., 0] if samples.ndim == 3 else samples
    return framed(stream, plane, JPEGLossless, **elements)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("spare", [0, 4])
def test_a_sign_is_carried_from_the_highest_stored_bit(bits: int, spare: int) -> None:
    """Also where the stream has more bits than are stored, and the upper ones are anything."""
    precision = min(16, bits + spare)
    values = _samples(bits).astype(np.int32) - 2 ** (bits - 1)
    coded = (values & (2**bits - 1)) | (0b1010 << bits & (2**precision - 1))
    stream = encode(coded, Options(precision=precision))
    dataset = _film(stream, values.astype(np.int16), bits=bits, signed=True)
    if precision > 8:
        dataset.BitsAllocated = 16
    image = pixel_image(dataset)
    np.testing.assert_array_equal(image.samples * image.slope + image.intercept, values)


def _generated() -> Iterator[tuple[str, bytes, np.ndarray, int]]:
    """Streams of the kinds that GDCM can be asked about."""
    for number, predictor in enumerate([1, 2, 3, 4, 5, 6, 7] * 3):
        bits = (12, 16, 8)[number % 3]
        rows = (0, 1, 4)[number // 7]
        samples = _samples(bits, seed=number, shape=(24, 20))
        stream = encode(samples, Options(precision=bits, predictor=predictor, restart_rows=rows))
        yield f"{number}.dcm", stream, samples, bits


def test_gdcm_reads_the_same(tmp_path: Path) -> None:
    ours = {}
    for name, stream, samples, bits in _generated():
        dataset = _film(stream, samples.astype(np.uint8) if bits == 8 else samples, bits=bits)
        dataset.save_as(tmp_path / name, enforce_file_format=True)
        ours[name] = pixel_image(dataset).samples_sha256
    said = output_of("gdcm_oracle", *sorted(tmp_path.iterdir()))
    theirs = {Path(one["path"]).name: one["sha256"] for one in map(json.loads, said.splitlines())}
    assert theirs == ours


@pytest.mark.parametrize("restart_rows", [0, 4])
@pytest.mark.parametrize("predictor", [1, 6])
def test_the_sentence_names_the_rows_that_are_missing(restart_rows: int, predictor: int) -> None:
    samples = _samples(12, shape=(40, 30))
    options = Options(precision=12, predictor=predictor, restart_rows=restart_rows)
    stream = encode(samples, options)
    cut = stream[: len(stream) * 6 // 10] + b"\xff\xd9"
    with pytest.raises(DamagedFileError, match=r"row 2\d of 40 on\.$"):
        decoded_frame(_film(cut, samples, bits=12), 0)


def test_a_restart_interval_that_is_lost_is_missed() -> None:
    samples = _samples(12, shape=(40, 30))
    stream = encode(samples, Options(precision=12, restart_rows=4))
    lost = stream.index(b"\xff\xd3"), stream.index(b"\xff\xd4")
    with pytest.raises(DamagedFileError, match=r"\.$"):
        decoded_frame(_film(stream[: lost[0]] + stream[lost[1] :], samples, bits=12), 0)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("SOF", 0xCB, "arithmetic"),
        ("SOF", 0xC7, "kind of JPEG"),
        ("predictor", 0, "damaged"),
        ("predictor", 9, "damaged"),
        ("restart", 17, "damaged"),
        ("sampling", 0x21, "several sizes"),
    ],
)
def test_what_is_not_understood_is_refused(place: str, value: int, sentence: str) -> None:
    samples = _samples(12)
    stream = bytearray(encode(samples, Options(precision=12, restart_rows=2)))
    frame, scan = stream.index(b"\xff\xc3"), stream.index(b"\xff\xda")
    at = {
        "SOF": frame + 1,
        "sampling": frame + 11,
        "predictor": scan + 7,
        "restart": stream.index(b"\xff\xdd") + 5,
    }[place]
    stream[at] = value
    with pytest.raises(InputError, match=sentence):
        decoded_frame(_film(bytes(stream), samples, bits=12), 0)


def test_a_film_of_zeros_is_a_film() -> None:
    """Long zeros in a stream are a flat film's, where the shortest code is for no change."""
    samples = np.zeros((200, 150), np.uint16)
    dataset = _film(encode(samples, Options(precision=12)), samples, bits=12)
    assert not decoded_frame(dataset, 0).samples.any()


def test_native_and_lossless_give_one_picture() -> None:
    samples = _samples(12, shape=(40, 30))
    stream = encode(samples, Options(precision=12, predictor=7, restart_rows=3))
    native = pixel_image(film(samples))
    assert pixel_image(_film(stream, samples, bits=12)).samples_sha256 == native.samples_sha256
