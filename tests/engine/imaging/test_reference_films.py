"""Twenty points of reference films against the formulas of the standard, written out once more.

Nothing of the product's grey pipeline is used for the expectation: only the stored numbers that
went into the file and PS3.3 C.11.1 and C.11.2 in plain floating point.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import JPEGLosslessSV1, RLELossless
from testkit.dicom_files import film

from engine.dicom.pixels import pixel_image
from engine.imaging.window import default_voi, display_table

RNG = np.random.default_rng(11)
UNSIGNED = RNG.integers(0, 4096, (90, 70), dtype=np.uint16)
SIGNED = RNG.integers(-2000, 2000, (90, 70)).astype(np.int16)
BYTES = RNG.integers(0, 256, (90, 70), dtype=np.uint8)
WIDE = RNG.integers(0, 65536, (90, 70)).astype(np.uint16)


def lut(entries: np.ndarray, first: int, bits: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    item.add_new("LUTExplanation", "LO", "Curve")
    item.add_new("ModalityLUTType", "LO", "US")
    return item


CURVE = (np.linspace(0, 1, 3000) ** 1.7 * 4095).astype(np.uint16)
MODALITY = (np.sqrt(np.arange(4096) / 4095.0) * 5000).astype(np.uint16)


def linear(value: float, center: float, width: float) -> float:
    if value <= center - 0.5 - (width - 1) / 2:
        return 0.0
    if value > center - 0.5 + (width - 1) / 2:
        return 1.0
    return (value - (center - 0.5)) / (width - 1) + 0.5


def exact(value: float, center: float, width: float) -> float:
    return min(max((value - center) / width + 0.5, 0.0), 1.0)


def sigmoid(value: float, center: float, width: float) -> float:
    return 1.0 / (1.0 + math.exp(-4.0 * (value - center) / width))


def curve(value: float, entries: np.ndarray, first: int, bits: int) -> float:
    place = min(max(int(value) - first, 0), len(entries) - 1)
    return float(entries[place]) / (2**bits - 1)


W = {"WindowCenter": "1800", "WindowWidth": "2500"}
FILMS = {
    "linear": (UNSIGNED, W, lambda v: linear(v, 1800, 2500)),
    "monochrome1": (
        UNSIGNED,
        {**W, "PhotometricInterpretation": "MONOCHROME1"},
        lambda v: 1 - linear(v, 1800, 2500),
    ),
    "inverse shape": (
        UNSIGNED,
        {**W, "PresentationLUTShape": "INVERSE"},
        lambda v: 1 - linear(v, 1800, 2500),
    ),
    "monochrome1 and inverse shape": (
        UNSIGNED,
        {**W, "PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
        lambda v: 1 - linear(v, 1800, 2500),
    ),
    "linear exact": (
        UNSIGNED,
        {**W, "VOILUTFunction": "LINEAR_EXACT"},
        lambda v: exact(v, 1800, 2500),
    ),
    "sigmoid, monochrome1": (
        UNSIGNED,
        {**W, "VOILUTFunction": "SIGMOID", "PhotometricInterpretation": "MONOCHROME1"},
        lambda v: 1 - sigmoid(v, 1800, 2500),
    ),
    "curve before window": (
        UNSIGNED,
        {**W, "VOILUTSequence": [lut(CURVE, 400, 12)]},
        lambda v: curve(v, CURVE, 400, 12),
    ),
    "falling curve": (
        UNSIGNED,
        {"VOILUTSequence": [lut(CURVE[::-1], 400, 12)]},
        lambda v: curve(v, CURVE[::-1], 400, 12),
    ),
    "rescale": (
        UNSIGNED,
        {"RescaleSlope": "2.5", "RescaleIntercept": "-1024", "WindowCenter": "500"}
        | {"WindowWidth": "3000"},
        lambda v: linear(2.5 * v - 1024, 500, 3000),
    ),
    "signed, run length": (
        SIGNED,
        {"WindowCenter": "-100", "WindowWidth": "1500", "transfer_syntax": RLELossless},
        lambda v: linear(v, -100, 1500),
    ),
    "signed with rescale": (
        SIGNED,
        {"RescaleSlope": "0.5", "RescaleIntercept": "10", "WindowCenter": "40"}
        | {"WindowWidth": "400"},
        lambda v: linear(0.5 * v + 10, 40, 400),
    ),
    "modality table": (
        UNSIGNED,
        {"ModalityLUTSequence": [lut(MODALITY, 0, 16)], "WindowCenter": "2600"}
        | {"WindowWidth": "3000"},
        lambda v: linear(float(MODALITY[int(v)]), 2600, 3000),
    ),
    "eight bits": (
        BYTES,
        {"WindowCenter": "128", "WindowWidth": "256"},
        lambda v: linear(v, 128, 256),
    ),
    "sixteen bits, JPEG lossless": (
        WIDE,
        {"WindowCenter": "30000", "WindowWidth": "50000", "transfer_syntax": JPEGLosslessSV1},
        lambda v: linear(v, 30000, 50000),
    ),
    "padding": (
        UNSIGNED,
        {**W, "PixelPaddingValue": 0, "PixelPaddingRangeLimit": 900}
        | {"PhotometricInterpretation": "MONOCHROME1"},
        lambda v: 0.0 if v <= 900 else 1 - linear(v, 1800, 2500),
    ),
}


@pytest.mark.parametrize("name", list(FILMS))
def test_twenty_points_are_the_grey_level_that_the_standard_asks_for(name):
    stored, elements, grey_of = FILMS[name]
    image = pixel_image(film(stored, **elements))
    table = display_table(image, default_voi(image))
    points = np.random.default_rng(len(name)).integers(0, (90, 70), (20, 2))
    for row, column in points:
        shown = int(table[image.samples[row, column]])
        expected = 255 * grey_of(float(stored[row, column]))
        assert abs(shown - expected) <= 0.5 + 1e-9, (name, int(stored[row, column]))


def test_there_are_at_least_twelve_films():
    assert len(FILMS) >= 12
