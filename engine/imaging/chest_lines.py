"""The lines of the cardiothoracic ratio from an outline of lungs and heart, or why there are none.

The width of the heart is that between its outermost points on both sides, the width of the thorax
the largest between the outer borders of the lungs on one horizontal line (Danzer 1919). Borders lie
where the probability crosses one half, between two pixels. Everything is on the model's square
grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.domain.outline import CLASSES, OutlineClass
from engine.errors import NoSuitableFilmError

Shares = NDArray[np.float32]
"""`(classes, S, S)`: probability of each class in each pixel."""

# The limits below are a little wider than what the drawn maps of the training films show.
LEAST_AREA: Final = 0.035
"""Share of the film that each lung and the heart must cover at least."""
LUNG_BALANCE: Final = (0.55, 2.4)
"""Area of the right lung over the left one, from least to most."""
LUNG_LEVEL: Final = 0.16
"""Largest difference between the heights of the apices, and of the bases; share of the side."""
HEART_BELOW: Final = 0.08
"""How far below the lungs the heart may reach, as a share of the film's height."""
LEAST_WHOLE: Final = 0.97
"""Share of a class's pixels that its largest piece must hold."""
RATIOS: Final = (0.33, 0.80)
"""Ratios outside are more often a failed outline than a heart."""
EDGE: Final = 2
"""Pixels from the film's sides within which a lung's outer border counts as cut off."""
LARGEST_TURN: Final = 0.22
"""Largest distance of the midline from the middle of the thorax, as a share of half its width."""
LARGEST_SPREAD: Final = 0.02
"""Largest difference between the ratios of one film under small changes: what readers differ by."""
GAMMA: Final = 1.5
"""Exponent of the greys that makes a film darker, its inverse brighter."""
SMALLER: Final = 0.88
"""Side of a film within a black edge, as a share of its own."""

_UPPER: Final = 0.4
"""Share of the lungs' common height, from above, in which the midline is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChestLines:
    """The six points on the model's grid, in the order of the annotation, and the ratio.

    Attributes:
        points: (x, y) of the midline's top and bottom, the heart's right and left border, the right
            and left inner chest wall; sides are the patient's, so right has the smaller x.
        ratio: Width of the heart over that of the thorax, both horizontal.
    """

    points: tuple[tuple[float, float], ...]
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Organs:
    """The largest piece of each organ, and the probabilities that draw its border."""

    right: NDArray[np.bool_]
    left: NDArray[np.bool_]
    heart: NDArray[np.bool_]


def chest_lines(shares: Shares) -> ChestLines:
    """Lines of one outline.

    Raises:
        NoSuitableFilmError: Lungs and heart do not look as they do on an upright frontal film.
    """
    organs = _organs(shares)
    _require_plausible(organs)
    top, bottom, middle = _midline(organs)
    lungs = shares[OutlineClass.LEFT_LUNG] + shares[OutlineClass.RIGHT_LUNG]
    heart = np.where(_near(organs.heart), shares[OutlineClass.HEART], 0.0)
    chest = np.where(_near(organs.right | organs.left), lungs, 0.0)
    heart_right, heart_left = _outermost(heart)
    chest_right, chest_left = _widest(chest)
    width = chest_left[0] - chest_right[0]
    ratio = (heart_left[0] - heart_right[0]) / width
    side = shares.shape[-1]
    lowest_right, lowest_left = _rows(organs.right)[-1], _rows(organs.left)[-1]
    if heart_right[1] > lowest_right or heart_left[1] > lowest_left + HEART_BELOW * side:
        raise NoSuitableFilmError("The heart's borders do not lie beside the lungs.")
    if chest_right[0] < EDGE or chest_left[0] > side - 1 - EDGE:
        raise NoSuitableFilmError("The chest wall is cut off at the film's edge.")
    turn = abs(middle - (chest_left[0] + chest_right[0]) / 2) / (width / 2)
    if turn > LARGEST_TURN:
        raise NoSuitableFilmError("The patient looks rotated on the film.")
    if not RATIOS[0] <= ratio <= RATIOS[1]:
        raise NoSuitableFilmError("The borders of the heart were not found for sure.")
    return ChestLines(
        points=((middle, top), (middle, bottom), heart_right, heart_left, chest_right, chest_left),
        ratio=ratio,
    )


def agreed_lines(outlines: NDArray[np.float32]) -> ChestLines:
    """Lines of a film's mean outline, if those of its small changes agree.

    Args:
        outlines: `(n, classes, S, S)` of the films that `film_variants` made.

    Raises:
        NoSuitableFilmError: One outline is not plausible, or the ratios differ.
    """
    lines = chest_lines(outlines[:-1].mean(axis=0))
    ratios = [lines.ratio, *(chest_lines(shares).ratio for shares in outlines)]
    if max(ratios) - min(ratios) > LARGEST_SPREAD:
        raise NoSuitableFilmError("The borders of heart and chest were not found for sure.")
    return lines


def film_variants(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """A film with small changes that must not change its ratio.

    Args:
        grey: `(S, S)` in [0, 1].

    Returns:
        `(4, 1, S, S)`: as it is, darker, brighter, and smaller with a black edge.
    """
    side = grey.shape[0]
    inner = round(SMALLER * side)
    small = cv2.resize(grey, (inner, inner), interpolation=cv2.INTER_AREA)
    before = (side - inner) // 2
    after = side - inner - before
    framed = np.pad(small, ((before, after), (before, after)))
    variants = (grey, grey**GAMMA, grey ** (1.0 / GAMMA), framed)
    return np.stack(variants)[:, None].astype(np.float32)


def _organs(shares: Shares) -> _Organs:
    labels = shares.argmax(axis=0)
    if shares.shape[0] != len(CLASSES):
        raise ValueError("an outline has one map a class")
    right, left, heart = (
        _largest_piece(labels == kind)
        for kind in (OutlineClass.RIGHT_LUNG, OutlineClass.LEFT_LUNG, OutlineClass.HEART)
    )
    return _Organs(right=right, left=left, heart=heart)


def _largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected piece of a mask; raises if it is small or far from all of it."""
    count, pieces, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    area = largest = 0
    if count > 1:
        largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
        area = int(facts[largest, cv2.CC_STAT_AREA])
    if area < LEAST_AREA * mask.size:
        raise NoSuitableFilmError("Both lungs and the heart were not found for sure.")
    if area < LEAST_WHOLE * int(mask.sum()):
        raise NoSuitableFilmError("The borders of lungs and heart were not found for sure.")
    piece: NDArray[np.bool_] = pieces == largest
    return piece


def _require_plausible(organs: _Organs) -> None:
    """Both lungs of like size and height, with the heart between them."""
    side = organs.heart.shape[0]
    balance = organs.right.sum() / organs.left.sum()
    if not LUNG_BALANCE[0] <= balance <= LUNG_BALANCE[1]:
        raise NoSuitableFilmError("The two lungs differ much in size.")
    right, left = (_rows(mask) for mask in (organs.right, organs.left))
    if max(abs(right[0] - left[0]), abs(right[-1] - left[-1])) > LUNG_LEVEL * side:
        raise NoSuitableFilmError("The two lungs are not at one height.")
    x_right, x_heart, x_left = (
        float(np.nonzero(mask)[1].mean()) for mask in (organs.right, organs.heart, organs.left)
    )
    heart = _rows(organs.heart)
    is_between = x_right < x_heart < x_left and heart[0] > min(right[0], left[0])
    if not is_between or heart[-1] > max(right[-1], left[-1]) + HEART_BELOW * side:
        raise NoSuitableFilmError("The heart does not lie between the lungs.")


def _rows(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = np.flatnonzero(mask.any(axis=1))
    return rows


def _midline(organs: _Organs) -> tuple[float, float, float]:
    """Top, bottom and x of the midline: the middle of the gap between the lungs' upper parts."""
    right, left = _rows(organs.right), _rows(organs.left)
    top, bottom = max(right[0], left[0]), min(right[-1], left[-1])
    rows = range(int(top), int(top + _UPPER * (bottom - top)) + 1)
    gaps = [
        (np.flatnonzero(organs.right[row])[-1] + np.flatnonzero(organs.left[row])[0]) / 2
        for row in rows
        if organs.right[row].any() and organs.left[row].any()
    ]
    if not gaps:
        raise NoSuitableFilmError("The two lungs are not at one height.")
    end = _rows(organs.heart)[-1]
    return float(min(right[0], left[0])), float(end), float(np.median(gaps))


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and the pixels beside it, so that a border between two pixels stays in."""
    wide: NDArray[np.bool_] = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return wide


def _outermost(shares: NDArray[np.float32]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The points furthest to both sides, (x, y)."""
    rows = [(_crossings(row), y) for y, row in enumerate(shares) if (row > 0.5).any()]
    (first, y_first) = min(((ends[0], y) for ends, y in rows))
    (last, y_last) = max(((ends[1], y) for ends, y in rows))
    return (first, float(y_first)), (last, float(y_last))


def _widest(shares: NDArray[np.float32]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of the longest horizontal line, (x, y)."""
    rows = [(_crossings(row), y) for y, row in enumerate(shares) if (row > 0.5).any()]
    (first, last), y = max(rows, key=lambda found: found[0][1] - found[0][0])
    return (first, float(y)), (last, float(y))


def _crossings(row: NDArray[np.float32]) -> tuple[float, float]:
    """Where a row first rises above one half and last falls below it, between pixels."""
    inside = np.flatnonzero(row > 0.5)
    return _crossing(row, int(inside[0]), -1), _crossing(row, int(inside[-1]), 1)


def _crossing(row: NDArray[np.float32], edge: int, step: int) -> float:
    beyond = edge + step
    if not 0 <= beyond < len(row):
        return float(edge)
    high, low = float(row[edge]), float(row[beyond])
    return edge + step * (high - 0.5) / (high - low)
