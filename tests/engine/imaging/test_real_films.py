"""Grey levels of real films against the standard's formulas, written out in NumPy.

The demo films (12 and 16 bits, both polarities, six transfer syntaxes) and six files that come with
pydicom (signed samples, rescale, either byte order). Nothing of the product's grey pipeline is used
for the expectation: pydicom's stored values, PS3.3 C.11.1.1.2, C.11.2.1.2.1 and C.11.6.1.2.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.domain.image import Window
from engine.imaging.window import default_voi, display_table, presets
from engine.paths import demo_studies

DEMO = sorted(demo_studies().glob("*.dcm"))
PYDICOM = (
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "693_J2KI.dcm",
)
POINTS = 20


def path_of(name: str) -> Path:
    found = next((path for path in DEMO if path.name == name), None)
    return found or Path(str(get_testdata_file(name, download=False)))


LUNGS = (slice(0.3, 0.5), slice(0.25, 0.36)), (slice(0.3, 0.5), slice(0.66, 0.76))
"""Parts of the height and width that lie in the right and in the left lung of every demo film."""
NAMES = [*(path.name for path in DEMO), *PYDICOM]


def first(value: object) -> float:
    """The first of a multi-valued element."""
    return float(value[0] if isinstance(value, MultiValue) else value)  # type: ignore[arg-type]


def window_of(header: Dataset, modality: np.ndarray) -> tuple[float, float]:
    """Center and width of the file; for a file without, what spans its middle."""
    if "WindowCenter" in header:
        return first(header.WindowCenter), first(header.WindowWidth)
    low, high = np.percentile(modality, (5, 95))
    return round(float(low + high) / 2), max(round(float(high - low)), 2)


def expected_grey(header: Dataset, stored: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Grey of every pixel, 0 to 255, unrounded; and center and width of its window."""
    slope = float(header.get("RescaleSlope", 1))
    modality = stored.astype(float) * slope + float(header.get("RescaleIntercept", 0))
    center, width = window_of(header, modality)
    grey = ((modality - (center - 0.5)) / (width - 1) + 0.5) * 255
    grey = np.where(modality <= center - 0.5 - (width - 1) / 2, 0, grey)
    grey = np.where(modality > center - 0.5 + (width - 1) / 2, 255, grey)
    shape = header.get("PresentationLUTShape", "")
    inverse = shape == "INVERSE" or (
        not shape and header.PhotometricInterpretation == "MONOCHROME1"
    )
    return (255 - grey if inverse else grey), center, width


@pytest.mark.parametrize("name", NAMES)
def test_twenty_points_of_a_real_film_are_what_the_standard_asks_for(name):
    path = path_of(name)
    header = dcmread(path)
    stored = header.pixel_array
    expected, center, width = expected_grey(header, stored)
    with path.open("rb") as stream:
        image = pixel_image(read_whole(stream))
    table = display_table(image, Window(center=center, width=width))
    inside = np.argwhere((expected > 0) & (expected < 255))
    rng = np.random.default_rng(7)
    points = [
        *rng.integers(0, stored.shape, (POINTS // 2, 2)),
        *inside[rng.integers(0, len(inside), POINTS // 2)],
    ]
    for row, column in points:
        shown = int(table[image.samples[row, column]])
        assert abs(shown - expected[row, column]) <= 0.5 + 1e-9, (name, row, column)


def test_there_are_twelve_with_both_polarities_and_signs():
    headers = [dcmread(path_of(name), stop_before_pixels=True) for name in NAMES]
    assert len(headers) >= 12
    assert {h.PhotometricInterpretation for h in headers} == {"MONOCHROME1", "MONOCHROME2"}
    assert {h.PixelRepresentation for h in headers} == {0, 1}
    assert any(float(h.get("RescaleIntercept", 0)) != 0 for h in headers)
    assert len({h.file_meta.TransferSyntaxUID for h in headers}) >= 6


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_the_lung_preset_shows_the_lungs_in_grey_with_more_contrast_and_nothing_white(
    path: Path,
) -> None:
    with path.open("rb") as stream:
        image = pixel_image(read_whole(stream))
    lung = next(each for each in presets(image) if each.name == "Lung detail")
    grey, usual = (
        display_table(image, voi)[image.samples] for voi in (lung.voi, default_voi(image))
    )
    assert np.mean(grey >= 254) < 0.15, "the rest of the film does not glare"
    for box in LUNGS:
        place = tuple(
            slice(int(part.start * side), int(part.stop * side))
            for part, side in zip(box, grey.shape, strict=True)
        )
        assert 50 < np.median(grey[place]) < 180
        assert np.mean((grey[place] < 8) | (grey[place] > 247)) < 0.05
        assert np.ptp(np.percentile(grey[place], (10, 90))) >= np.ptp(
            np.percentile(usual[place], (10, 90))
        )
