"""Millimetres per pixel: which of a film's values holds, and what it is called beside a length.

One rule for every film (DICOM PS3.3 10.7 and C.8.11.4). Nothing is guessed: a film without a usable
value has no spacing, and then nothing in the product says millimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.domain.study import PixelSpacing, SpacingKind

_TOLERANCE = 1e-3
_LEAST_MM, _MOST_MM = 1e-3, 10.0
"""Between them lies every pixel of a radiograph, also of one that was made small."""
_MOST_MAGNIFICATION = 10.0
_MOST_OBLONG = 10.0
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacingSources:
    """What a header says about distances; pairs are (between rows, between columns) in mm.

    Attributes:
        pixel: Pixel Spacing (0028,0030).
        calibration_type: Pixel Spacing Calibration Type (0028,0A02).
        detector: Imager Pixel Spacing (0018,1164).
        scanned: Nominal Scanned Pixel Spacing (0018,2010) of a digitised film.
        magnification: Estimated Radiographic Magnification Factor (0018,1114).
        source_to_detector: Distance Source to Detector (0018,1110) in mm.
        source_to_patient: Distance Source to Patient (0018,1111) in mm.
    """

    pixel: Pair | None = None
    calibration_type: str = ""
    detector: Pair | None = None
    scanned: Pair | None = None
    magnification: float | None = None
    source_to_detector: float | None = None
    source_to_patient: float | None = None


def chosen_spacing(sources: SpacingSources) -> PixelSpacing | None:
    """The spacing in force and its kind, or None.

    Pixel Spacing that differs from Imager Pixel Spacing was calibrated, in the way that its
    calibration type says; if it is larger, one of the two is wrong, for no organ is behind the
    detector. Otherwise Imager Pixel Spacing is divided by the magnification factor, or by the
    ratio of the distances that the factor is made of, or holds in the detector's plane only.
    """
    pixel, detector = _possible(sources.pixel), _possible(sources.detector)
    if pixel is not None and (detector is None or not _same(pixel, detector)):
        if detector is not None and _is_larger(pixel, detector):
            return _spacing(pixel, 1.0, SpacingKind.DOUBTFUL)
        kinds = {"GEOMETRY": SpacingKind.GEOMETRY, "FIDUCIAL": SpacingKind.FIDUCIAL}
        return _spacing(pixel, 1.0, kinds.get(sources.calibration_type, SpacingKind.CALIBRATED))
    if detector is None:
        scanned = _possible(sources.scanned)
        return None if scanned is None else _spacing(scanned, 1.0, SpacingKind.SCANNED)
    factor = sources.magnification
    if factor is not None and 1.0 <= factor <= _MOST_MAGNIFICATION:
        return _spacing(detector, factor, SpacingKind.MAGNIFICATION)
    ratio = _distance_ratio(sources)
    if ratio is not None:
        return _spacing(detector, ratio, SpacingKind.DISTANCES)
    return _spacing(detector, 1.0, SpacingKind.DETECTOR_PLANE)


def calibrated_spacing(length_px: float, reference_mm: float, pixel_aspect: float) -> PixelSpacing:
    """The spacing under which a line has a known length.

    Args:
        length_px: Of the line in the frame of `stretched`, > 0.
        reference_mm: True length of what the line lies on.
        pixel_aspect: Height of a pixel over its width.
    """
    if not (length_px > 0 and reference_mm > 0):
        raise ValueError("a calibration needs a line and its length")
    width, height = stretched(pixel_aspect)
    unit = reference_mm / length_px
    return PixelSpacing(row_mm=height * unit, column_mm=width * unit, kind=SpacingKind.BY_USER)


def stretched(pixel_aspect: float) -> Pair:
    """Relative width and height of a pixel, the finer side 1."""
    return (1.0, pixel_aspect) if pixel_aspect >= 1.0 else (1.0 / pixel_aspect, 1.0)


def aspect_of(spacing: PixelSpacing | None, declared: float) -> float:
    """Height of a pixel over its width: by its spacing, else as the file declares it."""
    if spacing is None or spacing.row_mm <= 0 or spacing.column_mm <= 0:
        return declared
    return spacing.row_mm / spacing.column_mm


def _spacing(pair: Pair, factor: float, kind: SpacingKind) -> PixelSpacing:
    return PixelSpacing(row_mm=pair[0] / factor, column_mm=pair[1] / factor, kind=kind)


def _distance_ratio(sources: SpacingSources) -> float | None:
    """PS3.3 C.8.7.4: the factor is source-detector over source-patient distance."""
    detector, patient = sources.source_to_detector, sources.source_to_patient
    if detector is None or patient is None or patient <= 0:
        return None
    ratio = detector / patient
    return ratio if 1.0 <= ratio <= _MOST_MAGNIFICATION else None


def _possible(pair: Pair | None) -> Pair | None:
    """The pair, unless no pixel can be of that size and shape."""
    if pair is None or not all(_LEAST_MM <= side <= _MOST_MM for side in pair):
        return None
    return pair if max(pair) <= _MOST_OBLONG * min(pair) else None


def _same(one: Pair, other: Pair) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(one, other, strict=True))


def _is_larger(one: Pair, other: Pair) -> bool:
    return any(a > b * (1 + _TOLERANCE) for a, b in zip(one, other, strict=True))
