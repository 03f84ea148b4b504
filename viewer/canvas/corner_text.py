"""Texts for a viewport's corners: whose film, which view, how it is shown; and the scale bar.

A projection film has no true scale: the calibration is named beside the bar's length, and a film
without spacing says so instead of guessing (DICOM PS3.3 10.7.1.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.domain.image import VoiLut, Window
from engine.domain.study import ImageRef, PixelSpacing
from viewer.state.annotations import AnnotationLevel
from viewer.state.viewport import ViewportState

LENGTHS_MM: Final = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)
"""Lengths that a bar can have."""
LONGEST: Final = 160
"""Longest bar, in logical px."""
NO_SCALE: Final = "No scale in the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerText:
    """Lines for three corners; the fourth holds the scale bar.

    Attributes:
        notes: Sentences above the badges: what was left out of the film or rounded.
        badges: Words above the line at the bottom left.
        shown: Window and zoom; empty without a film.
    """

    top_left: tuple[str, ...]
    top_right: tuple[str, ...]
    badges: tuple[str, ...]
    shown: str
    notes: tuple[str, ...] = ()


def corner_text(state: ViewportState) -> CornerText:
    """The corner texts of a viewport; without a film, what is known of it."""
    caption = state.film.caption
    return CornerText(
        top_left=_filled(caption.patient, caption.study),
        top_right=_filled(caption.view, caption.position),
        badges=badges(state),
        shown=_shown_line(state),
        notes=() if state.film.pixels is None else tuple(dict.fromkeys(state.film.pixels.notes)),
    )


def badges(state: ViewportState) -> tuple[str, ...]:
    """Warnings about the film or its display, in capitals if they are a state."""
    image, pixels = state.film.image, state.film.pixels
    if image is None or pixels is None:
        return state.film.caption.badges
    conditions = {
        "INVERTED": state.grey.is_inverted,
        "REDUCED": state.placement.zoom < 1.0,
        "LOSSY": image.lossy,
        "LUT left": state.grey.has_left_lut,
        _model_words(state): state.film.model_view is not None,
        "SHUTTER": state.film.is_shuttered,
        "SHUTTER LIFTED": state.film.shutter is not None and not state.film.is_shuttered,
        _turn_words(state): bool(_turn_words(state)),
        f"PROCESSED: {state.grey.filter.kind.value.upper()}": state.grey.filter.samples is not None,
        "KEY IMAGE": state.annotations.is_key(image.sop_uid),
        "ANNOTATIONS HIDDEN": _hides_annotations(state, image),
    }
    applied = state.applied.badge(state.presentation)
    stands = (word for word, holds in conditions.items() if holds)
    return (*state.film.caption.badges, *stands, *((applied,) if applied else ()))


def _turn_words(state: ViewportState) -> str:
    """How the film is turned if not as in its file: a stored turn must not surprise."""
    if state.presentation is None:
        return ""
    turn = state.presentation.turn
    words = (
        "MIRRORED" if turn.mirrored else "",
        f"TURNED {90 * turn.quarter_turns}°" if turn.quarter_turns else "",
    )
    return " ".join(word for word in words if word)


def _model_words(state: ViewportState) -> str:
    """Label for the model's input shown in place of the film."""
    size = 0 if state.film.model_view is None else len(state.film.model_view)
    return f"AS THE MODEL SEES IT, {size} × {size}"


def _hides_annotations(state: ViewportState, image: ImageRef) -> bool:
    annotations = state.annotations
    pixels = state.film.pixels
    hides_overlay = (
        annotations.level is not AnnotationLevel.ALL and pixels is not None and pixels.overlays
    )
    shown, every = annotations.shown_on(image.sop_uid), annotations.of_film(image.sop_uid)
    return len(shown) < len(every) or bool(hides_overlay)


def voi_text(voi: Window | VoiLut) -> str:
    """The window in modality values, or the name of the VOI LUT."""
    if isinstance(voi, VoiLut):
        return f"LUT {voi.name}".strip()
    return f"W {voi.width:.0f} L {voi.center:.0f}"


def _shown_line(state: ViewportState) -> str:
    if state.grey.voi is None:
        return ""
    return f"{voi_text(state.grey.voi)}   {state.placement.zoom:.2f}×"


def _filled(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A scale bar.

    Attributes:
        length: In view pixels; 0 if there is nothing to draw.
        label: Length and calibration, or that there is no scale.
    """

    length: float
    label: str


def scale_bar(spacing: PixelSpacing | None, zoom: float, pixel_ratio: float = 1.0) -> ScaleBar:
    """The longest round length that fits.

    Args:
        spacing: Pixel spacing of the film.
        zoom: Device pixels per image pixel along the finer spacing.
        pixel_ratio: Device pixels per logical pixel.
    """
    if spacing is None or min(spacing.row_mm, spacing.column_mm) <= 0:
        return ScaleBar(length=0.0, label=NO_SCALE)
    per_mm = zoom / min(spacing.row_mm, spacing.column_mm)
    fitting = [mm for mm in LENGTHS_MM if mm * per_mm <= LONGEST * pixel_ratio]
    millimetres = fitting[-1] if fitting else LENGTHS_MM[0]
    return ScaleBar(length=millimetres * per_mm, label=f"{millimetres:g} mm {spacing.kind.value}")
