"""What a header says about millimetres per pixel (DICOM PS3.3 10.7), read with distrust."""

from __future__ import annotations

import math

from pydicom.dataset import Dataset

from engine.domain.study import PixelSpacing
from engine.imaging.spacing import SpacingSources, chosen_spacing


def spacing_of(dataset: Dataset) -> PixelSpacing | None:
    """Distance between pixel centres in mm and its kind, or None; see `chosen_spacing`."""
    return chosen_spacing(
        SpacingSources(
            pixel=_pair(dataset, "PixelSpacing"),
            calibration_type=str(dataset.get("PixelSpacingCalibrationType") or "").strip(),
            detector=_pair(dataset, "ImagerPixelSpacing"),
            scanned=_pair(dataset, "NominalScannedPixelSpacing"),
            magnification=_number(dataset.get("EstimatedRadiographicMagnificationFactor")),
            source_to_detector=_number(dataset.get("DistanceSourceToDetector")),
            source_to_patient=_number(dataset.get("DistanceSourceToPatient")),
        )
    )


def pixel_aspect_of(dataset: Dataset) -> float:
    """Height of a pixel over its width by Pixel Aspect Ratio (0028,0034); 1 if absent or absurd."""
    pair = _pair(dataset, "PixelAspectRatio")
    ratio = 1.0 if pair is None else pair[0] / pair[1]
    return ratio if 0.1 <= ratio <= 10 else 1.0


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
