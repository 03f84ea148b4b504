"""Every lossless syntax that DCMTK reads, sample by sample against it, over generated films."""

from __future__ import annotations

from dataclasses import dataclass

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLossless, JPEGLSLossless, RLELossless
from testkit.dcmtk_oracle import has_tools, samples_of
from testkit.dicom_files import film
from testkit.lossless_jpeg import Options, encode

from engine.dicom.codecs import decoded_frame
from engine.dicom.stored import stored_frame

needs_dcmtk = pytest.mark.skipif(not has_tools(), reason="DCMTK is not installed")


@dataclass(frozen=True)
class _Film:
    """A film, and what went into it."""

    dataset: FileDataset
    samples: np.ndarray
    told: str


def _drawn(chance: np.random.Generator, syntax: str) -> _Film:
    """A film of noise over a slope: bits, sign, colours, and whatever the syntax allows."""
    bits = int(chance.integers(8, 17))
    is_colour = bits == 8 and bool(chance.integers(2))
    is_signed = not is_colour and bool(chance.integers(2))
    shape = (17, 13, 3) if is_colour else (17, 13)
    values = np.linspace(0, 2**bits - 1, int(np.prod(shape))).reshape(shape)
    values += chance.normal(0, 2 ** (bits / 2), shape)
    coded = np.clip(values, 0, 2**bits - 1).astype(np.uint8 if bits == 8 else np.uint16)
    spare = 8 * coded.dtype.itemsize - bits
    kind = f"i{coded.dtype.itemsize}"
    samples = (coded.view(kind) << spare >> spare) if is_signed else coded
    elements: dict[str, object] = {"BitsStored": bits, "HighBit": bits - 1}
    if is_colour:
        elements |= {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
        elements |= {"PlanarConfiguration": 0}
    plane = samples[..., 0] if is_colour else samples
    dataset = film(plane, **elements)
    told = f"{bits} bits, signed {is_signed}, colour {is_colour}"
    if syntax == RLELossless:
        del dataset.PixelData
        dataset.PixelData = np.ascontiguousarray(samples).tobytes()
        dataset.compress(syntax, generate_instance_uid=False, encoding_plugin="pydicom")
        return _Film(dataset, samples, told)
    if syntax == JPEGLSLossless:
        stream = bytes(imagecodecs.jpegls_encode(coded))
    else:
        options = Options(
            precision=bits,
            predictor=int(chance.integers(1, 8)),
            restart_rows=int(chance.integers(0, 5)),
            fill=int(chance.integers(0, 3)),
        )
        stream, told = encode(coded, options), f"{told}, {options}"
    dataset.file_meta.TransferSyntaxUID = syntax
    parts = int(chance.integers(1, 4))
    whole = stream + bytes(len(stream) % 2)
    dataset.PixelData = encapsulate([whole], fragments_per_frame=parts)
    return _Film(dataset, samples, f"{told}, {parts} fragments")


def _check(syntax: str, count: int) -> None:
    chance = np.random.default_rng(15)
    for _ in range(count):
        drawn = _drawn(chance, syntax)
        theirs = samples_of(drawn.dataset)
        np.testing.assert_array_equal(theirs, drawn.samples, drawn.told)
        ours = stored_frame(drawn.dataset, 0).samples
        np.testing.assert_array_equal(ours, theirs, drawn.told)


@needs_dcmtk
@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLSLossless, RLELossless])
def test_dcmtk_finds_the_same_samples(syntax: str) -> None:
    _check(syntax, 10)


@needs_dcmtk
@pytest.mark.slow
@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLSLossless, RLELossless])
def test_dcmtk_finds_the_same_samples_in_many_films(syntax: str) -> None:
    _check(syntax, 300)


@needs_dcmtk
@pytest.mark.parametrize("shift", [1, 2, 4])
def test_dcmtk_undoes_a_point_transform_in_the_same_way(shift: int) -> None:
    samples = np.random.default_rng(shift).integers(0, 4096, (17, 13)).astype(np.uint16)
    dataset = film(samples)
    dataset.file_meta.TransferSyntaxUID = JPEGLossless
    stream = encode(samples, Options(precision=12, predictor=4, point_transform=shift))
    dataset.PixelData = encapsulate([stream + bytes(len(stream) % 2)])
    np.testing.assert_array_equal(decoded_frame(dataset, 0).samples, samples_of(dataset))
