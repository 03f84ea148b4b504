"""JPEG 2000 on several processors: the very samples that pydicom's usual decoder gives."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from openjpeg.utils import encode_array
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder
from pydicom.uid import JPEG2000, JPEG2000Lossless
from testkit.dicom_files import chest_like, film

from engine.dicom.codecs import decoded_frame
from engine.errors import DamagedFileError, InputError

_ROWS, _COLUMNS = 40, 36


def _samples(bits: int, *, signed: bool) -> np.ndarray:
    values = (chest_like(_ROWS, _COLUMNS, bits=16) >> (16 - bits)).astype(np.int64)
    kind = f"{'i' if signed else 'u'}{1 if bits <= 8 else 2}"
    return (values - (2 ** (bits - 1) if signed else 0)).astype(kind)


def _stream(samples: np.ndarray, bits: int, *, lossy: bool = False, boxed: bool = False) -> bytes:
    ratios = [6.0] if lossy else None
    return encode_array(
        samples,
        bits_stored=bits,
        photometric_interpretation=2,
        compression_ratios=ratios,
        codec_format=int(boxed),
    )


def _dataset(
    stream: bytes, *, bits_stored: int, signed: bool = False, fragments: int = 1, **elements: object
) -> FileDataset:
    allocated = 8 if bits_stored <= 8 else 16
    fields = {
        "BitsAllocated": allocated,
        "BitsStored": bits_stored,
        "HighBit": bits_stored - 1,
        "PixelRepresentation": int(signed),
    }
    dataset = film(np.zeros((_ROWS, _COLUMNS), np.uint16), **{**fields, **elements})
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = encapsulate([stream], fragments_per_frame=fragments)
    return dataset


def _usual(dataset: FileDataset) -> np.ndarray:
    decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
    samples, _ = decoder.as_array(dataset, index=0, raw=True, decoding_plugin="pylibjpeg")
    return samples


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_every_kind_of_stream_gives_the_samples_of_the_usual_decoder(
    bits: int, signed: bool
) -> None:
    """Also where Bits Stored or Pixel Representation contradict the stream (PS3.5 8.2.4)."""
    samples = _samples(bits, signed=signed)
    compared = 0
    for lossy, boxed in product((False, True), repeat=2):
        stream = _stream(samples, bits, lossy=lossy, boxed=boxed)
        depths = dict.fromkeys(depth for depth in (bits, 8, 11, 16) if depth > 8 or bits <= 8)
        for number, (stored, said) in enumerate(product(depths, (False, True))):
            fragments = 3 if (number // 2 + number + lossy) % 2 else 1
            dataset = _dataset(stream, bits_stored=stored, signed=said, fragments=fragments)
            ours = decoded_frame(dataset, 0).samples
            # The stream's own sign wins; pydicom alone would wrap its negative values.
            expected = _usual(_dataset(stream, bits_stored=stored, signed=signed or said))
            assert ours.dtype.kind == expected.dtype.kind
            np.testing.assert_array_equal(ours, expected)
            if not lossy and (stored, said) == (bits, signed):
                np.testing.assert_array_equal(ours, samples)
            compared += 1
    assert compared >= 16


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "PALETTE COLOR"])
def test_polarity_and_palette_change_no_sample(photometric: str) -> None:
    stream = _stream(_samples(8, signed=False), 8)
    dataset = _dataset(stream, bits_stored=8, PhotometricInterpretation=photometric)
    frame = decoded_frame(dataset, 0)
    ours, said = frame.samples, frame.photometric
    assert said == photometric
    np.testing.assert_array_equal(ours, _usual(dataset))


def test_each_frame_of_several_is_its_own() -> None:
    films = [_samples(12, signed=False), _samples(12, signed=False)[::-1].copy()]
    dataset = _dataset(b"\0\0", bits_stored=12, NumberOfFrames=2)
    dataset.PixelData = encapsulate([_stream(one, 12) for one in films])
    for index, one in enumerate(films):
        np.testing.assert_array_equal(decoded_frame(dataset, index).samples, one)


def test_a_stream_that_says_lossy_syntax_is_read_alike() -> None:
    dataset = _dataset(_stream(_samples(12, signed=False), 12, lossy=True), bits_stored=12)
    dataset.file_meta.TransferSyntaxUID = JPEG2000
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, _usual(dataset))


def test_colour_is_left_to_the_usual_decoder() -> None:
    grey = _samples(8, signed=False)
    stream = encode_array(np.dstack([grey, grey, grey]), 8, photometric_interpretation=1)
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_RCT"}
    frame = decoded_frame(_dataset(stream, bits_stored=8, PlanarConfiguration=0, **colour), 0)
    assert frame.photometric == "RGB"
    np.testing.assert_array_equal(frame.samples[..., 1], grey)


@pytest.mark.parametrize(
    "what",
    ["colour in a grey header", "turned", "shorter", "deeper than its container", "not a stream"],
)
def test_a_stream_that_is_not_the_headers_image_is_damaged(what: str) -> None:
    samples = _samples(12, signed=False)
    stored = 12
    stream = _stream(samples, 12)
    if what.startswith("colour"):
        grey = _samples(8, signed=False)
        stream = encode_array(np.dstack([grey, grey, grey]), 8, photometric_interpretation=1)
    elif what == "turned":
        stream = _stream(samples.T.copy(), 12)
    elif what == "shorter":
        stream = _stream(samples[:-1].copy(), 12)
    elif what.startswith("deeper"):
        stored = 8
    else:
        stream = b"\xff\x4f nothing of it left "
    with pytest.raises(DamagedFileError, match=r"\.$"):
        decoded_frame(_dataset(stream, bits_stored=stored), 0)


def test_a_box_without_a_length_is_damaged_at_once() -> None:
    """pydicom would walk over it for ever."""
    boxed = _stream(_samples(12, signed=False), 12, boxed=True)
    dataset = _dataset(boxed[:12] + b"\0\0\0\0" + boxed[16:], bits_stored=12)
    with pytest.raises(DamagedFileError, match=r"\.$"):
        decoded_frame(dataset, 0)


@pytest.mark.parametrize("boxed", [False, True], ids=["raw", "boxed"])
def test_broken_streams_are_refused_where_the_usual_decoder_refuses_them(boxed: bool) -> None:
    """Cut short anywhere, or with a byte changed: equal samples or a sentence, never another."""
    whole = _stream(_samples(12, signed=False), 12, boxed=boxed)
    chance = np.random.default_rng(7)
    broken = [whole[:cut] for cut in range(2, len(whole), len(whole) // 12)]
    for place in chance.integers(len(whole) // 3, len(whole), 20):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        broken.append(bytes(changed))
    for stream in broken:
        dataset = _dataset(stream, bits_stored=12)
        try:
            expected = _usual(dataset)
        except Exception:  # noqa: BLE001 - whatever it raises, ours must be a sentence
            with pytest.raises(InputError, match=r"\.$"):
                decoded_frame(dataset, 0)
        else:
            np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, expected)
