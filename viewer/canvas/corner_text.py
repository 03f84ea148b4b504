"""What the corners of a view say, as plain lines: whose film, which view, how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.image import VoiLut, Window
from engine.domain.study import ImageRef
from viewer.state.marks import MarkLevel
from viewer.state.viewport import ViewportState


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerText:
    """Lines of three corners; the fourth holds the scale bar.

    Attributes:
        notes: Sentences above the badges: what was left out of the film, or rounded.
        badges: Words above the line at the bottom left.
        shown: Window and zoom; empty without a film.
    """

    top_left: tuple[str, ...]
    top_right: tuple[str, ...]
    badges: tuple[str, ...]
    shown: str
    notes: tuple[str, ...] = ()


def corner_text(state: ViewportState) -> CornerText:
    """The lines of a state; without a film only what is known of it."""
    caption = state.caption
    return CornerText(
        top_left=_filled(caption.patient, caption.study),
        top_right=_filled(caption.view, caption.position),
        badges=badges(state),
        shown=_shown_line(state),
        notes=() if state.pixels is None else tuple(dict.fromkeys(state.pixels.notes)),
    )


def badges(state: ViewportState) -> tuple[str, ...]:
    """What must not be missed about the film or its display, in capitals where it is a state."""
    image, pixels = state.image, state.pixels
    if image is None or pixels is None:
        return state.caption.badges
    conditions = {
        "INVERTED": state.is_inverted,
        "REDUCED": state.zoom < 1.0,
        "LOSSY": image.lossy,
        "LUT left": state.has_left_lut,
        _model_words(state): state.model_view is not None,
        "SHUTTER": state.is_shuttered,
        "SHUTTER LIFTED": state.shutter is not None and not state.is_shuttered,
        _turn_words(state): bool(_turn_words(state)),
        f"PROCESSED: {state.filter.kind.value.upper()}": state.filter.samples is not None,
        "KEY IMAGE": state.marks.is_key(image.sop_uid),
        "MARKS HIDDEN": _hides_marks(state, image),
    }
    applied = state.applied.badge(state.presentation)
    stands = (word for word, holds in conditions.items() if holds)
    return (*state.caption.badges, *stands, *((applied,) if applied else ()))


def _turn_words(state: ViewportState) -> str:
    """How the film hangs, if it does not as in its file: a kept turn must not surprise."""
    if state.presentation is None:
        return ""
    turn = state.presentation.turn
    words = (
        "MIRRORED" if turn.mirrored else "",
        f"TURNED {90 * turn.quarter_turns}°" if turn.quarter_turns else "",
    )
    return " ".join(word for word in words if word)


def _model_words(state: ViewportState) -> str:
    """What is on the screen instead of the film."""
    size = 0 if state.model_view is None else len(state.model_view)
    return f"AS THE MODEL SEES IT, {size} × {size}"


def _hides_marks(state: ViewportState, image: ImageRef) -> bool:
    marks = state.marks
    pixels = state.pixels
    hides_overlay = marks.level is not MarkLevel.ALL and pixels is not None and pixels.overlays
    shown, every = marks.shown_on(image.sop_uid), marks.of_film(image.sop_uid)
    return len(shown) < len(every) or bool(hides_overlay)


def voi_text(voi: Window | VoiLut) -> str:
    """The window in modality values, or the name of the VOI LUT."""
    if isinstance(voi, VoiLut):
        return f"LUT {voi.name}".strip()
    return f"W {voi.width:.0f} L {voi.center:.0f}"


def _shown_line(state: ViewportState) -> str:
    if state.voi is None:
        return ""
    return f"{voi_text(state.voi)}   {state.zoom:.2f}×"


def _filled(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
