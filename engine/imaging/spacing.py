"""Millimetres per pixel: which of a film's values is used, and what it is called beside a length.

One rule for every film (DICOM PS3.3 10.7.1.1 and C.8.11.4). Nothing is guessed: a film without a
usable value has no spacing, and then nothing in the product is given in millimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.domain.study import PixelSpacing, SpacingKind

_TOLERANCE = 1e-3
_MOST_ROUNDING = 1e-2
_LEAST_MM, _MOST_MM = 1e-3, 10.0
"""Range of plausible pixel sizes of a radiograph, downscaled ones included."""
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
        is_section: Whether the image is a section through the patient, not a projection.
    """

    pixel: Pair | None = None
    calibration_type: str = ""
    detector: Pair | None = None
    scanned: Pair | None = None
    magnification: float | None = None
    source_to_detector: float | None = None
    source_to_patient: float | None = None
    is_section: bool = False


def chosen_spacing(sources: SpacingSources) -> PixelSpacing | None:
    """The spacing to use and its kind, or None (PS3.3 10.7.1.1).

    Pixel Spacing equal to the detector's or the scanned film's, apart from rounding, is not
    calibrated. If it differs, it was calibrated in the way its calibration type says; if it is
    larger, one of the two is wrong, for no organ lies behind the detector. Alone and without a type
    it may be either, except on a section, whose plane lies in the patient. In the other cases
    Imager Pixel Spacing is divided by the magnification factor or by the ratio of distances that
    defines it, or else holds in the detector plane only.
    """
    pixel, detector, scanned = map(_possible, (sources.pixel, sources.detector, sources.scanned))
    uncalibrated = [pair for pair in (detector, scanned) if pair is not None]
    if pixel is not None and not any(_same(pixel, pair) for pair in uncalibrated):
        return _spacing(pixel, 1.0, _kind_of_pixel(pixel, uncalibrated, sources))
    if detector is None or (pixel is not None and not _same(pixel, detector)):
        return None if scanned is None else _spacing(scanned, 1.0, SpacingKind.SCANNED)
    factor = sources.magnification
    if factor is not None and 1.0 <= factor <= _MOST_MAGNIFICATION:
        return _spacing(detector, factor, SpacingKind.MAGNIFICATION)
    ratio = _distance_ratio(sources)
    if ratio is not None:
        return _spacing(detector, ratio, SpacingKind.DISTANCES)
    return _spacing(detector, 1.0, SpacingKind.DETECTOR_PLANE)


def _kind_of_pixel(pixel: Pair, uncalibrated: list[Pair], sources: SpacingSources) -> SpacingKind:
    """The kind of a Pixel Spacing that differs from the detector's and the scanned film's."""
    if uncalibrated and _is_larger(pixel, uncalibrated[0]):
        return SpacingKind.DOUBTFUL
    if sources.is_section:
        return SpacingKind.SECTION
    unnamed = SpacingKind.CALIBRATED if uncalibrated else SpacingKind.UNKNOWN
    kinds = {"GEOMETRY": SpacingKind.GEOMETRY, "FIDUCIAL": SpacingKind.FIDUCIAL}
    return kinds.get(sources.calibration_type.upper(), unnamed)


def calibrated_spacing(length_px: float, reference_mm: float, pixel_aspect: float) -> PixelSpacing:
    """The spacing that gives a line its known length.

    Args:
        length_px: Length of the line in the frame of `stretched`, > 0.
        reference_mm: True length of the structure that the line follows.
        pixel_aspect: Height of a pixel over its width.
    """
    if not (length_px > 0 and reference_mm > 0):
        raise ValueError("a calibration needs a line and its length")
    width, height = stretched(pixel_aspect)
    unit = reference_mm / length_px
    return PixelSpacing(row_mm=height * unit, column_mm=width * unit, kind=SpacingKind.BY_USER)


def stretched(pixel_aspect: float) -> Pair:
    """Relative width and height of a pixel; the finer side is 1."""
    return (1.0, pixel_aspect) if pixel_aspect >= 1.0 else (1.0 / pixel_aspect, 1.0)


def aspect_of(spacing: PixelSpacing | None, declared: float) -> float:
    """Height of a pixel over its width: from its spacing, else as the file declares it."""
    if spacing is None or spacing.row_mm <= 0 or spacing.column_mm <= 0:
        return declared
    return spacing.row_mm / spacing.column_mm


def _spacing(pair: Pair, factor: float, kind: SpacingKind) -> PixelSpacing:
    return PixelSpacing(row_mm=pair[0] / factor, column_mm=pair[1] / factor, kind=kind)


def _distance_ratio(sources: SpacingSources) -> float | None:
    """Source-detector over source-patient distance: the magnification factor (PS3.3 C.8.7.4)."""
    detector, patient = sources.source_to_detector, sources.source_to_patient
    if detector is None or patient is None or patient <= 0:
        return None
    ratio = detector / patient
    return ratio if 1.0 <= ratio <= _MOST_MAGNIFICATION else None


def _possible(pair: Pair | None) -> Pair | None:
    """The pair, unless no pixel can have that size and shape."""
    if pair is None or not all(_LEAST_MM <= side <= _MOST_MM for side in pair):
        return None
    return pair if max(pair) <= _MOST_OBLONG * min(pair) else None


def _same(one: Pair, other: Pair) -> bool:
    """Whether both are one spacing, possibly written with different numbers of digits."""
    return all(_is_rounded(*sorted(sides, key=_decimals)) for sides in zip(one, other, strict=True))


def _is_rounded(short: float, exact: float) -> bool:
    """Whether a number is another one rounded or truncated, and at most 1 % away.

    A calibration changes a chest film's spacing by more than that.
    """
    is_rounding = math.isclose(short, exact, rel_tol=_MOST_ROUNDING)
    if is_rounding and abs(short - exact) < 10.0 ** -_decimals(short):
        return True
    return math.isclose(short, exact, rel_tol=_TOLERANCE)


def _decimals(value: float) -> int:
    return len(f"{value:.9f}".rstrip("0").partition(".")[2])


def _is_larger(one: Pair, other: Pair) -> bool:
    return any(a > b * (1 + _TOLERANCE) for a, b in zip(one, other, strict=True))
