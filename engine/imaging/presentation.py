"""How a film is seen, and how a presentation state wants it to be seen.

A state is a grey pipeline of its own, starting at stored values (PS3.4 N.2.1). Here its window is
converted to the film's own modality values, so that the display has only one pipeline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.annotation import Annotation
from engine.domain.film_graphics import Shutter
from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.domain.presentation_state import DisplayedArea, PresentationState
from engine.domain.study import ImageRef, PixelSpacing, Study
from engine.errors import UnsupportedImageError
from engine.imaging.transform import ViewTransform
from engine.imaging.window import through_voi

_MOST_ENTRIES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class GreyLook:
    """How a film's values become grey.

    Attributes:
        voi: In the film's own modality values.
        inverted: Whether black and white are swapped relative to what the film's file asks for.
    """

    voi: Window | VoiLut
    inverted: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownFilm:
    """A film as it is seen: everything that a presentation state is written from.

    Attributes:
        spacing: The one in force; None if the scale is unknown.
        area: The part in view.
        shutter: The part that is shown; None for all of it.
        annotations: Those on this film.
        author: Name of the user.
    """

    study: Study
    image: ImageRef
    pixels: PixelImage
    spacing: PixelSpacing | None
    look: GreyLook
    turn: ViewTransform
    area: DisplayedArea
    shutter: Shutter | None
    annotations: tuple[Annotation, ...]
    author: str


def grey_look(state: PresentationState, film: PixelImage) -> GreyLook:
    """How a state shows a film's values.

    Raises:
        UnsupportedImageError: The film's values, or the state's, go through a table that the other
            lacks.
    """
    factor, offset = _to_film(state, film)
    if state.table is not None:
        return _through_table(replace(state, table=None), film, state.table, falls=factor < 0)
    inverted = state.inverse != (film.monochrome1 or film.inverse)
    if state.lut is not None:
        lut = _signed(state.lut, film, factor, offset)
        return GreyLook(voi=_moved_lut(lut, factor, offset), inverted=inverted)
    window = state.window or _identity(film, state.rescale)
    if (factor, offset) == (1.0, 0.0):
        return GreyLook(voi=window, inverted=inverted)
    # A window always rises: if the two scales run in opposite directions, the view is inverted.
    return GreyLook(voi=_moved_window(window, factor, offset), inverted=inverted != (factor < 0))


def _through_table(
    state: PresentationState, film: PixelImage, table: VoiLut, *, falls: bool
) -> GreyLook:
    """Combine window or VOI LUT and the table after it into one curve over the film's own values.

    The whole output range of the window is the input range of the table (PS3.3 C.11.6.1).

    Raises:
        UnsupportedImageError: The film's values are finer than the integer steps of a curve, too
            many, or run opposite to the state's.
    """
    look = grey_look(state, film)
    ends = sorted(
        film.slope * float(end) + film.intercept for end in (film.samples.min(), film.samples.max())
    )
    first, count = math.floor(ends[0]), math.ceil(ends[1]) - math.floor(ends[0]) + 1
    if falls or abs(film.slope) < 1.0 or count > _MOST_ENTRIES:
        raise _other_table()
    grey = through_voi(np.arange(first, first + count, dtype=np.float64), look.voi)
    indices = np.rint(grey * (len(table.entries) - 1)).astype(np.int64)
    shown = np.clip(table.entries[indices] / (2.0**table.bits - 1.0), 0.0, 1.0)
    curve = VoiLut(
        first_value=first,
        entries=np.rint(shown * 65_535).astype(np.uint16),
        bits=16,
        name=table.name or "with table",
    )
    return replace(look, voi=curve)


def state_turn(state: PresentationState) -> ViewTransform:
    """Mirror and rotation of a state."""
    return ViewTransform(quarter_turns=state.quarter_turns, mirrored=state.mirrored)


def stored_rescale(film: PixelImage) -> tuple[float, float]:
    """Slope and intercept from a film's stored values to its modality values.

    Raises:
        UnsupportedImageError: The film has a table in their place.
    """
    if film.stored_step <= 0:
        raise UnsupportedImageError(
            "The film's values go through a table of its file, which cannot be written down."
        )
    slope = film.slope / film.stored_step
    return slope, film.intercept - slope * film.stored_offset


def _to_film(state: PresentationState, film: PixelImage) -> tuple[float, float]:
    """Factor and offset from the state's modality values to the film's."""
    if film.stored_step <= 0:
        # A state made from this film carries the film's own table.
        if not state.has_modality_table:
            raise _other_table()
        return 1.0, 0.0
    if state.has_modality_table:
        raise _other_table()
    slope, intercept = stored_rescale(film)
    own_slope, own_intercept = state.rescale or (1.0, 0.0)
    factor = slope / own_slope
    offset = intercept - factor * own_intercept
    is_same = math.isclose(factor, 1.0, rel_tol=1e-9) and abs(offset) < 1e-6 * abs(slope)
    return (1.0, 0.0) if is_same else (factor, offset)


def _identity(film: PixelImage, rescale: tuple[float, float] | None) -> Window:
    """Without a VOI stage the whole range of stored values runs from black to white."""
    if film.stored_step <= 0:
        low, high = (float(end) for end in (film.samples.min(), film.samples.max()))
    else:
        half = 2.0 ** (film.bits_stored - 1)
        low, high = (-half, half - 1) if film.stored_offset < 0 else (0.0, 2 * half - 1)
        slope, intercept = rescale or (1.0, 0.0)
        low, high = sorted((low * slope + intercept, high * slope + intercept))
    return Window(
        center=(low + high) / 2,
        width=max(high - low, 1e-6),
        function=VoiFunction.LINEAR_EXACT,
        name="Identity",
    )


def _moved_window(window: Window, factor: float, offset: float) -> Window:
    if window.function is VoiFunction.LINEAR:
        # PS3.3 C.11.2.1.2: LINEAR equals LINEAR_EXACT with centre - 0.5 and width - 1.
        window = replace(
            window,
            center=window.center - 0.5,
            width=max(window.width - 1.0, 1e-6),
            function=VoiFunction.LINEAR_EXACT,
        )
    return replace(window, center=window.center * factor + offset, width=window.width * abs(factor))


def _signed(lut: VoiLut, film: PixelImage, factor: float, offset: float) -> VoiLut:
    """The VOI LUT with the sign of its first value chosen to fit the film's values.

    The first value has the sign of the film's samples (PS3.3 C.11.2.1.1), which the state does not
    contain: a value of 32,768 or more may stand for a negative one.
    """
    if not 0x8000 <= lut.first_value <= 0xFFFF:
        return lut
    values = (float(end) for end in (film.samples.min(), film.samples.max()))
    ends = sorted((film.slope * value + film.intercept - offset) / factor for value in values)

    def covered(first: int) -> float:
        return min(ends[1], first + len(lut.entries) - 1) - max(ends[0], first)

    below = lut.first_value - 0x10000
    return replace(lut, first_value=below) if covered(below) > covered(lut.first_value) else lut


def _moved_lut(lut: VoiLut, factor: float, offset: float) -> VoiLut:
    if (factor, offset) == (1.0, 0.0):
        return lut
    ends = sorted(factor * (lut.first_value + k) + offset for k in (0, len(lut.entries) - 1))
    first, count = math.floor(ends[0]), math.ceil(ends[1]) - math.floor(ends[0]) + 1
    if count > _MOST_ENTRIES:
        raise _other_table()
    own = np.floor((np.arange(first, first + count) - offset) / factor + 1e-9)
    indices = np.clip(own.astype(np.int64) - lut.first_value, 0, len(lut.entries) - 1)
    return replace(lut, first_value=first, entries=lut.entries[indices])


def _other_table() -> UnsupportedImageError:
    return UnsupportedImageError(
        "The presentation state takes the film's values through another table than the film does.",
        what_to_do="The film stays as its own file asks.",
    )
