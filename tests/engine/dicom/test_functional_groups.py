"""Enhanced multi-frame files: what their groups say of a frame counts for that frame."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from testkit.dicom_files import chest_like, film

from engine.dicom.header import found_image
from engine.dicom.pixels import pixel_image
from engine.dicom.reader import read_whole
from engine.domain.image import PixelImage


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _macro(keyword: str, **elements: object) -> Dataset:
    return _item(**{keyword: [_item(**elements)]})


def _read(dataset: FileDataset) -> FileDataset:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return read_whole(buffer)


def _enhanced() -> FileDataset:
    frames = np.stack([chest_like(64, 48, seed=seed) for seed in range(3)])
    shared = _macro("PixelValueTransformationSequence", RescaleIntercept="-100", RescaleSlope="0.5")
    shared.FrameVOILUTSequence = [_item(WindowCenter="900", WindowWidth="1200")]
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[0.2, 0.3])]
    groups = [Dataset(), _macro("FrameVOILUTSequence", WindowCenter="500", WindowWidth="90")]
    turned = _macro("PatientOrientationInFrameSequence", PatientOrientation=["A", "F"])
    return _read(
        film(
            frames,
            ImagerPixelSpacing=None,
            WindowCenter="1",
            WindowWidth="2",
            SharedFunctionalGroupsSequence=[shared],
            PerFrameFunctionalGroupsSequence=[turned, groups[1], groups[0]],
        )
    )


def _values(image: PixelImage) -> np.ndarray:
    return image.samples * image.slope + image.intercept


def test_rescale_window_and_spacing_come_from_the_groups() -> None:
    dataset = _enhanced()
    first = pixel_image(dataset, 0)
    np.testing.assert_allclose(_values(first), chest_like(64, 48) * 0.5 - 100)
    assert [(one.center, one.width) for one in first.windows] == [(900, 1200)]
    assert first.spacing is not None
    assert (first.spacing.row_mm, first.spacing.column_mm) == (0.2, 0.3)


def test_what_stands_for_one_frame_goes_before_what_stands_for_all() -> None:
    dataset = _enhanced()
    windows = [pixel_image(dataset, index).windows[0].center for index in range(3)]
    assert windows == [900, 500, 900]
    found = found_image(dataset, Path("f"))
    assert found.image.patient_orientation == ("A", "F")
    assert found.image.spacing is not None


def test_groups_that_make_no_sense_change_nothing() -> None:
    dataset = _enhanced()
    dataset.SharedFunctionalGroupsSequence = []
    dataset.PerFrameFunctionalGroupsSequence = [Dataset()]
    image = pixel_image(dataset, 2)
    assert (image.slope, image.intercept) == (1.0, 0.0)
    assert image.windows[0].center == 1
