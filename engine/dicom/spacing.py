"""Millimetres per pixel and where they come from (DICOM PS3.3 10.7)."""

from __future__ import annotations

import math

from pydicom.dataset import Dataset

from engine.domain.study import PixelSpacing, SpacingKind


def spacing_of(dataset: Dataset) -> PixelSpacing | None:
    """Distance between pixel centres in mm, or None if the header gives none that is usable.

    Pixel Spacing that differs from Imager Pixel Spacing was calibrated, by Pixel Spacing
    Calibration Type either on an object of known size or for geometric magnification. Imager
    Pixel Spacing with an Estimated Radiographic Magnification Factor is divided by it; alone it
    holds in the plane of the detector, where the patient's organs are not.
    """
    calibrated, detector = _pair(dataset, "PixelSpacing"), _pair(dataset, "ImagerPixelSpacing")
    if calibrated is not None and calibrated != detector:
        is_geometry = str(dataset.get("PixelSpacingCalibrationType") or "") == "GEOMETRY"
        kind = SpacingKind.GEOMETRY if is_geometry else SpacingKind.CALIBRATED
        return PixelSpacing(row_mm=calibrated[0], column_mm=calibrated[1], kind=kind)
    if detector is None:
        return None
    factor = _number(dataset.get("EstimatedRadiographicMagnificationFactor"))
    if factor is not None and factor >= 1.0:
        kind = SpacingKind.GEOMETRY
        return PixelSpacing(row_mm=detector[0] / factor, column_mm=detector[1] / factor, kind=kind)
    return PixelSpacing(row_mm=detector[0], column_mm=detector[1], kind=SpacingKind.DETECTOR_PLANE)


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    value = dataset.get(keyword)
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        numbers = [_number(part) for part in value]
    except TypeError:
        return None
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0], numbers[1]


def _number(value: object) -> float | None:
    """A positive finite number, or None."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
