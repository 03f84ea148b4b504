"""From modality values to 8-bit grey: display tables, windows and presets.

A display table has 65,536 entries, one for each possible sample, so a change of window costs one
table and one lookup per visible pixel. The stages are those of DICOM PS3.3 C.11.2 and PS3.4 N.2:
rescale, VOI window or VOI LUT, presentation shape, then MONOCHROME1 and the reader's inversion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.image import PixelImage, VoiFunction, VoiLut, Window
from engine.imaging.exposure import exposed_values

_LEVELS = 65_536
LEAST_SPREAD = 64
"""Of 256 greys; a VOI that shows the exposed field in fewer was made for other values."""
LEAST_GREYS = 32
"""Distinct greys that a VOI must leave of a film that has more."""
MOST_PRESSED = 0.9
"""Share of the exposed field that a VOI may clip to its darkest and its brightest grey."""
_FEW_VALUES = 64
"""A test pattern or mask has no more values; for it any two greys are enough."""

Table = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowPreset:
    """A window preset of one film.

    Attributes:
        key: Digit that selects it, "0" to "9"; empty for the file's fifth and later.
        name: Name for menu and tool tip.
        voi: Window or VOI LUT in modality values.
        inverted: Whether it also inverts the film.
    """

    key: str
    name: str
    voi: Window | VoiLut
    inverted: bool = False


def display_table(image: PixelImage, voi: Window | VoiLut, *, inverted: bool = False) -> Table:
    """Table from samples to displayed grey, 0 black and 255 white.

    Args:
        image: Supplies rescale, polarity and padding; its pixels are not read.
        voi: Window or VOI LUT in modality values.
        inverted: Whether the reader asked for inversion.

    Returns:
        `(65536,)` uint8. Padding is always black.
    """
    first, last = (0, _LEVELS - 1) if isinstance(voi, VoiLut) else _ramp(image, voi)
    values = np.arange(first, last + 1, dtype=np.float64) * image.slope + image.intercept
    grey = through_voi(values, voi)
    if is_flipped(image, inverted=inverted):
        grey = 1.0 - grey
    table = np.empty(_LEVELS, np.uint8)
    ramp = np.rint(grey * 255.0).astype(np.uint8)
    table[:first], table[first : last + 1], table[last + 1 :] = ramp[0], ramp, ramp[-1]
    if image.padding is not None:
        low, high = image.padding
        table[low : high + 1] = 0
    table.flags.writeable = False
    return table


def through_voi(values: NDArray[np.float64], voi: Window | VoiLut) -> NDArray[np.float64]:
    """Modality values of any shape through a window or VOI LUT, scaled to 0..1."""
    return _through_lut(values, voi) if isinstance(voi, VoiLut) else _through_window(values, voi)


def is_flipped(image: PixelImage, *, inverted: bool = False) -> bool:
    """Whether high VOI output is shown dark.

    PresentationLUTShape INVERSE says in DX files what MONOCHROME1 says in CR files (PS3.3 C.8.11.3:
    MONOCHROME1 goes with INVERSE), so both together flip once.
    """
    return (image.monochrome1 or image.inverse) != inverted


def apply_table(samples: NDArray[np.uint16], table: Table, out: NDArray[np.uint8]) -> None:
    """Look up every sample in a table.

    Args:
        samples: Any shape.
        table: From `display_table`.
        out: Same shape as `samples`, C-contiguous; overwritten.
    """
    # With "clip" numpy writes straight into `out`; "raise" would buffer it. No uint16 is clipped.
    np.take(table, samples, out=out, mode="clip")


def default_voi(image: PixelImage) -> Window | VoiLut:
    """What a film opens with: the first usable VOI LUT or window of its file, else the auto window.

    A VOI that leaves few greys of the exposed field is skipped: it is far too wide, too narrow, or
    beside the film's values, belongs to another film and would show this one black, white, or as a
    silhouette.
    """
    own = file_vois(image)
    if not own:
        return auto_window(image)
    values = exposed_values(image)
    if values.min() == values.max():
        return own[0]
    return next((voi for voi in own if _shows(values, voi)), None) or auto_window(image)


def _shows(values: NDArray[np.float64], voi: Window | VoiLut) -> bool:
    """Whether a VOI leaves enough greys of a film's values to read it."""
    grey = np.rint(through_voi(values, voi) * 255.0)
    darkest, brightest = grey.min(), grey.max()
    if len(np.unique(values)) <= _FEW_VALUES:
        return bool(darkest < brightest)
    pressed = np.count_nonzero((grey == darkest) | (grey == brightest)) / grey.size
    spread = np.subtract(*np.percentile(grey, (99.5, 0.5)))
    return bool(
        spread >= LEAST_SPREAD and len(np.unique(grey)) >= LEAST_GREYS and pressed <= MOST_PRESSED
    )


def auto_window(image: PixelImage) -> Window:
    """Window over the exposed field, without padding and collimated borders."""
    return _of_brightness(image, exposed_values(image), 0.0, 1.0, "Auto")


def presets(image: PixelImage) -> tuple[WindowPreset, ...]:
    """Presets of this film; the file's own at 1, 2, 8 and 9, then without a digit.

    The relative presets are stretches of this film's own range of displayed brightness, or lie
    between its lungs and what is brighter, so they mean the same on films of any vendor, bit depth
    and polarity.
    """
    field = exposed_values(image)
    own = file_vois(image)
    auto = _of_brightness(image, field, 0.0, 1.0, "Auto")
    found = [WindowPreset(key="0", name="Auto", voi=auto)]
    for index, voi in enumerate(own):
        key = _OWN_KEYS[index] if index < len(_OWN_KEYS) else ""
        name = voi.name or ("Default" if index == 0 else f"File {index + 1}")
        found.append(WindowPreset(key=key, name=name, voi=voi))
    if not own:
        found.append(WindowPreset(key="1", name="Default", voi=auto))
    tissues = _tissues(image, field)
    for key, name, middle, width in _OF_TISSUES:
        voi = _between_tissues(tissues, middle, width, name) or auto
        found.append(WindowPreset(key=key, name=name, voi=voi))
    for key, name, dark, bright in _RELATIVE:
        voi = _of_brightness(image, field, dark, bright, name)
        found.append(WindowPreset(key=key, name=name, voi=voi))
    opened = default_voi(image)
    found.append(WindowPreset(key="7", name="Inverted", voi=opened, inverted=True))
    return tuple(found)


def file_vois(image: PixelImage) -> tuple[Window | VoiLut, ...]:
    """All VOIs of the file: its VOI LUTs, then its windows."""
    return (*image.voi_luts, *image.windows)


def equivalent_window(image: PixelImage, lut: VoiLut) -> Window:
    """The linear window closest to a VOI LUT, for the first window drag on such a film.

    It passes through the modality values at which the LUT reaches 10 and 90 % of its range. A
    window always rises: for a falling LUT (`is_falling`) the caller inverts the view as well.
    """
    top = float(2**lut.bits - 1)
    entries = lut.entries.astype(np.float64) / top
    rising = not is_falling(lut)
    curve = entries if rising else entries[::-1]
    curve = np.maximum.accumulate(curve)
    low, high = float(curve[0]), float(curve[-1])
    if high <= low:
        return auto_window(image)
    marks = np.searchsorted(curve, (low + 0.1 * (high - low), low + 0.9 * (high - low)))
    first, last = (float(mark) for mark in marks)
    if not rising:
        first, last = len(entries) - 1 - last, len(entries) - 1 - first
    slope = 0.8 * (high - low) / max(last - first, 1.0)
    width = 1.0 / slope
    middle = lut.first_value + (first + last) / 2
    # In the middle the LUT has the mean of its end values, which need not be mid-grey.
    center = middle - ((low + high) / 2 - 0.5) * width
    return Window(center=center + 0.5, width=width + 1.0, name=lut.name)


def is_falling(lut: VoiLut) -> bool:
    """Whether a VOI LUT shows high values dark, and so inverts the film by itself."""
    return bool(lut.entries[-1] < lut.entries[0])


_OWN_KEYS = ("1", "2", "8", "9")
# Key, name, and centre and width of a sigmoid on a scale from the lungs' median (0) to that of the
# brighter rest (1). A sigmoid, because a straight window that spreads the lungs turns the rest of
# the film to one glaring white.
_OF_TISSUES = (
    ("3", "Lung detail", 0.24, 1.53),
    ("4", "Mediastinum / retrocardiac", 1.0, 1.2),
)
# Key, name, and the displayed brightness (0 dark, 1 bright within the exposed field) that becomes
# black and white.
_RELATIVE = (
    ("5", "Bone", 0.6, 1.05),
    ("6", "Lines and tubes", 0.3, 0.9),
)


def _tissues(image: PixelImage, field: NDArray[np.float64]) -> tuple[float, float] | None:
    """Median of the dark part of a film, which on a frontal one are the lungs, and of the bright.

    Parted where the variance between both is largest (Otsu 1979); None for a film of one value.
    """
    low, high = np.percentile(field, (0.5, 99.5))
    values = np.clip(field, low, high)
    counts, edges = np.histogram(values, 256)
    levels = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * levels)[:-1]
    count, total = counts.sum(), (counts * levels).sum()
    between = (below * total - count * sums) ** 2 / np.maximum(below * (count - below), 1)
    limit = edges[int(np.argmax(between)) + 1]
    parts = values[values < limit], values[values >= limit]
    if not all(part.size for part in parts):
        return None
    lower, upper = (float(np.median(part)) for part in parts)
    return (upper, lower) if is_flipped(image) else (lower, upper)


def _between_tissues(
    tissues: tuple[float, float] | None, middle: float, width: float, name: str
) -> Window | None:
    if tissues is None or tissues[0] == tissues[1]:
        return None
    dark, bright = tissues
    return Window(
        center=dark + middle * (bright - dark),
        width=width * abs(bright - dark),
        function=VoiFunction.SIGMOID,
        name=name,
    )


def _of_brightness(
    image: PixelImage, field: NDArray[np.float64], dark: float, bright: float, name: str
) -> Window:
    low, high = (float(value) for value in np.percentile(field, (0.5, 99.5)))
    if is_flipped(image):
        dark, bright = 1.0 - bright, 1.0 - dark
    return _between(image, low + dark * (high - low), low + bright * (high - low), name)


def _between(image: PixelImage, low: float, high: float, name: str) -> Window:
    """A window from black at `low` to white at `high` in modality values."""
    width = max(high - low, abs(image.slope))
    center = (low + high) / 2
    return Window(center=center, width=width, function=VoiFunction.LINEAR_EXACT, name=name)


def _ramp(image: PixelImage, window: Window) -> tuple[int, int]:
    """First and last sample between which the grey changes; beyond them it is constant.

    A window drag makes one table per frame, and most of its 65,536 entries are black or white.
    """
    if window.function is VoiFunction.SIGMOID:
        return 0, _LEVELS - 1
    # One level of margin on each side: the exact borders are up to `_through_window`.
    reach = window.width / 2 + 1.0
    ends = ((window.center + side * reach - image.intercept) / image.slope for side in (-1, 1))
    low, high = sorted(min(max(end, 0.0), _LEVELS - 1.0) for end in ends)
    return max(math.floor(low) - 1, 0), min(math.ceil(high) + 1, _LEVELS - 1)


def _through_window(values: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, scaled to 0..1."""
    center, width = window.center, window.width
    if window.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (values - center) / width, -700.0, 700.0)
        return 1.0 / (1.0 + np.exp(exponent))
    if window.function is VoiFunction.LINEAR:
        center, width = center - 0.5, width - 1.0
    if width <= 0:  # a LINEAR window of width 1 is a threshold
        return (values > center).astype(np.float64)
    return np.clip((values - center) / width + 0.5, 0.0, 1.0)


def _through_lut(values: NDArray[np.float64], lut: VoiLut) -> NDArray[np.float64]:
    """PS3.3 C.11.2.1.1: values before the first and after the last entry take that entry."""
    indices = np.clip(np.floor(values).astype(np.int64) - lut.first_value, 0, len(lut.entries) - 1)
    return np.clip(lut.entries[indices] / (2.0**lut.bits - 1.0), 0.0, 1.0)
