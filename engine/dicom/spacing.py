"""Millimetres per pixel from an untrusted header (DICOM PS3.3 10.7)."""

from __future__ import annotations

from pydicom.dataset import Dataset

from engine.dicom.values import is_stated, number_of, numbers_of, texts_of
from engine.domain.study import PixelSpacing
from engine.imaging.spacing import SpacingSources, chosen_spacing

_SECTIONS = ("CT", "MR", "PT")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def spacing_of(dataset: Dataset) -> PixelSpacing | None:
    """Distance between pixel centres in mm and its kind, or None; see `chosen_spacing`."""
    return chosen_spacing(
        SpacingSources(
            pixel=_pair(dataset, "PixelSpacing"),
            calibration_type=" ".join(texts_of(dataset, "PixelSpacingCalibrationType")),
            detector=_pair(dataset, "ImagerPixelSpacing"),
            scanned=_pair(dataset, "NominalScannedPixelSpacing"),
            magnification=number_of(dataset, "EstimatedRadiographicMagnificationFactor"),
            source_to_detector=number_of(dataset, "DistanceSourceToDetector"),
            source_to_patient=number_of(dataset, "DistanceSourceToPatient"),
            is_section=" ".join(texts_of(dataset, "Modality")).upper() in _SECTIONS,
        )
    )


def has_unusable_spacing(dataset: Dataset) -> bool:
    """Whether the file states a spacing but no valid one."""
    return spacing_of(dataset) is None and any(is_stated(dataset, name) for name in _SPACINGS)


def pixel_aspect_of(dataset: Dataset) -> float:
    """Pixel height divided by width, of Pixel Aspect Ratio (0028,0034); 1 if absent or absurd."""
    pair = _pair(dataset, "PixelAspectRatio")
    ratio = 1.0 if pair is None else pair[0] / pair[1]
    return ratio if 0.1 <= ratio <= 10 else 1.0


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    numbers = numbers_of(dataset, keyword)
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return (numbers[0], numbers[1]) if min(numbers[0], numbers[1]) > 0 else None
